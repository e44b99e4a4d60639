import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { makeDirectoryDestination } from '../../src/backup/destinations/directory.ts'
import { ProblemError } from '../../src/core/problem.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { makeSshHost } from '../../src/hosts/ssh.ts'
import { type SshHostsOptions, startSshHosts, whyNoDisk } from '../rigs/sshd.ts'
import { type DestinationUnderTest, destinationContract, onDisk } from './destination-contract.ts'

const execute = promisify(execFile)
const noDisk = whyNoDisk() !== undefined

destinationContract('a directory of this machine', () => local(), noDisk ? {} : { small: () => local(8) })

for (const shell of ['dash', 'busybox'] as const)
  destinationContract(
    `a directory over ssh, ${shell}`,
    () => overSsh({ count: 1, shell, rttMs: 0 }),
    noDisk || shell !== 'dash' ? {} : { small: () => overSsh({ count: 1, diskMB: 8, rttMs: 0 }) },
  )

/** Its path holds what a path may hold. */
async function local(diskMB?: number): Promise<DestinationUnderTest> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'swdir-'))
  undo.defer(() => rm(directory, { recursive: true }))
  const disk = join(directory, "it's $HOME")
  await mkdir(disk)
  if (diskMB) {
    await execute('mount', ['-t', 'tmpfs', '-o', `size=${diskMB}m`, 'tmpfs', disk])
    undo.defer(async () => void (await execute('umount', [disk])))
  }
  const path = join(disk, 'not there yet')
  const make = () => makeDirectoryDestination({ name: 'local', path, host: makeLocalHost({ name: 'here' }) })
  const kept = undo.move()
  return {
    destination: make(),
    how: 'hashed-there',
    another: async () => make(),
    ...onDisk(path),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function overSsh(options: SshHostsOptions): Promise<DestinationUnderTest> {
  await using undo = new AsyncDisposableStack()
  const rig = undo.use(await startSshHosts(options))
  const controlDirectory = await mkdtemp(join(tmpdir(), 'swc-'))
  undo.defer(() => rm(controlDirectory, { recursive: true }))
  const there = rig.hosts[0]!
  const path = join(there.root, 'backup')
  const make = () => {
    const host = makeSshHost({ config: there.config, controlDirectory })
    undo.defer(() => host.close())
    return makeDirectoryDestination({ name: 'web1', path, host })
  }
  const destination = make()
  const second = make()
  const kept = undo.move()
  return {
    destination,
    how: 'hashed-there',
    another: async () => second,
    ...onDisk(path),
    cut: there.cut,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

it.each(['relative', '', './here', '/a/../b', '/a/./b', '/new\nline'])(
  'is no directory when its path is %j',
  path => {
    expect(() =>
      makeDirectoryDestination({ name: 'x', path, host: makeLocalHost({ name: 'here' }) }),
    ).toThrow(ProblemError)
  },
)

it('keeps out of sight apart from not there', async () => {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'swdir-'))
  undo.defer(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'file'), 'no directory')
  await symlink('loop', join(directory, 'loop'))
  const there = makeDirectoryDestination({
    name: 'x',
    path: directory,
    host: makeLocalHost({ name: 'here' }),
  })

  await expect(there.list('file')).rejects.toThrow('STW-B210')
  await expect(there.readText('loop')).rejects.toThrow('STW-B210')
  await expect(there.readText('file/below')).rejects.toThrow('STW-B210')
})

it('shows files of others, and what its owner may not read is a failure', async () => {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'swdir-'))
  undo.defer(() => rm(directory, { recursive: true }))
  await mkdir(join(directory, 'a\nb'))
  await mkdir(join(directory, 'locked'))
  await chmod(join(directory, 'locked'), 0)
  const there = makeDirectoryDestination({
    name: 'x',
    path: directory,
    host: makeLocalHost({ name: 'here' }),
  })

  expect(await there.list('')).toEqual([expect.objectContaining({ name: 'locked', kind: 'directory' })])
  if (process.getuid?.() !== 0) await expect(there.list('locked')).rejects.toThrow('STW-B210')
})

it.skipIf(noDisk).each(['dash', 'busybox'] as const)(
  'without its mount is out of reach, not empty, and nothing is made in its place: %s',
  async shell => {
    await using undo = new AsyncDisposableStack()
    const rig = undo.use(await startSshHosts({ count: 1, shell, rttMs: 0 }))
    const controlDirectory = await mkdtemp(join(tmpdir(), 'swc-'))
    undo.defer(() => rm(controlDirectory, { recursive: true }))
    const { root, config } = rig.hosts[0]!
    const host = makeSshHost({ config, controlDirectory })
    undo.defer(() => host.close())
    const disk = join(root, "it's a disk")
    await mkdir(disk)
    const path = join(disk, 'not there yet')
    const there = makeDirectoryDestination({ name: 'web1', path, host, mounted: true })

    const unmounted = { problem: { code: 'STW-B213', why: { en: expect.stringContaining(path) } } }
    const refuses = async () => {
      await expect(there.list('')).rejects.toMatchObject(unmounted)
      await expect(there.readText('manifest.json')).rejects.toMatchObject(unmounted)
      await expect(there.writeText('a/manifest.json', 'x')).rejects.toMatchObject(unmounted)
      await expect(there.free()).rejects.toMatchObject(unmounted)
      expect(await readdir(disk)).toEqual([])
    }
    await refuses()

    await execute('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    await using mounted = new AsyncDisposableStack()
    mounted.defer(async () => void (await execute('umount', [disk])))
    expect(await there.list('')).toEqual([])
    await there.writeText('a/manifest.json', 'x')
    expect(await there.readText('a/manifest.json')).toBe('x')
    await mounted.disposeAsync()

    await refuses()
  },
)
