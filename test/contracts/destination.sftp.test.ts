import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSftpDestination, type SftpOptions } from '../../src/backup/destinations/sftp.ts'
import { type Problem, ProblemError } from '../../src/core/problem.ts'
import { startDelayProxy } from '../rigs/delay-proxy.ts'
import { type Nas, startNas, whyNoNas } from '../rigs/nas.ts'
import { type DestinationUnderTest, destinationContract, onDisk } from './destination-contract.ts'
import { sourceOf } from './destination-source.ts'

const execute = promisify(execFile)

describe.skipIf(whyNoNas())('SFTP', () => {
  destinationContract('SFTP and nothing else', () => onNas(), { small: () => onNas(8) })

  describe('signing in', () => {
    let nas: Nas
    let directory: string
    beforeAll(async () => {
      nas = await startNas()
      directory = await mkdtemp(join(tmpdir(), 'swsftp-'))
    })
    afterAll(async () => {
      await nas?.[Symbol.asyncDispose]()
      await rm(directory, { recursive: true })
    })

    /** Of the first call. */
    async function problemWith(
      config: Partial<SftpOptions['config']>,
      more: Partial<SftpOptions> = {},
    ): Promise<Problem> {
      const there = makeSftpDestination({
        name: 'nas',
        config: { ...nas.config, ...config },
        home: directory,
        ...more,
      })
      const failure = await there.list('').then(
        () => new Error('it signed in'),
        (error: unknown) => error,
      )
      await there.close()
      if (!ProblemError.is(failure)) throw failure
      return failure.problem
    }

    async function keyFile(name: string, content: string | Buffer, mode = 0o600): Promise<string> {
      const file = join(directory, name)
      await writeFile(file, content)
      await chmod(file, mode)
      return file
    }

    it('uses one connection for all calls, with a key below the home', async () => {
      await keyFile('key', await readFile(nas.identityFile))
      const before = nas.connectionsOpened()
      const there = makeSftpDestination({
        name: 'nas',
        config: { ...nas.config, identityFile: '~/key' },
        home: directory,
      })

      expect(there.title).toBe(`sftp://nas@127.0.0.1:${nas.port}/volume1/backup`)
      await Promise.all([there.writeText('a/b', '1'), there.list(''), there.free()])
      expect(await there.readText('a/b')).toBe('1')
      await there.close()

      expect(nas.connectionsOpened() - before).toBe(1)
    })

    it('takes a password', async () => {
      const { identityFile: _, ...config } = nas.config
      const there = makeSftpDestination({
        name: 'nas',
        config,
        home: directory,
        password: () => nas.password,
      })

      await there.writeText('with/password', '1')

      expect(await there.readText('with/password')).toBe('1')
      await there.close()
      expect(await problemWith({ identityFile: undefined }, { password: () => 'another' })).toMatchObject({
        code: 'STW-B226',
        why: { en: 'it refused the password' },
      })
    })

    it('connects again after the server was gone', async () => {
      const there = makeSftpDestination({ name: 'nas', config: nas.config, home: directory })
      await there.writeText('again', '1')
      await nas.stop()

      await expect(there.readText('again')).rejects.toThrow(/STW-B2(09|27)/)
      await expect(there.readText('again')).rejects.toThrow('STW-B227')
      await nas.start()

      expect(await there.readText('again')).toBe('1')
      await there.close()
    })

    it.each(['ed25519', 'rsa'])(
      'refuses a server with another host key (pinned: %s), and names both',
      async type => {
        const file = join(directory, `other-${type}`)
        await execute('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file])
        const fingerprintOf = async (path: string) =>
          (await execute('ssh-keygen', ['-lf', path])).stdout.split(' ')[1] ?? 'none'

        const problem = await problemWith({ hostKey: (await readFile(`${file}.pub`, 'utf8')).trim() })

        expect(problem.code).toBe('STW-B220')
        for (const path of [file, join(nas.directory, 'host_key')])
          expect(problem.why?.en).toContain(await fingerprintOf(path))
      },
    )

    it('says which key is pinned when the server has several', async () => {
      await using other = await startNas({ sshd: [`HostKey ${join(directory, 'other-rsa')}`] })
      const there = makeSftpDestination({ name: 'nas', config: other.config, home: directory })

      expect(await there.list('')).toEqual([])
      await there.close()
    })

    it('says what is wrong with a key', async () => {
      const encrypted = join(directory, 'encrypted')
      await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'a passphrase', '-f', encrypted])
      const open = await keyFile('open', await readFile(nas.identityFile), 0o644)
      const text = await keyFile('text', 'no key')
      const publicKey = await keyFile('public', await readFile(`${nas.identityFile}.pub`))
      await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, 'stranger')])

      expect(await problemWith({ identityFile: encrypted })).toMatchObject({ code: 'STW-B224' })
      expect(await problemWith({ identityFile: open })).toMatchObject({
        code: 'STW-B223',
        why: { en: 'its mode is 0644' },
      })
      expect(await problemWith({ identityFile: text })).toMatchObject({ code: 'STW-B225' })
      expect(await problemWith({ identityFile: publicKey })).toMatchObject({ code: 'STW-B225' })
      expect(await problemWith({ identityFile: '~/none' })).toMatchObject({ code: 'STW-B222' })
      expect(await problemWith({ identityFile: '~/stranger' })).toMatchObject({
        code: 'STW-B226',
        why: { en: 'it refused the key' },
      })
      expect(await problemWith({ identityFile: undefined })).toMatchObject({ code: 'STW-B221' })
      expect(await problemWith({ identityFile: undefined }, { password: () => '' })).toMatchObject({
        code: 'STW-B221',
      })
    })

    it('says that a server without SFTP has none, and that nobody listens', async () => {
      await using shell = await startNas({ sshd: ['ForceCommand /bin/false'] })

      expect(
        await problemWith({ port: shell.port, hostKey: shell.hostKey, identityFile: shell.identityFile }),
      ).toMatchObject({
        code: 'STW-B228',
      })
      await shell.stop()
      expect(await problemWith({ port: shell.port, hostKey: shell.hostKey })).toMatchObject({
        code: 'STW-B227',
      })
    })

    it('refuses what the account may not touch', async () => {
      const config = { ...nas.config, path: '/not-mine' }
      const there = makeSftpDestination({ name: 'nas', config, home: directory })

      await expect(there.writeText('file', '1')).rejects.toThrow('STW-B210')
      await there.close()
    })

    it('does not wait for ever for a server that has gone silent', async () => {
      await using proxy = await startDelayProxy()
      const line = await proxy.add({ host: '127.0.0.1', port: nas.port }, 0)
      const config = { ...nas.config, port: line.port }
      const there = makeSftpDestination({ name: 'nas', config, home: directory, keepalive: 50 })
      await there.writeText('silent', '1')

      await line.stall()

      await expect(there.readText('silent')).rejects.toThrow('STW-B209')
      await line.resume()
      expect(await there.readText('silent')).toBe('1')
      await there.close()
    })

    it('stops asking its source when the server takes nothing', async () => {
      await using proxy = await startDelayProxy()
      const line = await proxy.add({ host: '127.0.0.1', port: nas.port }, 0)
      const config = { ...nas.config, port: line.port }
      const there = makeSftpDestination({ name: 'nas', config, home: directory, keepalive: 100 })
      const source = sourceOf(randomBytes(48_000_000), {
        async onPiece(position) {
          if (position === 61_001 * 10) await line.stall()
        },
      })

      await expect(there.write('stalled', source)).rejects.toThrow('STW-B209')

      expect(source.given()).toBeLessThan(24_000_000)
      await there.close()
    })

    it('takes a file that became shorter for a failure', async () => {
      const there = makeSftpDestination({ name: 'nas', config: nas.config, home: directory })
      await there.write('shorter', sourceOf(randomBytes(24_000_000)))
      const stream = await there.read('shorter')

      const consumed = (async () => {
        for await (const _ of stream) await truncate(join(nas.files, 'backup/shorter'), 12_000_000)
      })()

      await expect(consumed).rejects.toThrow('STW-B207')
      await there.close()
    })
  })
})

async function onNas(diskMB?: number): Promise<DestinationUnderTest> {
  const nas = await startNas(diskMB ? { diskMB } : {})
  const make = () => makeSftpDestination({ name: 'nas', config: nas.config, home: '/' })
  const second = make()
  return {
    destination: make(),
    how: 'read-back',
    another: async () => second,
    ...onDisk(join(nas.files, 'backup')),
    cut: nas.cut,
    async [Symbol.asyncDispose]() {
      await second.close()
      await nas[Symbol.asyncDispose]()
    },
  }
}
