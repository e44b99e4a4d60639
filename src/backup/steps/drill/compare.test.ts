import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aSet, aTable, databaseFacts, filesOf } from '../../../../test/helpers/a-set.ts'
import { text } from '../../../core/lang.ts'
import type { DatabaseFacts } from '../../../databases/facts.ts'
import type { HereContext } from '../../../engine/step.ts'
import { makeLocalHost } from '../../../hosts/local.ts'
import type { BackupDeps } from '../../context.ts'
import { type DrillCheck, makeDrillRecord } from '../../drill-record.ts'
import type { FileFacts } from '../../set.ts'
import { drillCompareKind } from './compare.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stw-compare-'))
})
afterEach(() => rm(directory, { recursive: true }))

const facts = databaseFacts()

function asFile({ tables, ...rest }: DatabaseFacts, end = 'end\n'): string {
  const lines = tables.map(({ name, rows, fingerprint }) => `table\t${name}\t${rows}\t${fingerprint}\n`)
  const { server, tool, identity, snapshotAt, schema, version } = rest
  return `server\t${server}\ntool\t${tool}\nidentity\t${identity}\nsnapshot\t${snapshotAt}\nexact\tyes\nschema\t${schema}\nversion\t${version}\n${lines.join('')}${end}`
}

async function compare(
  saved: DatabaseFacts | undefined,
  restored: string | undefined,
  files?: { readonly saved: FileFacts; readonly restored: string },
) {
  await rm(join(directory, 'main.facts'), { force: true })
  if (restored !== undefined) await writeFile(join(directory, 'main.facts'), restored)
  if (files) await writeFile(join(directory, 'uploads.facts'), files.restored)
  const record = makeDrillRecord({
    app: 'shop',
    environment: 'production',
    run: 'run-1',
    by: 'anna',
    destination: 'nas',
    host: 'here',
    goals: { rpo: 1, rto: 1 },
    set: aSet('2026-11-20T01:00:00Z'),
    startedAt: new Date('2026-11-20T01:00:00Z'),
    planned: [],
  })
  const host = makeLocalHost({ name: 'here' })
  const kind = drillCompareKind({ hostNamed: () => host, record } as unknown as BackupDeps & {
    record: typeof record
  })
  const outcome = await kind.run(
    {
      id: 'compare/here/facts',
      kind: 'drill.compare',
      host: 'here',
      databases: saved ? [{ store: 'main', saved, facts: join(directory, 'main.facts') }] : [],
      files: files ? [{ store: 'uploads', saved: files.saved, facts: join(directory, 'uploads.facts') }] : [],
      title: text('', ''),
      timeout: 10_000,
      undo: { how: 'none', why: text('', '') },
    },
    { signal: new AbortController().signal } as HereContext,
  )
  const checks: readonly DrillCheck[] = record.document(new Date('2026-11-20T01:00:01Z'), []).checks
  return { verdict: outcome.verdict, why: outcome.problem?.why?.en, code: outcome.problem?.code, checks }
}

const uploads = filesOf().facts
const uploadsFile = (end = 'end\n') =>
  `files\t200\nbytes\t4000000\nlinks\t0\ndirectories\t12\ndigest\t${'c'.repeat(64)}\n${end}`

test('what came out as it was saved passes, an empty table too', async () => {
  const saved = databaseFacts({ tables: [...facts.tables, aTable('public.empty', 0)] })

  const { verdict, checks } = await compare(saved, asFile(saved), { saved: uploads, restored: uploadsFile() })

  expect(verdict).toBe('pass')
  expect(checks.map(check => check.verdict)).toEqual(['pass', 'pass'])
})

test('two databases that are equally empty prove nothing', async () => {
  const empty = databaseFacts({ tables: [aTable('public.users', 0)] })
  const bare = databaseFacts({ tables: [] })

  expect(await compare(empty, asFile(empty))).toMatchObject({
    verdict: 'fail',
    why: expect.stringContaining('no table holds a row'),
  })
  expect(await compare(bare, asFile(bare))).toMatchObject({
    verdict: 'fail',
    why: expect.stringContaining('no table to compare'),
  })
  expect(await compare(undefined, undefined)).toMatchObject({ verdict: 'fail', code: 'STW-B432' })
})

test('facts that are cut, or gone, are no facts', async () => {
  expect(await compare(facts, asFile(facts, ''))).toMatchObject({
    verdict: 'fail',
    why: expect.stringContaining('cut'),
  })
  expect(await compare(facts, undefined)).toMatchObject({ verdict: 'unknown' })
  expect(await compare(facts, asFile(facts), { saved: uploads, restored: uploadsFile('') })).toMatchObject({
    verdict: 'fail',
    why: expect.stringContaining('uploads: '),
  })
})

test('every difference of every store is named, and shown table by table', async () => {
  const restored = databaseFacts({
    tables: [aTable('public.extra', 1), { ...aTable('public.orders', 5000), fingerprint: 'other' }],
  })

  const { why, checks } = await compare(facts, asFile(restored), {
    saved: { ...uploads, files: 201 },
    restored: uploadsFile(),
  })

  expect(why).toContain('public.orders')
  expect(why).toContain('public.users')
  expect(why).toContain('public.extra')
  expect(why).toContain('uploads: ')
  expect(checks[0]).toMatchObject({
    verdict: 'fail',
    tables: [
      { name: 'public.extra', saved: null, restored: 1, content: 'differs' },
      { name: 'public.orders', saved: 5000, restored: 5000, content: 'differs' },
      { name: 'public.users', saved: 1000, restored: null, content: 'differs' },
    ],
  })
})
