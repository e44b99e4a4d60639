// The hosts of one measurement. Each tool gets a directory of its own on each host, under one path for all hosts: not every
// tool can be told that hosts differ.
import { lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type SshRig, startSshHosts } from '../../test/rigs/sshd.ts'
import { execute } from './program.ts'

export interface Fleet extends AsyncDisposable {
  readonly names: readonly string[]
  readonly rttMs: number
  readonly sshConfig: string
  readonly identityFile: string
  readonly addresses: ReadonlyMap<string, { readonly address: string; readonly port: number }>
  /** Where a tool's directory lies as every host sees it. Made with what is shared: three directories, two files. */
  rootFor(tool: string): string
  /** Sums over all hosts since the start. */
  counters(): Promise<Counters>
  /** For each host: what release.txt of the live release says, and when the link was made (ms since 1970). */
  live(tool: string): readonly { readonly release: string; readonly since: number }[]
}

export interface Counters {
  readonly sessions: number
  readonly connections: number
  readonly bytes: number
}

export async function startFleet(directory: string, count: number, rttMs: number): Promise<Fleet> {
  const rig = await startSshHosts({ count, rttMs, network: 'namespaces' })
  const place = join(directory, 'srv')
  mkdirSync(place, { recursive: true })
  await Promise.all(rig.hosts.map(host => mountRoot(rig, host.name, host.root, place)))
  const onHosts = (path: string) => rig.hosts.map(host => join(host.root, path))
  return {
    names: rig.hosts.map(host => host.name),
    rttMs,
    sshConfig: rig.sshConfig,
    identityFile: rig.identityFile,
    addresses: new Map(rig.hosts.map(({ name, address, port }) => [name, { address, port }])),
    rootFor(tool) {
      for (const root of onHosts(tool)) {
        for (const name of ['storage', 'log', 'uploads'])
          mkdirSync(join(root, 'shared', name), { recursive: true })
        for (const name of ['.env', 'secret.key']) writeFileSync(join(root, 'shared', name), 'KEY=value\n')
      }
      return join(place, tool)
    },
    async counters() {
      const bytes = await Promise.all(rig.hosts.map(host => host.bytes()))
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
      return {
        sessions: sum(rig.hosts.map(host => host.sessionsOpened())),
        connections: sum(rig.hosts.map(host => host.connectionsOpened())),
        bytes: sum(bytes.map(({ up, down }) => up + down)),
      }
    },
    live: tool =>
      onHosts(tool).map(root => {
        const link = join(root, 'current')
        // Some tools link to an absolute path, which is only there inside the host.
        const release = readlinkSync(link).replace(/\/+$/, '').split('/').at(-1) ?? ''
        const text = readFileSync(join(root, 'releases', release, 'release.txt'), 'utf8')
        return { release: text.trim(), since: lstatSync(link).ctimeMs }
      }),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
}

// A host of the rig has mounts of its own, because its network namespace was entered by `ip netns exec`.
async function mountRoot(rig: SshRig, name: string, root: string, place: string): Promise<void> {
  const pid = readFileSync(join(rig.directory, name, 'sshd.pid'), 'utf8').trim()
  await execute('nsenter', ['-t', pid, '-m', 'mount', '--bind', root, place])
}
