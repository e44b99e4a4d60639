// S1, S2, S3, S5 at the reference system: releases that pass their own tests and are bad all the same. Each is refused
// or taken back, for the reason that it has, and the good one answers before and after.
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commitVariant, makeAskproRepo } from '../../examples/askpro/variants/repository.ts'
import { type Variant, variants } from '../../examples/askpro/variants/variants.ts'
import { type Ended, stellwerk } from '../../scripts/demo/command.ts'
import { endDemo, markFile } from '../../scripts/demo/end.ts'
import { freePorts } from '../../scripts/demo/ports.ts'

let directory: string
let root: string
let url: string
let good: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'askpro-bad-'))
  writeFileSync(join(directory, markFile), '')
  root = join(directory, 'server')
  mkdirSync(join(root, 'shared'), { recursive: true })
  writeFileSync(join(root, 'shared/.env'), '', { mode: 0o600 })
  const [front = 0, first = 0, second = 0] = await freePorts(3)
  url = `http://127.0.0.1:${front}`
  makeAskproRepo(join(directory, 'repository'), {
    root,
    listen: `127.0.0.1:${front}`,
    ports: [first, second],
    node: process.execPath,
    backups: join(directory, 'backups'),
    settings: [
      { path: ['checks', 'detailed', 'retries'], value: 6 },
      { path: ['services', 'web', 'ready', 'timeout'], value: '5s' },
    ],
  })
  for (const variant of variants.slice(1)) commitVariant(join(directory, 'repository'), variant)
  const deployed = await deploy('v2')
  expect(deployed.code, deployed.output).toBe(0)
  good = basename(readlinkSync(join(root, 'current')))
  for (const text of ['one', 'two']) {
    const body = JSON.stringify({ caller: '+49 30 1', utterances: [text] })
    expect((await fetch(`${url}/api/calls`, { method: 'POST', body })).status).toBe(201)
  }
})
afterAll(() => endDemo(directory))

// `why` is part of the problem or of the output above it; `staged`: whether it came as far as the host.
const cases: readonly { variant: Variant; why: RegExp; staged: boolean }[] = [
  { variant: 'v3', why: /\$\.healthy is false/, staged: true },
  { variant: 'v3-identity', why: /build-42/, staged: true },
  { variant: 'v3-crash', why: /ASKPRO_PARTNER_URL is missing/, staged: true },
  { variant: 'v3-migration', why: /UNIQUE constraint failed: calls\.caller/, staged: true },
  { variant: 'v3-tests', why: /npm test/, staged: false },
  { variant: 'v3-entry', why: /public\/build\/index\.html/, staged: false },
]

test.each(cases)('$variant is refused, and v2 goes on', async ({ variant, why, staged }) => {
  const tables = schema()
  const releases = readdirSync(join(root, 'releases'))

  const ended = await deploy(variant)

  expect(ended.code, ended.output).toBe(1)
  expect(JSON.stringify(ended.problem) + ended.output).toMatch(why)
  expect(basename(readlinkSync(join(root, 'current')))).toBe(good)
  expect((await fetch(url)).headers.get('x-release')).toBe(good)
  const health = await fetch(`${url}/api/health/detailed`)
  expect(health.status, await health.text()).toBe(200)
  expect(schema()).toEqual(tables)
  if (!staged) expect(readdirSync(join(root, 'releases'))).toEqual(releases)
})

function deploy(variant: Variant): Promise<Ended> {
  return stellwerk(join(directory, 'repository'), ['deploy', 'local', '--ref', variant, '--lang', 'en'])
}

/** Tables, columns and indexes, and which migrations made them. */
function schema(): readonly unknown[] {
  const database = new DatabaseSync(join(root, 'shared/storage/database.sqlite'), { readOnly: true })
  try {
    return [
      ...database.prepare('SELECT name, sql FROM sqlite_master ORDER BY name').all(),
      ...database.prepare('SELECT name FROM schema_migrations ORDER BY name').all(),
    ]
  } finally {
    database.close()
  }
}
