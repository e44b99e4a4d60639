// A machine that is reached over SSH and has rsync. What the account may do decides, asked once: with a shell it is a directory
// like any other; an account that may run rsync and nothing else (rrsync, a NAS) is served by rsync alone.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DestinationConfig } from '../../config/schema/destination.ts'
import { text } from '../../core/lang.ts'
import { ProblemError } from '../../core/problem.ts'
import type { Host } from '../../engine/host.ts'
import { makeSshHost } from '../../hosts/ssh.ts'
import type { Destination } from '../destination.ts'
import { makeDirectoryDestination } from './directory.ts'
import { connectionLost } from './problems.ts'
import { makeRsyncAccount } from './rsync/account.ts'
import { otherHostKey } from './rsync/problems.ts'
import { alias, knownHosts, sshConfig } from './rsync/ssh-config.ts'

export interface RsyncOptions {
  readonly name: string
  readonly config: Pick<
    Extract<DestinationConfig, { kind: 'rsync' }>,
    'address' | 'port' | 'path' | 'hostKey' | 'identityFile'
  >
  /** What `~/` of identityFile stands for. */
  readonly home: string
  /** Where files wait that rsync sends or has fetched: made private, mode 0700. */
  readonly spoolDirectory: string
}

interface Opened {
  readonly destination: Destination
  close(): Promise<void>
}

/** Connects with the first call; a failure is asked again by the next one. */
export function makeRsyncDestination(options: RsyncOptions): Destination {
  let opening: Promise<Opened> | undefined
  const there = async () => {
    opening ??= open(options)
    opening.catch(() => {
      opening = undefined
    })
    return (await opening).destination
  }
  const { name, config } = options
  return {
    name,
    title: `rsync://${config.address}:${config.port}${config.path.startsWith('/') ? '' : '/'}${config.path}`,
    list: async directory => (await there()).list(directory),
    readText: async path => (await there()).readText(path),
    writeText: async (path, content) => (await there()).writeText(path, content),
    read: async (path, how) => (await there()).read(path, how),
    write: async (path, source, how) => (await there()).write(path, source, how),
    hash: async (path, how) => (await there()).hash(path, how),
    remove: async path => (await there()).remove(path),
    rename: async (from, to) => (await there()).rename(from, to),
    free: async () => (await there()).free(),
    sweep: async olderThanMs => (await there()).sweep(olderThanMs),
    async close() {
      const opened = await opening?.catch(() => undefined)
      opening = undefined
      await opened?.close()
    },
  }
}

async function open({ name, config, home, spoolDirectory }: RsyncOptions): Promise<Opened> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'stwr-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const file = join(directory, 'config')
  const known = join(directory, 'known')
  await writeFile(known, knownHosts(config.hostKey), { mode: 0o600 })
  await writeFile(file, sshConfig({ ...config, home, knownHosts: known }), { mode: 0o600 })
  const host = makeSshHost({
    config: { name, address: alias, sshConfig: file, roles: [], root: '/', env: {} },
    controlDirectory: directory,
  })
  undo.defer(() => host.close())
  const start = await shellAt(host, options => new ProblemError(problemOf(options)))
  const made =
    start === undefined
      ? makeRsyncAccount({ name, path: config.path, sshConfig: file, spoolDirectory })
      : makeDirectoryDestination({ name, host, path: below(start, config.path) })
  undo.defer(() => made.close())
  // Rsync makes connections of its own.
  if (start === undefined) await host.close()
  const kept = undo.move()
  return { destination: made, close: () => kept.disposeAsync() }

  function problemOf({ why, problem }: Failure) {
    // ssh advises to change known_hosts; here stellwerk.yaml names the key.
    if (problem?.code === 'STW-H002' || problem?.code === 'STW-H003')
      return otherHostKey(name, config, problem.evidence)
    return problem ?? connectionLost(name, config.path, text(why, why))
  }
}

type Failure = { readonly why: string; readonly problem?: ProblemError['problem'] }

/** The home of the account; undefined when it has none. */
async function shellAt(host: Host, failed: (failure: Failure) => ProblemError): Promise<string | undefined> {
  const { ending, stdout, stderr } = await host.run('printf "%s\\n" "$HOME"', {
    timeout: 60_000,
    plain: true,
  })
  if (ending.kind === 'exit' && ending.code === 0 && stdout.startsWith('/')) return stdout.trimEnd()
  if (ending.kind === 'unreachable') {
    if (ending.problem?.code === 'STW-H018') return undefined
    throw failed(ending)
  }
  throw failed({ why: ending.kind === 'lost' ? ending.why : `the shell ended with ${ending.kind} ${stderr}` })
}

function below(start: string, path: string): string {
  return path.startsWith('/') ? path : `${start.replace(/\/$/, '')}/${path.replace(/^(\.\/)+/, '')}`
}
