// Connections that cannot be made: nothing was started, and the Problem says why.
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HostConfig } from '../../src/config/config.ts'
import { ProblemError } from '../../src/core/problem.ts'
import type { Ending } from '../../src/engine/host.ts'
import { makeSshHost } from '../../src/hosts/ssh.ts'
import { freePort } from '../rigs/free-port.ts'
import { type RigHost, type SshRig, startSshHosts } from '../rigs/sshd.ts'

describe('an ssh host that cannot be reached', () => {
  let rig: SshRig
  let there: RigHost
  let controlDirectory: string
  beforeAll(async () => {
    rig = await startSshHosts({ count: 2 })
    there = rig.hosts[0] as RigHost
    controlDirectory = await mkdtemp(join(tmpdir(), 'swc-'))
  })
  afterAll(async () => {
    await rig[Symbol.asyncDispose]()
    await rm(controlDirectory, { recursive: true })
  })

  async function attempt(change: Partial<HostConfig>, connectTimeoutMs = 5000): Promise<Ending> {
    const host = makeSshHost({ config: { ...there.config, ...change }, controlDirectory, connectTimeoutMs })
    const { ending } = await host.run('echo must not run', { timeout: 5000 })
    expect(host.sessions).toBe(0)
    await host.close()
    return ending
  }

  /** The rig's ssh_config with some lines in front, which therefore count. */
  async function configWith(...lines: string[]): Promise<string> {
    const file = join(rig.directory, `config-${lines.join('').replaceAll(/\W/g, '').slice(-60)}`)
    await writeFile(file, `${lines.join('\n')}\n${await readFile(rig.sshConfig, 'utf8')}`)
    return file
  }

  async function knownHosts(...lines: string[]): Promise<string> {
    const file = join(rig.directory, `known-${lines.length}-${Math.abs(lines.join().length)}`)
    await writeFile(file, lines.map(line => `${line}\n`).join(''))
    return configWith(`UserKnownHostsFile ${file}`)
  }

  it('names a port where nobody listens', async () => {
    const ending = await attempt({ port: await freePort() })

    expect(ending).toMatchObject({
      kind: 'unreachable',
      problem: { code: 'STW-H007', where: { host: 'web1' } },
    })
  })

  it('names a name that does not resolve', async () => {
    const ending = await attempt({ address: 'no-such-host.invalid' })

    expect(ending).toMatchObject({ kind: 'unreachable', problem: { code: 'STW-H006' } })
  })

  it('names an unknown host key and how to compare it', async () => {
    const ending = await attempt({ sshConfig: await knownHosts() })

    expect(ending).toMatchObject({ kind: 'unreachable', problem: { code: 'STW-H003' } })
    if (ending.kind !== 'unreachable') return
    expect(ending.problem?.next?.[0]?.en).toBe(`ssh-keyscan -p ${there.port} 127.0.0.1 | ssh-keygen -lf -`)
    expect(there.connectionsOpened()).toBe(0)
  })

  it('names a changed host key', async () => {
    const other = rig.hosts[1] as RigHost
    const sshConfig = await knownHosts(`[127.0.0.1]:${there.port} ${other.hostKey}`)

    expect(await attempt({ sshConfig })).toMatchObject({ kind: 'unreachable', problem: { code: 'STW-H002' } })
  })

  it('names a key that is not allowed in', async () => {
    const identityFile = join(rig.directory, 'web2', 'host_key')
    const sshConfig = await configWith(`IdentityFile ${identityFile}`)
    const text = await readFile(sshConfig, 'utf8')
    await writeFile(sshConfig, text.replace(`  IdentityFile ${rig.identityFile}`, ''))

    const ending = await attempt({ identityFile, sshConfig })

    expect(ending).toMatchObject({ kind: 'unreachable', problem: { code: 'STW-H005' } })
  })

  it('names a port that belongs to another service, and one that says nothing', async () => {
    const polite = createServer(socket => socket.end('220 mail ready\r\n')).listen(0, '127.0.0.1')
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await Promise.all([once(polite, 'listening'), once(silent, 'listening')])

    const first = await attempt({ port: (polite.address() as AddressInfo).port })
    const second = await attempt({ port: (silent.address() as AddressInfo).port }, 1000)

    expect(first).toMatchObject({ kind: 'unreachable', problem: { code: 'STW-H012' } })
    expect(second).toMatchObject({ kind: 'unreachable', problem: { code: 'STW-H008' } })
    polite.close()
    silent.close()
  })

  it('refuses a configuration that switches host key checks off, for the host or a jump host', async () => {
    const own = await configWith('StrictHostKeyChecking no')
    const jump = await configWith('Host web2', '  StrictHostKeyChecking off', 'Host *')

    expect(await attempt({ sshConfig: own })).toMatchObject({
      kind: 'unreachable',
      problem: { code: 'STW-H013' },
    })
    expect(await attempt({ sshConfig: jump, jump: 'web2' })).toMatchObject({
      kind: 'unreachable',
      problem: { code: 'STW-H013' },
    })
    expect(there.connectionsOpened() + (rig.hosts[1]?.connectionsOpened() ?? 0)).toBe(0)
  })

  it('names a broken configuration and a missing ssh', async () => {
    const broken = await configWith('NoSuchOption yes')
    const host = makeSshHost({ config: there.config, controlDirectory, sshPath: '/nonexistent/ssh' })

    expect(await attempt({ sshConfig: broken })).toMatchObject({
      kind: 'unreachable',
      problem: { code: 'STW-H010' },
    })
    expect((await host.run('true', { timeout: 5000 })).ending).toMatchObject({
      kind: 'unreachable',
      problem: { code: 'STW-H001', evidence: expect.stringContaining('ENOENT') },
    })
  })

  it('names an account whose shell runs no scripts', async () => {
    await using closed = await startSshHosts({
      count: 1,
      sshd: ['ForceCommand /bin/sh -c "echo go away; exit 1"'],
    })
    const host = makeSshHost({ config: (closed.hosts[0] as RigHost).config, controlDirectory })

    const { ending, stdout } = await host.run('echo must not run', { timeout: 5000 })
    await host.close()

    expect(stdout).toBe('')
    expect(ending).toMatchObject({ kind: 'unreachable', problem: { code: 'STW-H018', evidence: 'go away' } })
  })

  it('tells whoever asks for a tunnel', async () => {
    const host = makeSshHost({ config: { ...there.config, port: await freePort() }, controlDirectory })

    const error = await host.tunnel('127.0.0.1', 80).catch(error => error)

    expect(ProblemError.is(error) && error.problem.code).toBe('STW-H007')
    await host.close()
  })

  it('tries again after a failure', async () => {
    await there.kill()
    const host = makeSshHost({ config: there.config, controlDirectory })
    const { ending } = await host.run('true', { timeout: 5000 })
    await there.start()

    expect(ending.kind).toBe('unreachable')
    expect((await host.run('exit 5', { timeout: 5000 })).ending).toEqual({ kind: 'exit', code: 5 })
    await host.close()
    expect((await host.run('true', { timeout: 5000 })).ending).toMatchObject({
      problem: { code: 'STW-H015' },
    })
  })

  it.each(['-oProxyCommand=touch /tmp/owned', '-G', ''])('refuses the address %j', address => {
    const config = { ...there.config, address }

    expect(() => makeSshHost({ config, controlDirectory })).toThrow('STW-H017')
    expect(() =>
      makeSshHost({ config: { ...there.config, jump: `a,${address}` }, controlDirectory }),
    ).toThrow('STW-H017')
  })

  it('refuses a control directory that is too long for a socket', () => {
    expect(() => makeSshHost({ config: there.config, controlDirectory: `/tmp/${'x'.repeat(80)}` })).toThrow(
      'STW-H014',
    )
  })
})
