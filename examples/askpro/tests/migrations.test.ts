import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { migrate, readMigrations, schemaState } from '../src/migrations.ts'
import { migrations } from './gateway.ts'

const now = new Date('2026-01-01T00:00:00Z')

test('the migrations of this release apply once', () => {
  const database = new DatabaseSync(':memory:')

  assert.equal(schemaState(database, migrations).pending.length, migrations.length)
  assert.equal(migrate(database, migrations, now).length, migrations.length)
  assert.deepEqual(migrate(database, migrations, now), [])
  assert.equal(schemaState(database, migrations).pending.length, 0)
})

test('a file that fails leaves no trace, files before it stay', context => {
  const known = writeMigrations(context, {
    '0001_one.sql': '-- expand: a table\nCREATE TABLE one (id);',
    '0002_two.sql':
      '-- expand: fails in its second statement\nCREATE TABLE two (id); INSERT INTO nowhere VALUES (1);',
  })
  const database = new DatabaseSync(':memory:')

  assert.throws(() => migrate(database, known, now), /0002_two\.sql failed and changed nothing/)

  const tables = database.prepare("SELECT name FROM sqlite_master WHERE name IN ('one', 'two')").all()
  assert.deepEqual(
    tables.map(row => row['name']),
    ['one'],
  )
  assert.deepEqual(
    schemaState(database, known).pending.map(migration => migration.name),
    ['0002_two.sql'],
  )
})

test('older code accepts a schema that grew and refuses one that shrank', context => {
  const known = writeMigrations(context, {
    '0001_one.sql': '-- expand: a table\nCREATE TABLE one (a, b);',
    '0002_more.sql': '-- expand: a column\nALTER TABLE one ADD COLUMN c;',
    '0003_less.sql': '-- contract: no release reads b any more\nALTER TABLE one DROP COLUMN b;',
  })
  const grown = new DatabaseSync(':memory:')
  const shrunk = new DatabaseSync(':memory:')
  migrate(grown, known.slice(0, 2), now)
  migrate(shrunk, known, now)

  assert.deepEqual(schemaState(grown, known.slice(0, 1)), {
    pending: [],
    ahead: ['0002_more.sql'],
    refused: [],
  })
  assert.deepEqual(migrate(grown, known.slice(0, 1), now), [])
  assert.throws(() => migrate(shrunk, known.slice(0, 2), now), /0003_less\.sql is unknown to this release/)
})

test('an applied file that was changed, a gap and a missing reason are refused', context => {
  const known = writeMigrations(context, { '0001_one.sql': '-- expand: a table\nCREATE TABLE one (a);' })
  const changed = writeMigrations(context, { '0001_one.sql': '-- expand: a table\nCREATE TABLE one (a, b);' })
  const database = new DatabaseSync(':memory:')
  migrate(database, known, now)

  assert.throws(() => migrate(database, changed, now), /was changed after it was applied/)
  assert.throws(() => writeMigrations(context, { '0002_two.sql': '-- expand: x\n' }), /breaks the sequence/)
  assert.throws(
    () => writeMigrations(context, { '0001_one.sql': 'CREATE TABLE one (a);' }),
    /must start with/,
  )
})

function writeMigrations(context: TestContext, files: Record<string, string>) {
  const directory = mkdtempSync(join(tmpdir(), 'askpro-migrations-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(directory, name), sql)
  return readMigrations(directory)
}
