// rsync over SSH, against a real sshd: an account with a shell, and accounts that may run rsync and nothing else.

import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { makeRsyncDestination } from '../../src/backup/destinations/rsync.ts'
import { full } from '../rigs/full.ts'
import { type SshHostsOptions, startSshHosts, whyNoDisk } from '../rigs/sshd.ts'
import { destinationContract, onDisk } from './destination-contract.ts'

/** What the account may do: `only-rsync` refuses every command that is not rsync's own; rrsync sees its directory as "/". */
type Account = 'shell' | 'only-rsync' | 'rrsync'

const onlyRsync = `case "$SSH_ORIGINAL_COMMAND" in "rsync --server "*) eval "exec $SSH_ORIGINAL_COMMAND" ;; *) echo refused >&2; exit 1 ;; esac`

async function start(
  account: Account,
  { path = 'backup', ...options }: { path?: string } & Partial<SshHostsOptions> = {},
) {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'stwrs-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const root = join(directory, 'there')
  await mkdir(root)
  const script = join(directory, 'only-rsync')
  await writeFile(script, `#!/bin/sh\ncd ${root}\n${onlyRsync}\n`, { mode: 0o755 })
  const force = {
    shell: [],
    'only-rsync': [`ForceCommand ${script}`],
    rrsync: [`ForceCommand rrsync ${root}`],
  }
  const rig = undo.use(await startSshHosts({ count: 1, sshd: force[account], ...options }))
  const there = rig.hosts[0]!
  const disk = options.diskMB || account === 'shell' ? there.root : root
  const spoolDirectory = join(directory, 'spool')
  const kept = undo.move()
  const make = (
    more: Partial<{ path: string; hostKey: string; spoolDirectory: string; port: number }> = {},
  ) => {
    const destination = makeRsyncDestination({
      name: 'nas',
      config: {
        address: `${userInfo().username}@${there.address}`,
        port: more.port ?? there.port,
        path: more.path ?? (account === 'shell' || options.diskMB ? join(disk, path) : path),
        hostKey: more.hostKey ?? there.hostKey,
        identityFile: rig.identityFile,
      },
      home: directory,
      spoolDirectory: more.spoolDirectory ?? spoolDirectory,
    })
    kept.defer(() => destination.close())
    return destination
  }
  const destination = make()
  return {
    destination,
    make,
    rig: there,
    spoolDirectory,
    /** The directory behind the destination, and the one that the account is kept in. */
    directory: join(disk, path),
    root: disk,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

destinationContract('rsync, an account with a shell', async () => {
  const rig = await start('shell', { rttMs: 0 })
  return {
    ...rig,
    how: 'hashed-there',
    another: async () => rig.make(),
    ...onDisk(rig.directory),
    cut: rig.rig.cut,
  }
})

// Both speak the same protocol; what rrsync does in its own way has tests of its own below.
const accounts = full ? (['only-rsync', 'rrsync'] as const) : (['only-rsync'] as const)
for (const account of accounts)
  destinationContract(
    `rsync, an account with ${account}`,
    async () => {
      const rig = await start(account)
      const { mode, age } = onDisk(rig.directory)
      return {
        ...rig,
        how: 'read-back',
        another: async () => rig.make(),
        mode,
        // A source that breaks has got as far as the spool of this machine.
        tamper: async () => onDisk(rig.spoolDirectory).tamper(),
        age: async ms => {
          await age(ms)
          await onDisk(rig.spoolDirectory).age(ms)
        },
      }
    },
    whyNoDisk() !== undefined || account === 'rrsync'
      ? {}
      : {
          small: async () => {
            const rig = await start(account, { diskMB: 8 })
            return { ...rig, how: 'read-back', another: async () => rig.make(), ...onDisk(rig.directory) }
          },
        },
  )

const content = randomBytes(16_000_000)
const sha256 = createHash('sha256').update(content).digest('hex')
const source = {
  bytes: content.length,
  sha256,
  open: async (from: number) => Readable.from([content.subarray(from)]),
}

describe.each(['only-rsync', 'rrsync'] as const)('rsync without a shell: %s', account => {
  it('goes on where the connection broke', async () => {
    await using rig = await start(account, { rttMs: 0 })
    const { destination } = rig
    await destination.writeText('set/other', '1')
    let cut: Promise<void> | undefined
    await expect(
      destination.write('set/dump', source, {
        onProgress(done) {
          if (done > 5_000_000) cut ??= rig.rig.cut()
        },
      }),
    ).rejects.toMatchObject({ problem: { code: 'STW-B209' } })
    await cut
    expect((await destination.list('set')).map(({ name }) => name)).toEqual(['other'])
    const before = await rig.rig.bytes()

    await destination.write('set/dump', source)

    const after = await rig.rig.bytes()
    expect(after.up - before.up).toBeLessThan(content.length - 2_000_000)
    expect(await readFile(join(rig.directory, 'set/dump'))).toEqual(content)
    expect((await destination.list('set')).map(({ name }) => name).sort()).toEqual(['dump', 'other'])
  })

  it('sweeps what broken uploads have left', async () => {
    await using rig = await start(account)
    const { destination } = rig
    await destination.writeText('set/kept', '1')
    const old = new Date(Date.now() - 50 * 3_600_000)
    const plant = async (path: string, time?: Date) => {
      await mkdir(join(rig.root, path, '..'), { recursive: true })
      await writeFile(join(rig.root, path), 'x')
      if (time) await utimes(join(rig.root, path), time, time)
    }
    await plant('backup/.part-0123456789ab-dump/backup/set/dump', old)
    await plant('backup/.part-ba9876543210-young/backup/set/young')
    await plant('backup/set/.dump.Ab3dEf', old)
    await plant('backup/set/.kept.sha256', old)
    await plant('.bashrc', old)

    expect(await destination.sweep(48 * 3_600_000)).toBe(2)

    expect((await readdir(join(rig.root, 'backup/set'))).sort()).toEqual(['.kept.sha256', 'kept'])
    expect((await readdir(rig.directory)).sort()).toEqual(['.part-ba9876543210-young', 'set'])
    expect((await readdir(rig.root)).sort()).toEqual(['.bashrc', 'backup'])
    expect(await destination.sweep(48 * 3_600_000)).toBe(0)
  })

  it('leaves nothing on this machine', async () => {
    await using rig = await start(account)
    await rig.destination.write('set/dump', source)
    await rig.destination.hash('set/dump')
    for await (const _ of await rig.destination.read('set/dump'));
    await rig.destination.read('set/dump')

    await rig.destination.close()

    expect(await readdir(rig.spoolDirectory)).toEqual([])
  })

  it('works at the top of what the account may see', async () => {
    await using rig = await start(account)
    const top = rig.make({ path: '.' })

    await top.writeText('a/b', '1')

    expect(await top.readText('a/b')).toBe('1')
    expect(existsSync(join(rig.root, 'a/b'))).toBe(true)
  })
})

describe('rsync over SSH', () => {
  it.each(['shell', 'only-rsync'] as const)('accepts the pinned host key alone: %s', async account => {
    await using rig = await start(account)
    const other = rig.rig.hostKey.replace(/.{6}$/, 'AAAAAA')

    await expect(rig.make({ hostKey: other }).list('')).rejects.toMatchObject({
      problem: { code: 'STW-B260' },
    })
  })

  it('says what is wrong when nobody is there', async () => {
    await using rig = await start('shell')
    const there = rig.make({ port: 1 })

    await expect(there.list('')).rejects.toMatchObject({ problem: { code: 'STW-H007' } })
  })

  it('says so when the account offers neither a shell nor rsync', async () => {
    await using rig = await start('shell', { sshd: ['ForceCommand internal-sftp'] })

    await expect(rig.destination.list('')).rejects.toMatchObject({
      problem: { code: expect.stringMatching(/^STW-(B262|B209)$/) },
    })
  })

  it('finds a relative path from the home of the account', async () => {
    await using rig = await start('shell')

    await rig.make({ path: 'nas/backup' }).writeText('a', '1')

    expect(await readFile(join(rig.rig.home, 'nas/backup/a'), 'utf8')).toBe('1')
  })
})
