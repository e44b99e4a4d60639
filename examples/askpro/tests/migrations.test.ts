import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { migrate, readMigrations, schemaState } from '../src/migrations.ts'
import { emptyDatabase, kind, migrations } from './gateway.ts'

const now = new Date('2026-01-01T00:00:00Z')

test('the migrations of this release apply once', async context => {
  const database = await emptyDatabase(context)

  assert.equal((await schemaState(database, migrations)).pending.length, migrations.length)
  assert.equal((await migrate(database, migrations, now)).length, migrations.length)
  assert.deepEqual(await migrate(database, migrations, now), [])
  assert.equal((await schemaState(database, migrations)).pending.length, 0)
})

test('a file that fails leaves no trace on SQLite, files before it stay', async context => {
  const known = writeMigrations(context, {
    '0001_one.sql': '-- expand: a table\nCREATE TABLE one (id INTEGER);',
    '0002_two.sql':
      '-- expand: fails in its second statement\nCREATE TABLE two (id INTEGER); INSERT INTO nowhere VALUES (1);',
  })
  const database = await emptyDatabase(context)

  const left =
    kind === 'sqlite' ? /0002_two\.sql failed and changed nothing/ : /0002_two\.sql failed and may have/
  await assert.rejects(migrate(database, known, now), left)

  await database.get('SELECT * FROM one')
  const two = database.get('SELECT * FROM two')
  if (kind === 'sqlite') await assert.rejects(two, /no such table/)
  else assert.equal(await two, undefined)
  assert.deepEqual(
    (await schemaState(database, known)).pending.map(migration => migration.name),
    ['0002_two.sql'],
  )
})

test('older code accepts a schema that grew and refuses one that shrank', async context => {
  const known = writeMigrations(context, {
    '0001_one.sql': '-- expand: a table\nCREATE TABLE one (a INTEGER, b INTEGER);',
    '0002_more.sql': '-- expand: a column\nALTER TABLE one ADD COLUMN c INTEGER;',
    '0003_less.sql': '-- contract: no release reads b any more\nALTER TABLE one DROP COLUMN b;',
  })
  const grown = await emptyDatabase(context)
  const shrunk = await emptyDatabase(context)
  await migrate(grown, known.slice(0, 2), now)
  await migrate(shrunk, known, now)

  assert.deepEqual(await schemaState(grown, known.slice(0, 1)), {
    pending: [],
    ahead: ['0002_more.sql'],
    refused: [],
  })
  assert.deepEqual(await migrate(grown, known.slice(0, 1), now), [])
  await assert.rejects(migrate(shrunk, known.slice(0, 2), now), /0003_less\.sql is unknown to this release/)
})

test('an applied file that was changed, a gap and a missing reason are refused', async context => {
  const known = writeMigrations(context, {
    '0001_one.sql': '-- expand: a table\nCREATE TABLE one (a INTEGER);',
  })
  const changed = writeMigrations(context, {
    '0001_one.sql': '-- expand: a table\nCREATE TABLE one (a INTEGER, b INTEGER);',
  })
  const database = await emptyDatabase(context)
  await migrate(database, known, now)

  await assert.rejects(migrate(database, changed, now), /was changed after it was applied/)
  assert.throws(() => writeMigrations(context, { '0002_two.sql': '-- expand: x\n' }), /breaks the sequence/)
  assert.throws(
    () => writeMigrations(context, { '0001_one.sql': 'CREATE TABLE one (a INTEGER);' }),
    /must start with/,
  )
})

function writeMigrations(context: TestContext, files: Record<string, string>) {
  const directory = mkdtempSync(join(tmpdir(), 'askpro-migrations-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(directory, name), sql)
  return readMigrations(directory, kind)
}
