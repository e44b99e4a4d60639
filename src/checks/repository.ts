// Secrets in the files that git tracks, and the value of one secret in them and in what was built. What is found is told by place and
// rule, never by its text.
import type { Dirent } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { forms } from '../core/redact.ts'
import { quote } from '../core/shell.ts'
import type { Host } from '../engine/host.ts'

export interface RepositoryProps {
  /** Directory of stellwerk.yaml. */
  readonly directory: string
  readonly here: Host
  readonly value: string
  /** Directories with what was built; one that does not exist holds nothing. */
  readonly built: readonly string[]
  /** Files, or directories of files, that may hold what looks like a secret. The value itself is looked for there too. */
  readonly ignore: readonly string[]
  readonly timeout: number
  readonly signal: AbortSignal
}

export type Found =
  | { readonly kind: 'scanned'; readonly files: number; readonly places: readonly string[] }
  | { readonly kind: 'no-git' }
  | { readonly kind: 'unread'; readonly path: string }

/** Longer ones are no text that somebody wrote. */
const longestText = 512_000
const longestFile = 64_000_000

export async function scanRepository(props: RepositoryProps): Promise<Found> {
  const tracked = await trackedFiles(props)
  if (tracked === undefined) return { kind: 'no-git' }
  const built = (await Promise.all(props.built.map(directory => filesBelow(directory)))).flat()
  const needles = forms([props.value]).map(form => Buffer.from(form))
  const lint = await linter()
  const places: string[] = []
  for (const [index, path] of [...tracked, ...built].entries()) {
    if (props.signal.aborted) return { kind: 'unread', path }
    const content = await contentOf(path)
    // Deleted in the working tree, or a submodule: no content of its own.
    if (content === 'gone') continue
    if (content === 'unread') return { kind: 'unread', path: relative(props.directory, path) }
    const name = relative(props.directory, path)
    for (const needle of needles) {
      const at = content.indexOf(needle)
      if (at < 0) continue
      places.push(`${name}:${lineAt(content, at)}`)
      break
    }
    if (index >= tracked.length || isIgnored(name, props.ignore)) continue
    if (content.length > longestText || content.subarray(0, 8000).includes(0)) continue
    places.push(...(await lint(name, content.toString('utf8'))))
  }
  return { kind: 'scanned', files: tracked.length + built.length, places: [...new Set(places)] }
}

async function trackedFiles({ directory, here, timeout, signal }: RepositoryProps) {
  // Fewer than a mebibyte of names come back; more would be cut, and a cut list proves nothing.
  // All of the repository, which may begin above this directory. Listed twice: the end of a pipe tells nothing of git.
  const list = 'git ls-files -z -- :/'
  const script = `cd ${quote(directory)} && ${list} >/dev/null && ${list} | tr '\\n\\000' '\\001\\n' && git rev-parse --is-inside-work-tree`
  const names: string[] = []
  const { ending } = await here.run(script, {
    timeout,
    signal,
    onLine: (line, stream) => {
      if (stream === 'stdout') names.push(line.replaceAll('\u0001', '\n'))
    },
  })
  if (ending.kind !== 'exit' || ending.code !== 0 || names.pop() !== 'true') return undefined
  // An empty list is no proof of anything.
  return names.length === 0 ? undefined : names.map(name => join(directory, name))
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries: readonly Dirent[] = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => [],
  )
  return entries
    .filter(entry => entry.isFile() && !entry.parentPath.split('/').includes('node_modules'))
    .map(entry => join(entry.parentPath, entry.name))
}

async function contentOf(path: string): Promise<Buffer | 'gone' | 'unread'> {
  try {
    const { size } = await stat(path)
    return size > longestFile ? 'unread' : await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    return code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR' ? 'gone' : 'unread'
  }
}

function lineAt(content: Buffer, at: number): number {
  let lines = 1
  for (let index = content.indexOf(10); index >= 0 && index < at; index = content.indexOf(10, index + 1))
    lines += 1
  return lines
}

function isIgnored(name: string, ignore: readonly string[]): boolean {
  return ignore.some(path => name === path || name.startsWith(`${path.replace(/\/$/, '')}/`))
}

/** `path:line (rule)` of what looks like a secret. Loaded on use: its rules are heavy. */
async function linter(): Promise<(path: string, content: string) => Promise<readonly string[]>> {
  const { lintSource } = await import('@secretlint/core')
  const { creator } = await import('@secretlint/secretlint-rule-preset-recommend')
  const rules = [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }]
  return async (path, content) => {
    const { messages } = await lintSource({
      source: { filePath: path, content, contentType: 'text', ext: '' },
      options: { config: { rules } },
    })
    return messages.map(
      ({ loc, ruleId }) => `${path}:${loc.start.line} (${ruleId.replace(/^.*secretlint-rule-/, '')})`,
    )
  }
}
