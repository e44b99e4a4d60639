// What happens to scripts and processes when a connection begins, is shared, breaks and ends.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quote } from '../../src/core/shell.ts'
import { makeSshHost } from '../../src/hosts/ssh.ts'
import { whyNoNetwork } from '../rigs/network.ts'
import { isAlive, withEnvironment } from '../rigs/processes.ts'
import { type RigHost, type SshHostsOptions, startSshHosts, whyNoDisk } from '../rigs/sshd.ts'

let controlDirectory: string
beforeAll(async () => {
  controlDirectory = await mkdtemp(join(tmpdir(), 'swc-'))
})
afterAll(async () => {
  expect(await readdir(controlDirectory)).toEqual([])
  await rm(controlDirectory, { recursive: true })
})

async function connected(options: Partial<SshHostsOptions> = {}) {
  const rig = await startSshHosts({ count: 1, ...options })
  const there = rig.hosts[0] as RigHost
  const host = makeSshHost({ config: there.config, controlDirectory })
  const run = (script: string, more = {}) => host.run(script, { timeout: 30_000, ...more })
  return {
    rig,
    there,
    host,
    run,
    async [Symbol.asyncDispose]() {
      await host.close()
      await rig[Symbol.asyncDispose]()
    },
  }
}

/** Process ids with `words` in their command line. */
async function processesWith(words: string): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    const line = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '') : ''
    if (line.includes(words)) found.push(Number(entry))
  }
  return found
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await sleep(50)
}

describe('a connection', () => {
  it('is made once, however many ask for it first', async () => {
    await using it = await connected()

    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => it.run(`exit ${i}`)))

    expect(results.every(({ ending }, i) => ending.kind === 'exit' && ending.code === i)).toBe(true)
    expect(it.there.connectionsOpened()).toBe(1)
    expect(it.there.sessionsOpened()).toBe(20)
  })

  it('works where the server allows one session at a time', async () => {
    await using it = await connected({ sshd: ['MaxSessions 1'] })

    const results = await Promise.all(Array.from({ length: 6 }, (_, i) => it.run(`sleep 0.2; exit ${i}`)))

    expect(results.map(({ ending }) => ending)).toEqual(
      Array.from({ length: 6 }, (_, code) => ({ kind: 'exit', code })),
    )
  })

  it('cut in the middle of a script is lost, the next script connects again', async () => {
    await using it = await connected()

    const { ending, stdout } = await it.run('echo begun; sleep 1000', { onLine: () => void it.there.cut() })

    expect(ending.kind).toBe('lost')
    expect(stdout).toBe('begun\n')
    expect((await it.run('exit 7')).ending).toEqual({ kind: 'exit', code: 7 })
    expect(it.there.connectionsOpened()).toBe(2)
  })

  it('cut by the network is lost as well', async () => {
    await using it = await connected({ rttMs: 10 })

    const { ending } = await it.run('echo begun; sleep 1000', { onLine: () => void it.there.cut() })

    expect(ending).toEqual({
      kind: 'lost',
      why: 'the connection to web1 was cut before the script reported how it ended',
    })
    expect((await it.there.bytes()).up).toBeGreaterThan(1000)
  })

  it('cut while a script is on its way runs nothing of it', async () => {
    await using it = await connected({ rttMs: 20 })
    const file = join(it.there.root, 'ran')
    await it.run('true')
    const before = await it.there.bytes()
    const running = it.run(`touch ${quote(file)}\n${`: ${'x'.repeat(1000)}\n`.repeat(20_000)}`)
    await until(async () => (await it.there.bytes()).up > before.up + 300_000)

    await it.there.cut()

    expect((await running).ending.kind).toBe('lost')
    await until(async () => (await withEnvironment(`HOME=${it.there.home}`)).length === 0)
    expect(existsSync(file)).toBe(false)
  })

  it.skipIf(whyNoNetwork())('that is swallowed by the network is lost, and time-outs still end', async () => {
    await using it = await connected({ network: 'namespaces' })
    const begun = Promise.withResolvers<void>()
    const running = it.run('echo begun; sleep 1000', { onLine: () => begun.resolve() })
    await begun.promise
    await it.there.silence(true)

    const [timedOut, lost, asked] = await Promise.all([
      it.run('true', { timeout: 500 }),
      running,
      it.run('true'),
    ])

    expect(timedOut.ending).toEqual({ kind: 'timeout' })
    expect(lost.ending.kind).toBe('lost')
    expect(asked.ending.kind).toBe('unreachable')
    await it.there.silence(false)
    expect((await it.run('exit 3')).ending).toEqual({ kind: 'exit', code: 3 })
  })

  it('carries its tunnels, and makes them again after it broke', async () => {
    await using it = await connected()
    const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const before = await it.host.tunnel('localhost', port)
    await it.there.cut()
    await until(() =>
      fetch(`http://${before.host}:${before.port}/`).then(
        () => false,
        () => true,
      ),
    )

    const after = await it.host.tunnel('localhost', port)

    expect(await (await fetch(`http://${after.host}:${after.port}/`)).text()).toBe('here')
    expect(it.there.sessionsOpened()).toBe(0)
    server.closeAllConnections()
    server.close()
  })

  it('leaves no process and no socket after close, also with a script running', async () => {
    await using it = await connected()
    const begun = Promise.withResolvers<void>()
    const running = it.run('echo begun; sleep 1000', { onLine: () => begun.resolve() })
    await begun.promise

    await Promise.all([it.host.close(), it.host.close()])

    expect((await running).ending.kind).toBe('lost')
    await until(async () => (await processesWith(controlDirectory)).length === 0)
    expect(await readdir(controlDirectory)).toEqual([])
  })

  it('ends by itself when the program leaves without close', async () => {
    await using rig = await startSshHosts({ count: 1 })
    const directory = await mkdtemp(join(tmpdir(), 'swc-'))
    const program = `
      import { makeSshHost } from ${JSON.stringify(join(import.meta.dirname, '../../src/hosts/ssh.ts'))}
      const host = makeSshHost({ config: ${JSON.stringify(rig.hosts[0]?.config)}, controlDirectory: ${JSON.stringify(directory)} })
      await host.run('true', { timeout: 5000 })
      void host.run('echo begun; sleep 1000', { timeout: 60000, onLine: () => process.exit(3) })`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      stdio: 'inherit',
    })

    const [code] = await once(child, 'exit')

    expect(code).toBe(3)
    await until(async () => (await processesWith(directory)).length === 0)
    expect(await readdir(directory)).toEqual([])
    await rm(directory, { recursive: true })
  })

  it('goes through a jump host', async () => {
    await using rig = await startSshHosts({ count: 2 })
    const [there, jump] = rig.hosts as [RigHost, RigHost]
    const host = makeSshHost({ config: { ...there.config, address: 'web1', jump: 'web2' }, controlDirectory })

    const { ending } = await host.run('exit 6', { timeout: 10_000 })
    await host.close()

    expect(ending).toEqual({ kind: 'exit', code: 6 })
    expect([there.connectionsOpened(), jump.connectionsOpened()]).toEqual([1, 1])
  })

  it('respects accept-new in the configuration, and remembers the key', async () => {
    await using rig = await startSshHosts({ count: 1 })
    const known = join(rig.directory, 'empty')
    const sshConfig = join(rig.directory, 'accept-new')
    const text = await readFile(rig.sshConfig, 'utf8')
    await writeFile(sshConfig, `StrictHostKeyChecking accept-new\nUserKnownHostsFile ${known}\n${text}`)
    const there = rig.hosts[0] as RigHost
    const host = makeSshHost({ config: { ...there.config, sshConfig }, controlDirectory })

    const result = await host.run('exit 2', { timeout: 10_000 })
    await host.close()

    expect(result).toEqual({ ending: { kind: 'exit', code: 2 }, stdout: '', stderr: '' })
    expect(await readFile(known, 'utf8')).toContain(there.hostKey)
  })

  it('is not disturbed by what a person likes in ssh_config', async () => {
    await using rig = await startSshHosts({ count: 1 })
    const sshConfig = join(rig.directory, 'busy')
    const lines = [
      'RemoteCommand tmux',
      'RequestTTY force',
      'PermitLocalCommand yes',
      'LocalCommand echo local',
    ]
    const more = [
      'LocalForward 127.0.0.1:1 127.0.0.1:1',
      'LogLevel QUIET',
      'ControlPath /tmp/sw-%C',
      'EscapeChar x',
    ]
    await writeFile(sshConfig, `${[...lines, ...more].join('\n')}\n${await readFile(rig.sshConfig, 'utf8')}`)
    const host = makeSshHost({ config: { ...(rig.hosts[0] as RigHost).config, sshConfig }, controlDirectory })

    const result = await host.run('printf "x.x\\n"', { timeout: 10_000 })
    await host.close()

    expect(result).toEqual({ ending: { kind: 'exit', code: 0 }, stdout: 'x.x\n', stderr: '' })
  })

  it.each(['/usr/bin/fish', '/bin/tcsh', '/bin/bash', '/bin/dash'])(
    'speaks through the login shell %s',
    async shell => {
      await using it = await connected({ loginShell: shell })
      const word = `it's "\\" $(x) !! \n\t%s äöü`

      const plain = await it.run(`printf '%s' ${quote(word)}; exit 255`)
      const data = await it.run(`cat; printf '%s' ${quote(word)}`, { stdin: Readable.from(['data ']) })
      const long = randomBytes(20_000).toString('hex')
      const packed = await it.run(`cat; printf '%s' ${quote(word)} # ${long}`, {
        plain: true,
        stdin: Readable.from(['data ']),
      })
      const timedOut = await it.run('sleep 1000 & echo $!; wait', { timeout: 500 })

      expect(plain).toEqual({ ending: { kind: 'exit', code: 255 }, stdout: word, stderr: '' })
      expect([data.stdout, packed.stdout]).toEqual([`data ${word}`, `data ${word}`])
      expect(timedOut.ending).toEqual({ kind: 'timeout' })
      expect(await isAlive(Number(timedOut.stdout))).toBe(false)
    },
  )

  it('keeps the noise of a login shell out of the output', async () => {
    await using it = await connected({
      sshd: ['ForceCommand echo hello; echo hello >&2; eval "$SSH_ORIGINAL_COMMAND"'],
    })

    expect(await it.run('echo mine')).toEqual({
      ending: { kind: 'exit', code: 0 },
      stdout: 'mine\n',
      stderr: '',
    })
  })
})

describe('the rig', () => {
  it.skipIf(whyNoDisk())('has a disk that is full when it is full', async () => {
    await using it = await connected({ diskMB: 2 })

    const { ending, stderr } = await it.run(
      `set -e; cd ${quote(it.there.root)}; head -c 5000000 /dev/zero >big`,
    )

    expect(ending).toEqual({ kind: 'exit', code: 1 })
    expect(stderr).toContain('No space left')
  })

  it('ends a host with everything that runs on it, and starts it again', async () => {
    await using it = await connected()
    const { stdout } = await it.run('setsid sleep 1000 >/dev/null 2>&1 & echo $!')

    await it.there.kill()

    expect(await isAlive(Number(stdout))).toBe(false)
    await it.there.start()
    expect((await it.run('exit 4')).ending).toEqual({ kind: 'exit', code: 4 })
  })

  it('adds latency to every round trip', async () => {
    await using slow = await connected({ rttMs: 100 })
    await slow.run('true')
    const begin = performance.now()

    await slow.run('true')

    expect(performance.now() - begin).toBeGreaterThanOrEqual(200)
  })

  it('is known to plain ssh by name', async () => {
    await using it = await connected()

    const { stdout } = await promisify(execFile)('ssh', ['-F', it.rig.sshConfig, 'web1', 'echo $HOME'])

    expect(stdout.trim()).toBe(it.there.home)
  })
})
