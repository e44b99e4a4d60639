// The commands of RESTORE.md, pasted as they are into a shell of a machine that has never seen Stellwerk.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { namingOfSet } from '../../src/backup/names.ts'
import { restoreGuide } from '../../src/backup/restore-guide.ts'
import { type Part, storedFiles } from '../../src/backup/set.ts'
import { type Packing, packedEnding } from '../../src/databases/stream.ts'
import { aDatabase, aManifest, filesOf } from '../helpers/a-set.ts'

let rig: string
beforeEach(() => {
  rig = mkdtempSync(join(tmpdir(), 'stw-guide-'))
  execFileSync('age-keygen', ['-o', join(rig, 'key.txt')], { stdio: 'ignore' })
})
afterEach(() => rmSync(rig, { recursive: true }))

const packings: readonly Omit<Packing, 'recipients'>[] = [
  { compression: 'zstd' },
  { compression: 'gzip' },
  { compression: 'none' },
]
const variants = packings.flatMap(packing => [
  { ...packing, encrypted: true, dated: false },
  { ...packing, encrypted: false, dated: true },
])

test.each(variants)('brings a database and files back: %j', variant => {
  const set = makeSet(variant)

  const { status, stderr, stdout } = paste(set)

  expect([status, stderr.replaceAll(/^.*bytes\s*$/gm, '').trim()]).toEqual([0, ''])
  expect(stdout).toMatch(/: OK\n.*: OK\n/)
  expect(stdout).toMatch(/^ok$/m)
  expect(stdout.trim().endsWith('2')).toBe(true)
  const database = join(set, variant.dated ? 'backup-db-main-20261120_010000.sqlite' : 'db-main.sqlite')
  expect(
    execFileSync('sqlite3', [database, 'SELECT name FROM users ORDER BY id'], { encoding: 'utf8' }),
  ).toBe('anna\nberta\n')
  expect(readFileSync(join(set, "restored-uploads/storage/it's a file"), 'utf8')).toBe('content')
  expect(statSync(join(set, 'restored-uploads/.env')).mode & 0o777).toBe(0o600)
})

test('stops when a file is not what it was', () => {
  const set = makeSet({ compression: 'zstd', encrypted: false, dated: false })
  writeFileSync(join(set, 'db-main.sqlite.zst'), 'other', { flag: 'a' })

  const { status, stdout } = paste(set)

  expect(status).not.toBe(0)
  expect(stdout).toContain('db-main.sqlite.zst: FAILED')
})

test('stops when a file in the archive is not what was saved', () => {
  const set = makeSet({ compression: 'zstd', encrypted: false, dated: false }, 'other')

  const { status, stdout } = paste(set)

  expect(status).not.toBe(0)
  expect(stdout).toContain("it's a file: FAILED")
})

test('asks for the key', () => {
  const set = makeSet({ compression: 'zstd', encrypted: true, dated: false })

  const { status, stderr } = paste(set, '')

  expect(status).not.toBe(0)
  expect(stderr).toContain('the file with the private age key')
})

/** Runs what all fences say, in the directory of the set. */
function paste(set: string, keyFile = join(rig, 'key.txt')) {
  const guide = readFileSync(join(set, 'RESTORE.md'), 'utf8')
  const script = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, lines]) => lines).join('')
  const { PATH } = process.env
  return spawnSync('sh', ['-e', '-c', script], { cwd: set, encoding: 'utf8', env: { PATH, KEY: keyFile } })
}

interface Variant extends Pick<Packing, 'compression'> {
  readonly encrypted: boolean
  readonly dated: boolean
}

function makeSet({ compression, encrypted, dated }: Variant, archived = 'content'): string {
  const source = join(rig, 'source')
  mkdirSync(join(source, 'storage'), { recursive: true })
  writeFileSync(join(source, 'storage', "it's a file"), 'content')
  writeFileSync(join(source, '.env'), 'A=1', { mode: 0o600 })
  const list = join(rig, 'list')
  const saved = ['./.env', "./storage/it's a file"]
  writeFileSync(list, execFileSync('sha256sum', saved, { cwd: source }))
  writeFileSync(join(source, 'storage', "it's a file"), archived)
  const tar = join(rig, 'files.tar')
  execFileSync('tar', ['-c', '-f', tar, '-C', source, '.env', 'storage'])
  const database = join(rig, 'database')
  execFileSync('sqlite3', [
    database,
    "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users(name) VALUES ('anna'), ('berta')",
  ])
  const recipient = execFileSync('age-keygen', ['-y', join(rig, 'key.txt')], { encoding: 'utf8' }).trim()
  const ending = packedEnding({ compression, recipients: encrypted ? [recipient] : [] })
  const names = dated
    ? ['db-main-T.sqlite', 'app-uploads-T.tar', 'app-uploads-T.sums'].map(
        name => `backup-${name.replace('T', '20261120_010000')}`,
      )
    : ['db-main.sqlite', 'files-uploads.tar', 'files-uploads.sums']
  const set = join(rig, 'set')
  mkdirSync(set)
  const [db, files, listed] = [database, tar, list].map((plain, index) => {
    const file = `${names[index]}${ending}`
    const tool = { zstd: ['zstd', '-q', '-c'], gzip: ['gzip', '-c'], none: ['cat'] }[compression]
    const packed = execFileSync(tool[0] ?? '', [...tool.slice(1), plain])
    const content = encrypted ? execFileSync('age', ['-r', recipient], { input: packed }) : packed
    writeFileSync(join(set, file), content)
    const sha256 = createHash('sha256').update(content).digest('hex')
    return { file, bytes: content.length, sha256, compression, encrypted } satisfies Partial<Part>
  })
  if (!listed) throw new Error('no list of sums')
  const facts = { files: 2, bytes: 10, links: 0, directories: 1, digest: 'x' }
  const manifest = aManifest({
    id: '20261120T010000Z-0000',
    parts: [aDatabase({ ...db, kind: 'sqlite', format: 'file' }), filesOf({ ...files, facts, sums: listed })],
  })
  const sums = manifest.parts
    .flatMap(storedFiles)
    .map(part => `${part.sha256}  ${part.file}\n`)
    .join('')
  writeFileSync(join(set, namingOfSet(manifest).documentFile(manifest.id, 'SHA256SUMS')), sums)
  writeFileSync(join(set, 'RESTORE.md'), restoreGuide(manifest))
  return set
}
