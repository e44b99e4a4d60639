// A tiny app with everything that a deploy moves (router, two-port web, worker, migration, shared data), on this machine
// or on real sshd hosts, and the command line around it: what a story about crashes starts from.
//   await using story = await openStory({ hosts: 3 })
//   const v1 = await story.bundle('v1')
//   await story.deployed(v1)
//   const running = story.start('deploy', '--bundle', v1)
//   await running.until(event => event.type === 'phase.begin' && event.phase === 'switch')
//   running.kill('SIGKILL')
//   expect((await story.run('recover')).code).toBe(0)
//   expect(await faultsOf(story)).toEqual([])   // story-state.ts
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import type { Event } from '../../src/engine/events.ts'
import type { JournalRecord } from '../../src/engine/journal.ts'
import { parseJournal } from '../../src/engine/journal.ts'
import { aBundle, type Tree } from './a-bundle.ts'
import { type Ended, startStellwerk } from './command-line.ts'
import { freePort } from './free-port.ts'
import { killAll, workingIn } from './processes.ts'
import { type RigHost, type SshHostsOptions, type SshRig, startSshHosts } from './sshd.ts'
import {
  appTree,
  type Document,
  type Mood,
  type Ports,
  serviceDocument,
  staticDocument,
} from './story-app.ts'

export interface StoryOptions {
  /** Real sshd hosts; default: this machine without ssh. More than one host with services has namespaces (needs root: see
   *  whyNoNetwork), since all of them use the same ports. */
  readonly hosts?: number
  /** static: only files behind a symlink; cheap. Default: services and the embedded router. */
  readonly app?: 'services' | 'static'
  readonly ssh?: Partial<SshHostsOptions>
  /** Changes stellwerk.yaml before it is written. */
  readonly document?: (document: Document) => Document
  /** Root of the local host; default: a directory of the story. */
  readonly root?: string
}

export interface StoryHost {
  readonly name: string
  readonly root: string
  /** Where the router and the worker answer, as seen from the test. */
  readonly url: string
  readonly workerUrl: string
  readonly ssh: RigHost | undefined
}

export interface Running {
  readonly pid: number
  readonly events: readonly Event[]
  readonly ended: Promise<Ended>
  /** The first event that fits, also one that has passed. Rejects when the command ends without it. */
  until(fits: (event: Event) => boolean): Promise<Event>
  kill(signal: NodeJS.Signals): void
}

export interface Story extends AsyncDisposable {
  readonly directory: string
  readonly app: 'services' | 'static'
  readonly hosts: readonly StoryHost[]
  readonly rig: SshRig | undefined
  /** Makes a bundle and returns its path. `more` adds files or replaces them. */
  bundle(name: string, mood?: Mood, more?: Tree): Promise<string>
  /** stellwerk VERB test ...: with --json, and --yes where the verb knows it. */
  start(verb: string, ...words: readonly string[]): Running
  run(verb: string, ...words: readonly string[]): Promise<Ended>
  /** Deploys a bundle and insists on success. Returns the release's id. */
  deployed(bundle: string): Promise<string>
  /** Writes stellwerk.yaml anew. */
  configure(change: (document: Document) => Document): Promise<void>
}

const environment = 'test'

export async function openStory(options: StoryOptions = {}): Promise<Story> {
  await using undo = new AsyncDisposableStack()
  // Short: control sockets lie below it, and their paths are limited.
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'story-')))
  undo.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  const app = options.app ?? 'services'
  const apart = app === 'services' && (options.hosts ?? 1) > 1
  const rig = options.hosts
    ? undo.use(
        await startSshHosts({
          ...(apart ? { network: 'namespaces' } : {}),
          ...options.ssh,
          count: options.hosts,
        }),
      )
    : undefined
  const ports: Ports = {
    router: await freePort(),
    web: [await freePort(), await freePort()],
    worker: await freePort(),
  }
  const hosts = hostsOf(options, directory, rig, ports)
  // Services outlive their commands on purpose: what runs in a host's root ends with the story.
  undo.defer(() => endProcesses([...hosts.map(host => host.root), directory]))
  for (const part of ['state', 'tmp']) await mkdir(join(directory, part))
  let document = {
    ...(app === 'static' ? staticDocument() : serviceDocument(ports, apart ? '0.0.0.0' : '127.0.0.1')),
    environments: { [environment]: environmentOf(hosts, rig) },
  }
  const configure: Story['configure'] = async change => {
    document = { ...document, ...change(document) }
    await writeFile(join(directory, 'stellwerk.yaml'), stringify(document))
  }
  await configure(options.document ?? (same => same))
  const running = new Set<Running>()
  undo.defer(async () => {
    for (const command of running) command.kill('SIGKILL')
    await Promise.all([...running].map(command => command.ended))
  })
  const start: Story['start'] = (verb, ...words) => {
    const command = startCommand(directory, [...verb.split(' '), environment, ...words, '--json', '--yes'])
    running.add(command)
    void command.ended.then(() => running.delete(command))
    return command
  }
  const kept = undo.move()
  return {
    directory,
    app,
    hosts,
    rig,
    start,
    run: (verb, ...words) => start(verb, ...words).ended,
    configure,
    bundle: async (name, mood = 'fine', more = {}) => {
      const gitSha = createHash('sha1').update(name).digest('hex')
      const about = { app: 'story', version: name, gitSha }
      return (await aBundle(join(directory, 'bundles'), name, appTree(name, mood, more), undefined, about))
        .path
    },
    deployed: async bundle => {
      const ended = await start('deploy', '--bundle', bundle).ended
      if (ended.code !== 0) throw new Error(`the deploy ended with ${ended.code}\n${tailOf(ended)}`)
      return String(ended.document?.['release'])
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** The end of what a command said, for the message of a test that fails. */
export function tailOf(ended: Ended): string {
  return ended.said
    .split('\n')
    .slice(-25)
    .map(line => line.slice(0, 400))
    .join('\n')
}

function hostsOf(
  options: StoryOptions,
  directory: string,
  rig: SshRig | undefined,
  ports: Ports,
): readonly StoryHost[] {
  const urls = (address: string) => ({
    url: `http://${address}:${ports.router}/`,
    workerUrl: `http://${address}:${ports.worker}/`,
  })
  const apart = (options.hosts ?? 1) > 1
  if (!rig)
    return [
      { name: 'local', root: options.root ?? join(directory, 'root'), ssh: undefined, ...urls('127.0.0.1') },
    ]
  return rig.hosts.map(host => ({
    name: host.name,
    root: host.root,
    ssh: host,
    ...urls(apart ? host.inside : '127.0.0.1'),
  }))
}

function environmentOf(hosts: readonly StoryHost[], rig: SshRig | undefined): Document {
  const [first] = hosts
  const entries = hosts.map(({ name, root, ssh }) => [
    name,
    ssh && rig
      ? {
          address: ssh.address,
          port: ssh.port,
          root,
          identityFile: rig.identityFile,
          sshConfig: rig.sshConfig,
        }
      : 'local',
  ])
  return { root: first?.root ?? '', hosts: Object.fromEntries(entries) }
}

function startCommand(directory: string, words: readonly string[]): Running {
  const events: Event[] = []
  const waiting = new Set<(event: Event) => void>()
  const onLine = (line: string) => {
    if (!line.startsWith('{')) return
    const event = JSON.parse(line)
    if (typeof event.type !== 'string') return
    events.push(event)
    for (const tell of waiting) tell(event)
  }
  // What a person's home would hold, and what scripts leave in /tmp, lies in the story's own directory.
  const env = { XDG_STATE_HOME: join(directory, 'state'), TMPDIR: join(directory, 'tmp') }
  const started = startStellwerk(words, { cwd: directory, env, onLine })
  return {
    ...started,
    events,
    until: fits =>
      new Promise((resolve, reject) => {
        const past = events.find(fits)
        if (past) return resolve(past)
        const tell = (event: Event) => {
          if (!fits(event)) return
          waiting.delete(tell)
          resolve(event)
        }
        waiting.add(tell)
        void started.ended.then(ended => {
          waiting.delete(tell)
          reject(new Error(`the command ended with ${ended.code} before it came to that\n${tailOf(ended)}`))
        })
      }),
  }
}

async function endProcesses(directories: readonly string[]): Promise<void> {
  for (let left = await workingIn(directories); left.length > 0; left = await workingIn(directories))
    killAll(left)
}

export interface HostJournal {
  readonly host: string
  readonly run: string
  readonly records: readonly JournalRecord[]
}

/** Journals of all runs on all hosts, the newest run last. */
export async function journalsOf(story: Story): Promise<readonly HostJournal[]> {
  const all = await Promise.all(
    story.hosts.map(async ({ name, root }) => {
      const runs = join(root, '.stellwerk/runs')
      const names = await readdir(runs).catch(() => [])
      return Promise.all(
        names.map(async run => ({
          host: name,
          run,
          records: parseJournal(await readFile(join(runs, run, 'journal.jsonl'), 'utf8').catch(() => '')),
        })),
      )
    }),
  )
  return all.flat().toSorted((a, b) => (a.run < b.run ? -1 : 1))
}

/** The release that `current` names; empty without a link. */
export async function currentOn(host: StoryHost): Promise<string> {
  return basename(await readlink(join(host.root, 'current')).catch(() => ''))
}
