// The import law: who may know whom, and who may touch the world. Pure, so that the test can show it planted violations.
import { posix } from 'node:path'
import { blank, imports } from './source-text.ts'

/** Each row may import the rows above it; folders of one row do not know each other. */
const rows: readonly (readonly string[])[] = [
  ['core'],
  ['config'],
  ['engine'],
  ['hosts', 'services', 'databases'],
  ['checks', 'release', 'backup', 'traffic', 'watch', 'notify', 'package', 'runbook'],
  ['procedures'],
  ['store', 'server', 'cli'],
  ['machine'],
  ['wiring.ts'],
  ['wire.ts'],
]

/** What every domain folder may use: one check has five uses, and one message goes to every channel. */
const shared = ['src/checks/', 'src/notify/message']

/** Modules that reach the world outside of the process. */
const outside = /^node:(fs|fs\/promises|child_process|net|tls|dgram|http|https|http2|sqlite|worker_threads)$/

/** What these modules hold that touches nothing. */
const harmless = ['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'STATUS_CODES', 'METHODS']

/** Files and folders that talk to the outside, and what they talk to. Everything else compiles or decides. */
export const adapters: Readonly<Record<string, string>> = {
  'src/core/clock.ts': 'the one place that reads the time',
  'src/hosts/': 'sh on this machine and ssh to others',
  'src/checks/http-exchange.ts': 'one HTTP exchange over a real connection',
  'src/checks/local-file.ts': 'reads a file that a check sends',
  'src/checks/page-browser.ts': 'starts a browser',
  'src/checks/tcp.ts': 'one TCP connection',
  'src/checks/tls-look.ts': 'one TLS handshake',
  'src/checks/repository.ts': 'reads the files that git tracks',
  'src/release/bundle/archive-file.ts': 'reads and writes a bundle archive',
  'src/release/bundle/delta-tar.ts': 'streams files of an archive to a host',
  'src/release/bundle/export.ts': 'copies a commit or a working tree',
  'src/release/bundle/output-directory.ts': 'lists and hashes what was built',
  'src/release/bundle/workspace.ts': 'temporary folders of a build',
  'src/traffic/router/': 'the embedded proxy is a process of its own',
  'src/backup/destinations/rsync.ts': 'private files for ssh, deleted with the connection',
  'src/backup/destinations/rsync/': 'runs rsync, and keeps what it sends in files',
  'src/backup/destinations/s3.ts': 'talks to a bucket',
  'src/backup/destinations/s3/': 'talks to a bucket',
  'src/backup/destinations/sftp/': 'SFTP over one connection, and the key that signs in',
  'src/notify/email.ts': 'one mail by SMTP',
  'src/notify/ping.ts': 'one POST to a service outside',
  'src/notify/post.ts': 'one POST to a channel',
  'src/machine/': 'the machine that the command runs on: its files, its user',
  'src/wire.ts': 'the process: arguments, terminal, signals',
  'src/wiring.ts': 'builds the adapters',
}

/** Globals that hide an input: a compiled plan must depend on its arguments alone. */
const ambient: Readonly<Record<string, RegExp>> = {
  console: /\bconsole\s*\./,
  'process.exit': /\bprocess\s*\.\s*exit\b/,
  'process.env': /\bprocess\s*\.\s*env\b/,
  'process.stdout': /\bprocess\s*\.\s*std(out|err|in)\b/,
  'Date.now()': /\bDate\s*\.\s*now\b/,
  'new Date()': /\bnew\s+Date\s*(\(\s*\)|(?![\w\s(]))/,
  'Math.random': /\bMath\s*\.\s*random\b/,
}

export interface Source {
  /** From the root of the repository, such as `src/core/result.ts`. */
  readonly path: string
  readonly text: string
}

/** One line for each violation, sorted. Test files may import what they need. */
export function violations(sources: readonly Source[]): readonly string[] {
  const code = sources.filter(({ path }) => !path.endsWith('.test.ts'))
  const graph = new Map<string, readonly string[]>()
  const found: string[] = []
  for (const { path, text } of code) {
    const targets = imports(text).map(one => ({ ...one, to: resolve(path, one.to) }))
    for (const { to, typeOnly, names } of targets) {
      const touches = !typeOnly && !names?.every(name => harmless.includes(name))
      if (touches || !outside.test(to)) found.push(...refuse(path, to))
    }
    // Types may mention each other, and what is loaded on use may look back; modules that load each other may not.
    graph.set(
      path,
      targets.filter(({ typeOnly, lazy }) => !typeOnly && !lazy).map(({ to }) => to),
    )
    if (isAdapter(path)) continue
    const bare = blank(text)
    for (const [name, pattern] of Object.entries(ambient))
      if (pattern.test(bare)) found.push(`${path} uses ${name}`)
  }
  return [...new Set([...found, ...cycles(graph)])].sort()
}

function refuse(from: string, to: string): readonly string[] {
  if (outside.test(to)) return isAdapter(from) ? [] : [`${from} imports ${to} and is not an adapter`]
  if (!to.startsWith('src/'))
    return /^\.|^test\/|^scripts\/|^bench\//.test(to) ? [`${from} imports ${to}`] : []
  if (to.endsWith('.test.ts')) return [`${from} imports the test ${to}`]
  const [a, b] = [row(from), row(to)]
  if (a < 0) return [`${from} is in no folder of the law`]
  if (folder(from) === folder(to) || b < a) return b < 0 ? [`${to} is in no folder of the law`] : []
  if (a === b && shared.some(prefix => to.startsWith(prefix))) return []
  return [`${from} imports ${to}`]
}

/** `src/release/switch.ts` -> `release`; `src/wire.ts` -> `wire.ts`. */
function folder(path: string): string {
  return path.split('/')[1] ?? ''
}

function row(path: string): number {
  return rows.findIndex(names => names.includes(folder(path)))
}

function isAdapter(path: string): boolean {
  return Object.keys(adapters).some(place => (place.endsWith('/') ? path.startsWith(place) : path === place))
}

function resolve(from: string, to: string): string {
  return to.startsWith('.') ? posix.join(posix.dirname(from), to) : to
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) {
      found.push(`circle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`)
      return
    }
    if (done.has(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}
