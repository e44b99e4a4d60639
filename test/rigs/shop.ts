// A tiny app, its stellwerk.yaml and real sshd hosts: what a story of deploys starts from. The app behaves as the bundle
// says, so that each release of a story can be good or bad in a way of its own.
//   await using shop = await openShop()
//   const v1 = await shop.bundle('v1')
//   expect((await shop.deploy(v1)).code).toBe(0)
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import { aBundle, type Tree } from './a-bundle.ts'
import { type Ended, type Started, type StartOptions, startStellwerk } from './command-line.ts'
import { freePort } from './free-port.ts'
import { type RigHost, type SshHostsOptions, type SshRig, startSshHosts } from './sshd.ts'

export interface Answer {
  readonly status?: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** How a release of the app answers. What is left out is good. */
export interface Behaviour {
  readonly health?: Answer
  readonly page?: Answer
  /** Other paths that it answers. */
  readonly paths?: Readonly<Record<string, Answer>>
  /** Tells this release instead of its own. */
  readonly tells?: string
  /** Ends at once with this exit code. */
  readonly crash?: number
}

// /ready is about the process alone: every bad release of a story comes up, or nothing but the start would be tested.
const server = `const http = require('node:http')
const behaviour = require('./behaviour.json')
if (behaviour.crash !== undefined) { console.error('cannot start: no configuration'); process.exit(behaviour.crash) }
const good = {
  '/ready': { body: 'ready', type: 'text/plain' },
  '/health': { body: JSON.stringify({ status: 'ok' }), type: 'application/json' },
  '/': { body: '<h1>shop ' + behaviour.version + '</h1>', type: 'text/html' },
}
const own = { '/health': behaviour.health, '/': behaviour.page, ...behaviour.paths }
const server = http.createServer((request, response) => {
  const answer = { ...good[request.url], ...own[request.url] }
  request.resume()
  response.writeHead(answer.body === undefined && !answer.status ? 404 : answer.status ?? 200, {
    'Content-Type': answer.type ?? 'text/plain',
    'X-Release': behaviour.tells ?? process.env.RELEASE,
    ...answer.headers,
  })
  response.end(answer.body ?? '')
})
server.keepAliveTimeout = 75000
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening', behaviour.version))
process.on('SIGTERM', () => {
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  server.close(() => { clearInterval(sweep); console.log('ended') })
})
`

export type Document = Record<string, unknown>

export interface Shop extends AsyncDisposable {
  /** Holds stellwerk.yaml, bundles and the state that a person's home would hold. */
  readonly directory: string
  readonly rig: SshRig
  readonly hosts: readonly RigHost[]
  /** The first host's. */
  readonly root: string
  /** Of the router. */
  readonly url: string
  readonly ports: { readonly listen: number; readonly slots: readonly [number, number] }
  /** What stellwerk.yaml holds now. */
  readonly document: Document
  /** Writes it with other top-level sections. */
  configure(changes: Document): Promise<void>
  /** Makes a bundle; `more` adds files or replaces them. Returns its path. */
  bundle(version: string, behaviour?: Behaviour, more?: Tree): Promise<string>
  start(words: readonly string[], options?: Partial<StartOptions>): Started
  run(...words: readonly string[]): Promise<Ended>
  deploy(bundle: string, ...words: readonly string[]): Promise<Ended>
  /** Deploys and insists on success. Returns the release's id. */
  deployed(bundle: string): Promise<string>
  rollback(...words: readonly string[]): Promise<Ended>
}

export interface ShopOptions extends Partial<SshHostsOptions> {
  /** Top-level sections that differ from the good ones. */
  readonly document?: Document
}

export async function openShop(options: ShopOptions = {}): Promise<Shop> {
  await using undo = new AsyncDisposableStack()
  // The real path: macOS has a link at /tmp, and paths are compared.
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'shop-')))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const rig = undo.use(await startSshHosts({ ...options, count: options.count ?? 1 }))
  const ports = { listen: await freePort(), slots: [await freePort(), await freePort()] as const }
  const root = rig.hosts[0]?.root ?? ''
  let document: Document = {}
  const configure = async (changes: Document) => {
    document = { ...document, ...changes }
    await writeFile(join(directory, 'stellwerk.yaml'), stringify(document))
  }
  await configure({ ...goodDocument(rig, ports), ...options.document })
  const state = join(directory, 'state')
  await mkdir(state)
  const start: Shop['start'] = (words, more = {}) =>
    startStellwerk(words, { cwd: directory, ...more, env: { XDG_STATE_HOME: state, ...more.env } })
  const run = (...words: readonly string[]) => start(words).ended
  const deploy: Shop['deploy'] = (bundle, ...words) => run('deploy', '--bundle', bundle, '--yes', ...words)
  const kept = undo.move()
  return {
    directory,
    rig,
    hosts: rig.hosts,
    root,
    url: `http://127.0.0.1:${ports.listen}/`,
    ports,
    get document() {
      return document
    },
    configure,
    bundle: async (version, behaviour = {}, more = {}) => {
      const tree = {
        'server.js': server,
        'behaviour.json': JSON.stringify({ version, ...behaviour }),
        ...more,
      }
      const sha = createHash('sha1').update(version).digest('hex')
      return (await aBundle(directory, version, tree, undefined, { version, gitSha: sha })).path
    },
    start,
    run,
    deploy,
    deployed: async bundle => {
      const ended = await deploy(bundle)
      if (ended.code !== 0) throw new Error(`the deploy ended with ${ended.code}\n${ended.said}`)
      return currentOf(root)
    },
    rollback: (...words) => run('rollback', '--yes', ...words),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Small numbers: a story waits for nothing longer than it must. */
function goodDocument(rig: SshRig, ports: Shop['ports']): Document {
  return {
    version: 1,
    app: 'shop',
    services: {
      web: {
        kind: 'process',
        command: 'node server.js',
        ports: ports.slots,
        ready: { path: '/ready', timeout: '20s' },
        stop: { timeout: '10s' },
      },
    },
    router: { kind: 'embedded', service: 'web', listen: `127.0.0.1:${ports.listen}`, drain: '5s' },
    checks: {
      health: { kind: 'http', url: '/health', expect: { json: { '$.status': 'ok' } } },
      page: { kind: 'http', url: '/', expect: { contentType: 'text/html', text: { contains: 'shop' } } },
    },
    verify: {
      identity: { url: '/health', header: 'X-Release', retries: 3, every: '100ms' },
      health: ['health'],
      smoke: ['page'],
    },
    environments: { test: { root: '/nowhere', hosts: hostsOf(rig) } },
  }
}

/** The `hosts` section of an environment. */
export function hostsOf(rig: SshRig): Document {
  return Object.fromEntries(
    rig.hosts.map(({ name, address, port, root }) => [
      name,
      { address, port, root, identityFile: rig.identityFile, sshConfig: rig.sshConfig },
    ]),
  )
}

/** The release that `current` names; empty without a link. */
export async function currentOf(root: string): Promise<string> {
  return basename(await readlink(join(root, 'current')).catch(() => ''))
}

/** Each entry below a directory: kind, mode, owner and content. What `skip` names is left out, with all below it. */
export async function fingerprint(
  directory: string,
  skip: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(directory, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (skip.includes(path)) continue
      const full = join(directory, path)
      if (entry.isSymbolicLink()) found.set(path, `link ${await readlink(full)}`)
      else {
        const { mode, uid, gid } = await stat(full)
        const owned = `${(mode & 0o7777).toString(8)} ${uid}:${gid}`
        const content = entry.isFile()
          ? createHash('sha256')
              .update(await readFile(full))
              .digest('hex')
          : ''
        found.set(path, `${entry.isDirectory() ? 'directory' : 'file'} ${owned} ${content}`)
        if (entry.isDirectory()) await walk(path)
      }
    }
  }
  await walk('')
  return new Map([...found].toSorted())
}

/** States of the releases on a host, oldest first: `v1 proven`. */
export async function statesOf(root: string): Promise<readonly string[]> {
  const names = await readdir(join(root, 'releases')).catch(() => [])
  const records = await Promise.all(
    names
      .toSorted()
      .map(async name =>
        readFile(join(root, 'releases', name, '.stellwerk.json'), 'utf8').catch(() => undefined),
      ),
  )
  return records.flatMap(text => {
    if (text === undefined) return []
    const { version, state } = JSON.parse(text)
    return [`${version} ${state}`]
  })
}
