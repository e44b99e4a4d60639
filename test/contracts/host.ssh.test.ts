import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { makeSshHost } from '../../src/hosts/ssh.ts'
import { type SshHostsOptions, startSshHosts } from '../rigs/sshd.ts'
import { type HostUnderTest, hostContract } from './host-contract.ts'

for (const shell of ['dash', 'bash', 'busybox'] as const)
  hostContract(`ssh, ${shell}`, () => overSsh({ count: 1, shell }))

hostContract('ssh, scripts as arguments', () => overSsh({ count: 1 }), true)

async function overSsh(options: SshHostsOptions): Promise<HostUnderTest> {
  const rig = await startSshHosts(options)
  const controlDirectory = await mkdtemp(join(tmpdir(), 'swc-'))
  const [there] = rig.hosts
  if (!there) throw new Error('no host')
  const host = makeSshHost({ config: there.config, controlDirectory })
  return {
    host,
    sessionsOpened: there.sessionsOpened,
    async [Symbol.asyncDispose]() {
      await host.close()
      expect(await readdir(controlDirectory)).toEqual([])
      expect(there.connectionsOpened()).toBe(1)
      await rm(controlDirectory, { recursive: true })
      await rig[Symbol.asyncDispose]()
    },
  }
}
