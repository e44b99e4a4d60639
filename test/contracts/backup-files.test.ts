// Stores of files through dumpFiles and restoreFiles, with GNU tar and BusyBox tar.
import { execFile } from 'node:child_process'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareFileFacts } from '../../src/backup/compare.ts'
import {
  compareFiles,
  copyBack,
  type DumpFilesProps,
  dumpFiles,
  parseFileFacts,
  restoreFiles,
} from '../../src/backup/files.ts'
import { streamLibrary } from '../../src/databases/stream.ts'
import { runFragment } from '../rigs/fragment.ts'

const execute = promisify(execFile)
let directory: string
let root: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stw-files-'))
  root = join(directory, 'app')
  await mkdir(join(root, 'shared/storage/cache'), { recursive: true })
  await mkdir(join(root, 'backups'))
  await mkdir(join(directory, 'elsewhere/deep'), { recursive: true })
  for (const [path, content] of Object.entries({
    'app/shared/.env': 'SECRET=1\n',
    'app/shared/storage/logo.png': 'logo',
    'app/shared/storage/-dash': 'd',
    'app/shared/storage/Grüße mit Leerzeichen': 'g',
    'app/shared/storage/app.log': 'log',
    'app/shared/storage/cache/x': 'x',
    'app/backups/old.tar': 'old',
    'elsewhere/upload': 'u',
    'elsewhere/deep/file': 'f',
  }))
    await writeFile(join(directory, path), content)
  await symlink('logo.png', join(root, 'shared/storage/link'))
  await symlink(join(directory, 'elsewhere'), join(root, 'uploads'))
  await symlink(join(root, 'shared/.env'), join(root, 'env'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const library = streamLibrary({ compression: 'gzip', recipients: [] })
const out = () => join(root, 'backups/files.tar')
const into = () => join(directory, 'into')
const dump = async (props: Partial<DumpFilesProps> = {}, options: Parameters<typeof runFragment>[1] = {}) => {
  const fragment = dumpFiles({
    root,
    paths: ['shared/storage', 'uploads', 'env'],
    exclude: [],
    minFiles: 1,
    out: out(),
    own: [join(root, 'backups')],
    ...props,
  })
  return await runFragment(library + fragment, options)
}
const restore = async (only?: readonly string[], options: Parameters<typeof runFragment>[1] = {}) =>
  await runFragment(
    library +
      restoreFiles({ from: `${out()}.gz`, into: into(), sums: `${out()}.sums`, ...(only ? { only } : {}) }),
    options,
  )
const facts = async (path: string) => parseFileFacts(await readFile(`${path}.facts`, 'utf8'))
/** A PATH where tar is BusyBox's. */
async function busyboxTar(): Promise<string> {
  const bin = join(directory, 'bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, 'tar'), '#!/bin/sh\nexec busybox tar "$@"\n', { mode: 0o755 })
  return `${bin}:${process.env['PATH']}`
}

describe.each([
  ['sh', false],
  ['bash', false],
  ['busybox sh', true],
] as const)('files by %s, BusyBox tar: %s', (shell, busybox) => {
  const options = async () => ({ shell, ...(busybox ? { env: { PATH: await busyboxTar() } } : {}) })

  it('brings everything back under the declared names', async () => {
    expect(await dump({}, await options())).toMatchObject({ code: 0, report: [] })
    expect(await restore(undefined, await options())).toMatchObject({ code: 0, report: [] })

    const saved = await facts(out())
    expect(saved).toMatchObject({ files: 8, links: 1, directories: 4 })
    expect((await facts(into()))?.digest).toBe(saved?.digest)
    expect(await readFile(join(into(), 'uploads/deep/file'), 'utf8')).toBe('f')
    expect(await readFile(join(into(), 'env'), 'utf8')).toBe('SECRET=1\n')
    expect(await readlink(join(into(), 'shared/storage/link'))).toBe('logo.png')
    expect((await readdir(join(root, 'backups'))).sort()).toEqual([
      'files.tar.facts',
      'files.tar.gz',
      'files.tar.sums',
      'old.tar',
    ])
  })

  it('leaves out what is excluded and our own backups', async () => {
    const props = { paths: ['.'], exclude: ['*.log', 'shared/storage/cache/'] }
    const dumped = await dump(props, await options())
    // It has no list of what to take.
    if (busybox) return expect(dumped).toMatchObject({ code: 1, report: ['tool', 'GNU tar'] })
    expect(dumped).toMatchObject({ code: 0, report: [] })

    const names = (await readFile(`${out()}.sums`, 'utf8'))
      .trim()
      .split('\n')
      .map(line => line.slice(66))
    expect(names).toEqual([
      './shared/.env',
      './shared/storage/-dash',
      './shared/storage/Grüße mit Leerzeichen',
      './shared/storage/logo.png',
    ])
  })

  it('fails for a path that is missing, a bare link and too few files, and leaves nothing', async () => {
    await symlink('/nonexistent', join(root, 'bare'))
    for (const [props, report] of [
      [{ paths: ['nothing'] }, ['missing', join(root, 'nothing')]],
      [{ paths: ['shared', 'bare'] }, ['missing', join(root, 'bare')]],
      [{ minFiles: 99 }, ['few', '8']],
    ] as const) {
      expect(await dump(props, await options())).toMatchObject({ code: 1, report })
      expect(await readdir(join(root, 'backups'))).toEqual(['old.tar'])
    }
  })

  it('unpacks one path alone', async () => {
    await dump({}, await options())

    expect(await restore(['uploads'], await options())).toMatchObject({ code: 0, report: [] })

    expect(await readdir(into())).toEqual(['uploads'])
  })

  it('says which live files differ, and copies back all but the protected', async () => {
    const store = { root, paths: ['shared/storage', 'uploads'], into: into() }
    await dump({}, await options())
    await restore(undefined, await options())
    await writeFile(join(root, 'shared/storage/logo.png'), 'other')
    await rm(join(directory, 'elsewhere/upload'))

    const compared = await runFragment(compareFiles(store), await options())
    const back = await runFragment(
      copyBack({ ...store, protect: [join(root, 'shared/storage')] }),
      await options(),
    )

    expect(compared.stdout.trim().split('\n').sort()).toEqual([
      `differs ${join(root, 'shared/storage/logo.png')}`,
      `missing ${join(root, 'uploads/upload')}`,
    ])
    expect(back).toMatchObject({ code: 0, report: [] })
    expect(await readFile(join(root, 'shared/storage/logo.png'), 'utf8')).toBe('other')
    expect(await readFile(join(directory, 'elsewhere/upload'), 'utf8')).toBe('u')
  })

  it('copies nothing back through a link below a declared path, and names it', async () => {
    const store = { root, paths: ['shared/storage', 'uploads'], into: into(), protect: [] }
    await dump({}, await options())
    await restore(undefined, await options())
    const trap = join(directory, 'trap')
    await mkdir(trap)
    await rm(join(root, 'shared/storage/cache'), { recursive: true })
    await symlink(trap, join(root, 'shared/storage/cache'))

    expect(await runFragment(copyBack(store), await options())).toMatchObject({
      code: 1,
      report: ['led', join(root, 'shared/storage/cache')],
    })
    expect(await readdir(trap)).toEqual([])
    // Whoever declares the link itself wants what lies behind it.
    const declared = { ...store, paths: [...store.paths, 'shared/storage/cache'] }
    expect(await runFragment(copyBack(declared), await options())).toMatchObject({ code: 0, report: [] })
    expect(await readdir(trap)).toEqual(['x'])
  })

  it('follows no link at the file itself or beside it, and keeps the mode', async () => {
    const store = { root, paths: ['shared/storage'], into: into(), protect: [] }
    const logo = join(root, 'shared/storage/logo.png')
    await chmod(logo, 0o640)
    await dump({}, await options())
    await restore(undefined, await options())
    const victim = join(directory, 'victim')
    await writeFile(victim, 'untouched')
    await rm(logo)
    await symlink(victim, logo)
    await symlink(victim, `${logo}.stw-new`)

    expect(await runFragment(copyBack(store), await options())).toMatchObject({ code: 0, report: [] })

    expect(await readFile(victim, 'utf8')).toBe('untouched')
    expect(await readFile(logo, 'utf8')).toBe('logo')
    expect((await lstat(logo)).mode & 0o7777).toBe(0o640)
    expect((await readdir(join(root, 'shared/storage'))).filter(name => name.startsWith('.stw'))).toEqual([])
  })

  it('notices a file that is not as it was', async () => {
    await dump({}, await options())
    const sums = await readFile(`${out()}.sums`, 'utf8')
    await writeFile(
      `${out()}.sums`,
      sums.replace(/^./, each => (each === '0' ? '1' : '0')),
    )

    expect(await restore(undefined, await options())).toMatchObject({
      code: 1,
      report: ['sums', expect.anything(), ...[]],
    })
    expect(await readdir(into())).toEqual([])
  })

  it('refuses names and links that lead out', async () => {
    const evil = join(directory, 'evil')
    await mkdir(join(evil, 'a'), { recursive: true })
    await writeFile(join(evil, 'a/file'), 'x')
    await symlink('/etc', join(evil, 'a/out'))
    await mkdir(join(root, 'backups'), { recursive: true })
    const pack = (...args: readonly string[]) => execute('tar', ['-czPf', `${out()}.gz`, ...args])
    await writeFile(`${out()}.sums`, '')

    for (const [name, args] of [
      [join(evil, 'a/file'), []],
      ['../a/file', ['-C', join(evil, 'a')]],
    ] as const) {
      await writeFile(join(evil, 'a/file'), 'x')
      await pack(...args, name)
      await writeFile(join(evil, 'a/file'), 'not touched')
      const result = await restore(undefined, await options())
      // BusyBox shows and unpacks such names without what leads out.
      if (!busybox) expect(result).toMatchObject({ code: 1, report: ['refused', name] })
      expect(await readFile(join(evil, 'a/file'), 'utf8')).toBe('not touched')
      await rm(into(), { recursive: true })
    }
    await pack('-C', evil, './a')
    expect(await restore(undefined, await options())).toMatchObject({ code: 0, data: { leaving: '1' } })
    expect(await readdir(join(into(), 'a'))).toEqual(['file'])
  })
})

it('keeps names with a newline', async () => {
  await writeFile(join(root, 'shared/storage/two\nlines'), 'n')

  expect(await dump()).toMatchObject({ code: 0 })
  expect(await restore()).toMatchObject({ code: 0 })
  expect(await readFile(join(into(), 'shared/storage/two\nlines'), 'utf8')).toBe('n')
})

it.each(['exit 1', 'echo nonsense', 'kill -9 $$'])(
  'has the same sums when openssl says: %s',
  async answer => {
    await dump()
    const sums = await readFile(`${out()}.sums`, 'utf8')
    const bin = join(directory, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'openssl'), `#!/bin/sh\n${answer}\n`, { mode: 0o755 })

    expect(await dump({}, { env: { PATH: `${bin}:${process.env['PATH']}` } })).toMatchObject({ code: 0 })

    expect(await readFile(`${out()}.sums`, 'utf8')).toBe(sums)
    const { stdout } = await execute('sha256sum', [join(root, 'shared/storage/logo.png')])
    expect(sums).toContain(stdout.slice(0, 64))
  },
)

/** A PATH where a command runs in the store each time before tar packs, at most `times` times. */
async function meanwhile(command: string, times: number): Promise<string> {
  const bin = join(directory, 'bin')
  await mkdir(bin, { recursive: true })
  const count = join(directory, 'count')
  await writeFile(
    join(bin, 'tar'),
    `#!/bin/sh
case $1 in -c) if [ "$(cat ${count} 2>/dev/null | wc -c)" -lt ${times} ]; then printf x >>${count}; (cd ${root}/shared/storage && ${command}); fi ;; esac
exec /usr/bin/tar "$@"
`,
    { mode: 0o755 },
  )
  return `${bin}:${process.env['PATH']}`
}

it.each(['echo more >>app.log', 'rm -f logo.png', 'rm -rf cache'])(
  'reads all again when meanwhile: %s',
  async command => {
    expect(await dump({}, { env: { PATH: await meanwhile(command, 1) } })).toMatchObject({
      code: 0,
      data: {},
    })

    expect(await restore()).toMatchObject({ code: 0, report: [] })
    expect((await facts(into()))?.digest).toBe((await facts(out()))?.digest)
  },
)

it('says how many files never stood still, and vouches for the others alone', async () => {
  const PATH = await meanwhile('echo more >>app.log', 9)
  expect(await dump({}, { env: { PATH } })).toMatchObject({ code: 0, data: { changed: '1' } })

  expect(await restore()).toMatchObject({ code: 0, report: [] })
  const [saved, restored] = [await facts(out()), await facts(into())]
  if (!saved || !restored) throw new Error('no facts')
  expect(saved).toMatchObject({ files: 7, moved: 1 })
  expect(restored).toMatchObject({ files: 7, moved: 1, digest: saved.digest })
  expect(compareFileFacts(saved, restored)).toEqual([])
  expect((await readdir(join(root, 'backups'))).sort()).toHaveLength(4)
})

it('fails when tar cannot read, and leaves nothing', async () => {
  const bin = join(directory, 'bin')
  await mkdir(bin)
  await writeFile(
    join(bin, 'tar'),
    '#!/bin/sh\n[ "$1" != -c ] || { /usr/bin/tar "$@"; echo "tar: x: Cannot open: Permission denied" >&2; exit 2; }\nexec /usr/bin/tar "$@"\n',
    { mode: 0o755 },
  )

  const result = await dump({}, { env: { PATH: `${bin}:${process.env['PATH']}` } })

  expect(result).toMatchObject({
    code: 1,
    report: ['stage', 'source', '2', expect.stringContaining('Permission denied')],
  })
  expect(await readdir(join(root, 'backups'))).toEqual(['old.tar'])
})

it('takes a list of sums as it is packed', async () => {
  await dump()
  const list = `${out()}.sums`
  await execute('gzip', ['-k', list])
  const again = async (sums: string) =>
    await runFragment(library + restoreFiles({ from: `${out()}.gz`, into: into(), sums }))

  expect(await again(`${list}.gz`)).toMatchObject({ code: 0, report: [] })

  await rm(into(), { recursive: true })
  await writeFile(list, (await readFile(list, 'utf8')).replace(/^[0-9a-f]{8}/, '00000000'))
  await rm(`${list}.gz`)
  await execute('gzip', ['-k', list])
  expect(await again(`${list}.gz`)).toMatchObject({
    code: 1,
    report: ['sums', expect.stringContaining('FAILED')],
  })

  await writeFile(`${list}.gz`, 'cut')
  expect(await again(`${list}.gz`)).toMatchObject({ code: 1 })
})
