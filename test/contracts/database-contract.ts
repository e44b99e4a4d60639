// What every database engine must do, run against a real server or file. An engine's test gives a DatabaseUnderTest: a live database
// filled by `standardSeed`, and how to look into it from outside of the engine.
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Access } from '../../src/databases/access.ts'
import type { DatabaseEngine } from '../../src/databases/engine.ts'
import type { DatabaseFacts, DumpFormat } from '../../src/databases/facts.ts'
import {
  type Bench,
  damaged,
  fakeTool,
  makeBench,
  type Pack,
  recordingPath,
  withoutTools,
} from './database-bench.ts'

/** A client that keeps a connection to a database. */
export interface Client {
  /** Whether a statement on it still works. */
  works(): Promise<boolean>
  close(): Promise<void>
}

export interface DatabaseUnderTest extends AsyncDisposable {
  readonly engine: DatabaseEngine
  /** Formats it can dump to; the first is the usual one. */
  readonly formats: readonly DumpFormat[]
  /** The live database. A server's password is a reference to a secret whose value holds quotes, spaces, a backslash, `$`, `:`, unicode. */
  readonly access: Access
  /** Environment of a step: the secrets that `access` refers to. */
  readonly env: Readonly<Record<string, string>>
  /** The password itself, which nobody may see; absent for a file. */
  readonly password?: string
  /** Nobody listens there; absent for a file. */
  readonly unreachable?: Access
  /** The server answers, or the directory is there, but not this database. */
  readonly wrongDatabase: Access
  /** The program that writes the dump, as it is called. */
  readonly dumpTool: string
  /** Name (or path) of a database that a restore may make: `stw_<label>`. */
  target(label: string): string
  /** Access to such a database, with the same rights. */
  at(target: string): Access
  /** Runs a statement as an administrator, past the engine, on the live database or on a target; the first value of its answer. */
  sql(statement: string, target?: string): Promise<string>
  exists(target: string): Promise<boolean>
  /** Makes the live database and its standard content anew and removes every other database of earlier tests. */
  reset(): Promise<void>
  /** Removes the live database, past the engine. */
  destroy(): Promise<void>
  /** Statements in its own words that change the definition of `calls` and no row. */
  readonly changes: {
    /** Another type for the column `seconds` of calls. */
    readonly columnType: readonly string[]
    /** Another default for the column `seconds` of calls. */
    readonly columnDefault: readonly string[]
  }
  /** What can be connected to a server; a file has no sessions to end. */
  connect?(target?: string): Promise<Client>
}

/** How the engine spells what is not the same everywhere. */
export interface Dialect {
  readonly binary: string
  readonly text: string
  readonly timestamp: string
  /** A literal of bytes. */
  bytes(hex: string): string
  /** A literal of text: any characters. */
  string(value: string): string
}

/** Values that have broken dumps before. */
const hardTexts = [
  'Grüße aus Köln, ß, 漢字, 🚂',
  'first line\nsecond\r\nthird',
  'tab\there, back\\slash, \\N, \\., \\x41',
  `quotes ' " \` and '' "" ;-- $$ $1 %s`,
  '',
  'NULL',
]

/** people (5 rows with hard values and NULLs), calls (2 000 rows, a foreign key, an index), tags (no key), nothing (empty), the view `long_calls`. */
export function standardSeed({ binary, text, timestamp, bytes, string }: Dialect): readonly string[] {
  const people = hardTexts.map(
    (note, index) =>
      `(${index + 1}, ${string(`Person ${index + 1}`)}, ${string(note)}, ${bytes(`00ff0a0d09275c${index}f`)}, '2024-02-29', '2026-03-29 02:30:00', ${index}.10)`,
  )
  const calls = Array.from(
    { length: 2000 },
    (_, index) => `(${index + 1}, ${(index % 6) + 1}, ${index % 90})`,
  )
  return [
    `CREATE TABLE people (id integer PRIMARY KEY, name varchar(80) NOT NULL, note ${text}, photo ${binary}, born date, seen ${timestamp} NULL, balance decimal(20,2))`,
    'CREATE TABLE calls (id integer PRIMARY KEY, person_id integer NOT NULL, seconds integer DEFAULT 7, CONSTRAINT calls_person FOREIGN KEY (person_id) REFERENCES people (id))',
    'CREATE INDEX calls_seconds ON calls (seconds)',
    'CREATE TABLE tags (word varchar(20))',
    'CREATE TABLE nothing (id integer PRIMARY KEY)',
    `INSERT INTO people (id, name, note, photo, born, seen, balance) VALUES ${people.join(', ')}`,
    "INSERT INTO people (id, name) VALUES (100, 'only a name')",
    `INSERT INTO calls (id, person_id, seconds) VALUES ${calls.join(', ')}`,
    "INSERT INTO tags (word) VALUES ('a'), ('b'), ('c'), ('c'), (NULL)",
    'CREATE VIEW long_calls AS SELECT id, person_id FROM calls WHERE seconds > 60',
  ]
}

export function databaseContract(name: string, make: () => Promise<DatabaseUnderTest>): void {
  describe(name, () => {
    let db: DatabaseUnderTest
    let bench: Bench
    beforeAll(async () => {
      db = await make()
      bench = await makeBench(db)
    })
    afterAll(async () => {
      await bench?.[Symbol.asyncDispose]()
      await db?.[Symbol.asyncDispose]()
    })
    beforeEach(async () => {
      await db.reset()
      await bench.clear()
    })

    const rows = (facts: DatabaseFacts, table: string) =>
      facts.tables.find(each => each.name === table || each.name.endsWith(`.${table}`))
    const live = () => bench.facts(db.access)

    describe('dump and restore', () => {
      for (const pack of ['zstd', 'gzip', 'none', 'zstd+age', 'none+age'] as const)
        it(`brings everything back through ${pack}`, () => roundTrip('sh', pack))
      for (const shell of ['bash', 'busybox sh']) it(`works in ${shell}`, () => roundTrip(shell, 'zstd'))

      async function roundTrip(shell: string, pack: Pack): Promise<void> {
        for (const format of db.formats) {
          const dumped = await bench.dump({ format, pack, shell })
          expect(dumped.facts).toMatchObject({ exact: true, schema: expect.stringMatching(/^[0-9a-f]{64}$/) })
          expect(dumped.facts.tables).toHaveLength(4)
          expect(
            ['people', 'calls', 'tags', 'nothing'].map(table => rows(dumped.facts, table)?.rows),
          ).toEqual([7, 2000, 5, 0])
          const target = db.target(`restore_${format}`)
          expect(await bench.restore(dumped, target, { shell })).toMatchObject({ code: 0, report: [] })
          const back = await bench.facts(db.at(target), shell)
          expect([back.schema, back.tables]).toEqual([dumped.facts.schema, dumped.facts.tables])
          expect(await db.sql('SELECT count(*) FROM long_calls', target)).toBe(
            await db.sql('SELECT count(*) FROM long_calls'),
          )
          for (const [index, text] of hardTexts.entries())
            expect(await bench.value(target, `SELECT note FROM people WHERE id = ${index + 1}`)).toBe(text)
          expect(back.identity).not.toBe(dumped.facts.identity)
        }
      }

      it('takes the facts from the snapshot of the dump while somebody keeps writing', async () => {
        for (const format of db.formats) {
          let next = 10_000
          let over = false
          const written = Promise.withResolvers<void>()
          const writer = (async () => {
            while (!over) {
              next++
              await db.sql(`INSERT INTO calls (id, person_id) VALUES (${next}, 1)`)
              written.resolve()
            }
          })()
          await Promise.race([written.promise, writer])
          const dumped = await bench.dump({ format }).finally(() => {
            over = true
          })
          await writer
          expect(Number(await db.sql('SELECT count(*) FROM calls'))).toBeGreaterThan(
            rows(dumped.facts, 'calls')!.rows,
          )
          expect(rows(dumped.facts, 'calls')!.rows).toBeGreaterThan(2000)
          const target = db.target(`busy_${format}`)
          expect(await bench.restore(dumped, target)).toMatchObject({ code: 0 })
          expect((await bench.facts(db.at(target))).tables).toEqual(dumped.facts.tables)
          expect(dumped.facts.exact).toBe(true)
          await db.reset()
        }
      })

      it('writes the version of the schema and, on wish, no fingerprints', async () => {
        const dumped = await bench.dump({ fingerprint: 'rows', schemaVersion: 'SELECT max(id) FROM people' })
        expect(dumped.facts.version).toBe('100')
        expect(dumped.facts.tables.map(table => table.fingerprint)).toEqual(Array(4).fill(undefined))
        expect(rows(dumped.facts, 'calls')?.rows).toBe(2000)
      })

      it('keeps the dump from other users', async () => {
        const dumped = await bench.dump({})
        expect(await bench.mode(dumped.file)).toBe('600')
      })
    })

    describe('facts', () => {
      it('are the same twice, in any order of the rows', async () => {
        const before = await live()
        expect(await live()).toMatchObject({ schema: before.schema, tables: before.tables })
        await db.sql('DELETE FROM tags')
        await db.sql("INSERT INTO tags (word) VALUES (NULL), ('c'), ('b'), ('c'), ('a')")
        expect((await live()).tables).toEqual(before.tables)
      })

      it('show one changed value', async () => {
        for (const change of [
          "UPDATE people SET name = 'Person 33' WHERE id = 3",
          'UPDATE people SET note = NULL WHERE id = 5',
          "UPDATE people SET note = 'null' WHERE id = 6",
          'UPDATE people SET balance = 2.11 WHERE id = 3',
          'UPDATE people SET born = NULL WHERE id = 2',
          'UPDATE people SET photo = NULL WHERE id = 1',
          // The same sum of characters, swapped between two columns of one row.
          "UPDATE people SET name = note, note = 'Person 4' WHERE id = 4",
        ]) {
          const before = await live()
          await db.sql(change)
          const after = await live()
          expect(rows(after, 'people')?.fingerprint, change).not.toBe(rows(before, 'people')?.fingerprint)
          expect(rows(after, 'people')?.rows).toBe(7)
          expect([rows(after, 'calls'), after.schema]).toEqual([rows(before, 'calls'), before.schema])
        }
      })

      it('show that two rows changed places with their values', async () => {
        const before = await live()
        await db.sql('UPDATE calls SET seconds = CASE id WHEN 1 THEN 1 ELSE 0 END WHERE id IN (1, 2)')
        expect(rows(await live(), 'calls')?.fingerprint).not.toBe(rows(before, 'calls')?.fingerprint)
      })

      it('show one row less, and a duplicate more', async () => {
        const before = await live()
        await db.sql('DELETE FROM calls WHERE id = 2000')
        await db.sql("INSERT INTO tags (word) VALUES ('c')")
        const after = await live()
        expect([rows(after, 'calls')?.rows, rows(after, 'tags')?.rows]).toEqual([1999, 6])
        expect(rows(after, 'calls')?.fingerprint).not.toBe(rows(before, 'calls')?.fingerprint)
        expect(rows(after, 'tags')?.fingerprint).not.toBe(rows(before, 'tags')?.fingerprint)
        expect(after.schema).toBe(before.schema)
      })

      it('show a table less in the list and in the schema', async () => {
        const before = await live()
        await db.sql('DROP TABLE nothing')
        const after = await live()
        expect(after.tables).toHaveLength(3)
        expect(after.schema).not.toBe(before.schema)
      })

      it('show another type, default, index or view in the schema alone', async () => {
        for (const change of [
          db.changes.columnType,
          db.changes.columnDefault,
          ['CREATE INDEX people_name ON people (name)'],
          [
            'DROP VIEW long_calls',
            'CREATE VIEW long_calls AS SELECT id, person_id FROM calls WHERE seconds > 61',
          ],
        ]) {
          await db.reset()
          const before = await live()
          for (const statement of change) await db.sql(statement)
          const after = await live()
          expect(after.schema, change.join('; ')).not.toBe(before.schema)
          expect(after.tables.map(table => table.rows)).toEqual(before.tables.map(table => table.rows))
        }
      })

      it('fail when the query for the version fails, and leave nothing', async () => {
        for (const schemaVersion of [
          'SELECT x FROM no_such_table',
          'SELECT id FROM nothing',
          'SELECT id FROM people',
        ]) {
          const props = {
            access: db.access,
            out: bench.path('bad'),
            fingerprint: 'rows',
            schemaVersion,
          } as const
          for (const fragment of [
            db.engine.facts(props),
            ...db.formats.map(format => db.engine.dump({ ...props, format })),
          ]) {
            const result = await bench.run(fragment)
            expect(result.code, schemaVersion).not.toBe(0)
            expect(result.report[0]).toMatch(/^(dump|query)$/)
            expect(await bench.left()).toEqual([])
          }
        }
      })
    })

    describe('a dump that cannot be complete', () => {
      const refused = async (fragment: string, key: RegExp, env?: Record<string, string>) => {
        const result = await bench.run(fragment, env === undefined ? {} : { env })
        expect(result.code).not.toBe(0)
        expect(result.report[0]).toMatch(key)
        expect(await bench.left()).toEqual([])
        return result
      }
      const props = (access: Access = db.access, format = db.formats[0]!) => ({
        access,
        out: bench.path('db-main.dump'),
        format,
        fingerprint: 'content' as const,
      })

      it('says that there is no such database, and leaves no file', async () => {
        for (const format of db.formats)
          await refused(db.engine.dump(props(db.wrongDatabase, format)), /^(connect|missing)$/)
        await refused(db.engine.facts(props(db.wrongDatabase)), /^(connect|missing)$/)
      })

      it('says that nobody answers, and leaves no file', async ({ skip }) => {
        if (db.unreachable === undefined) return skip()
        await refused(db.engine.dump(props(db.unreachable)), /^connect$/)
      })

      it('names the tool that is missing, and leaves no file', async () => {
        for (const names of db.engine.tools) {
          const env = { ...db.env, PATH: await withoutTools(bench.directory, names) }
          for (const format of db.formats) {
            const result = await refused(db.engine.dump(props(db.access, format)), /^tool$/, env)
            expect(names).toContain(result.report[1])
          }
        }
      })

      it('fails when the tool is killed in the middle', async () => {
        const env = { ...db.env, PATH: await fakeTool(bench.directory, db.dumpTool, 'kill -9 $$') }
        for (const format of db.formats)
          await refused(db.engine.dump(props(db.access, format)), /^(dump|stage)$/, env)
      })

      it('fails when the tool stops early and claims success', async () => {
        const env = { ...db.env, PATH: await fakeTool(bench.directory, db.dumpTool, 'exit 0') }
        for (const format of db.formats)
          await refused(db.engine.dump(props(db.access, format)), /^(incomplete|dump|stage)$/, env)
      })

      it('fails when the place for it does not exist', async () => {
        await refused(db.engine.dump({ ...props(), out: join(bench.directory, 'no-such-place/db') }), /./)
      })
    })

    describe('restore', () => {
      it('refuses a damaged dump and removes what it made', async () => {
        for (const format of db.formats)
          for (const pack of ['none', 'zstd'] as const) {
            const dumped = await bench.dump({ format, pack })
            for (const harm of pack === 'none' ? [0.3, 0.6, 0.95] : [0.3, 0.6, 0.95, 'flip' as const]) {
              const target = db.target('damaged')
              const from = await damaged(dumped.file, harm)
              const result = await bench.restore({ ...dumped, file: from }, target)
              expect(result.code, `${format} ${pack} ${harm}`).not.toBe(0)
              expect(result.report[0]).toMatch(/^(load|incomplete|stage)$/)
              expect(await db.exists(target), `${format} ${pack} ${harm}`).toBe(false)
            }
          }
      })

      it('stops at an error inside the dump', async () => {
        for (const format of db.formats.filter(each => each === 'plain')) {
          const dumped = await bench.dump({ format, pack: 'none' })
          const target = db.target('error')
          await bench.edit(dumped.file, content => content.replace('CREATE TABLE', 'CREATE TABEL'))
          expect(await bench.restore(dumped, target)).toMatchObject({
            code: 1,
            report: ['load', ...Array(2).fill(expect.anything())],
          })
          expect(await db.exists(target)).toBe(false)
        }
      })

      it('refuses a database that is there already, and leaves it alone', async () => {
        const dumped = await bench.dump({})
        const target = db.target('there')
        expect(await bench.restore(dumped, target)).toMatchObject({ code: 0 })
        await db.sql('DELETE FROM calls', target)
        expect(await bench.restore(dumped, target)).toMatchObject({ code: 1, report: ['exists', target] })
        expect(await db.sql('SELECT count(*) FROM calls', target)).toBe('0')
      })

      it('reports a dump that is not there, and makes nothing', async () => {
        const dumped = await bench.dump({})
        const result = await bench.restore({ ...dumped, file: `${dumped.file}.gone` }, db.target('none'))
        expect(result.code).not.toBe(0)
        expect(await db.exists(db.target('none'))).toBe(false)
      })

      it('restores without the rights of a drill as well', async () => {
        const dumped = await bench.dump({})
        expect(await bench.restore(dumped, db.target('drill_1'), { owners: false })).toMatchObject({
          code: 0,
        })
        expect((await bench.facts(db.at(db.target('drill_1')))).tables).toEqual(dumped.facts.tables)
      })
    })

    describe('swap', () => {
      const beside = () => db.target('beside')
      const old = () => db.target('old')
      const swap = () => bench.run(db.engine.swap(db.access, beside(), old()))
      const unswap = () => bench.run(db.engine.unswap(db.access, beside(), old()))
      const calls = (target?: string) => db.sql('SELECT count(*) FROM calls', target)

      beforeEach(async () => {
        expect(await bench.restore(await bench.dump({}), beside())).toMatchObject({ code: 0 })
        await db.sql('DELETE FROM calls')
      })

      it('puts the restored one in the place of the live one, and back, as often as asked', async () => {
        for (const _ of [1, 2]) {
          for (const _again of [1, 2]) {
            expect(await swap()).toMatchObject({ code: 0 })
            expect([await calls(), await calls(old()), await db.exists(beside())]).toEqual([
              '2000',
              '0',
              false,
            ])
          }
          for (const _again of [1, 2]) {
            expect(await unswap()).toMatchObject({ code: 0 })
            expect([await calls(), await calls(beside()), await db.exists(old())]).toEqual([
              '0',
              '2000',
              false,
            ])
          }
        }
      })

      it('takes nothing back when nothing was swapped', async () => {
        expect(await unswap()).toMatchObject({ code: 0 })
        expect(await calls()).toBe('0')
        expect(await bench.run(db.engine.drop(db.access, beside()))).toMatchObject({ code: 0 })
        expect(await unswap()).toMatchObject({ code: 0 })
        expect(await calls()).toBe('0')
      })

      it('says whether there is a live one', async () => {
        const present = async (access: Access) => (await bench.run(db.engine.present(access))).stdout
        expect([await present(db.access), await present(db.wrongDatabase)]).toEqual(['yes\n', 'no\n'])
        await db.destroy()
        expect(await present(db.access)).toBe('no\n')
        if (db.unreachable === undefined) return
        expect(await bench.run(db.engine.present(db.unreachable))).toMatchObject({
          code: 1,
          report: ['connect', expect.anything()],
          stdout: '',
        })
      })

      it('takes the name of a live one that does not exist, and gives it back, as often as asked', async () => {
        await db.destroy()
        const name = bench.liveName
        for (const _ of [1, 2]) {
          for (const _again of [1, 2]) {
            expect(await swap()).toMatchObject({ code: 0, report: [] })
            expect([await calls(), await db.exists(beside())]).toEqual(['2000', false])
            expect((await live()).tables.map(table => table.rows).toSorted((a, b) => a - b)).toEqual([
              0, 5, 7, 2000,
            ])
          }
          await db.sql('DELETE FROM calls WHERE id > 1000')
          for (const _again of [1, 2]) {
            expect(await unswap()).toMatchObject({ code: 0, report: [] })
            expect([await db.exists(name), await db.exists(old())]).toEqual([false, false])
            expect(await calls(beside())).toBe('1000')
          }
          await db.reset()
          expect(await bench.restore(await bench.dump({}), beside())).toMatchObject({ code: 0 })
          await db.destroy()
        }
      })

      it('takes nothing back where nothing was, and needs a restored one there too', async () => {
        await db.destroy()
        expect(await unswap()).toMatchObject({ code: 0 })
        expect([await db.exists(bench.liveName), await calls(beside())]).toEqual([false, '2000'])
        await bench.run(db.engine.drop(db.access, beside()))
        expect(await swap()).toMatchObject({
          code: 1,
          report: ['swap', expect.anything(), expect.anything()],
        })
        expect(await unswap()).toMatchObject({ code: 0 })
        expect(await db.exists(bench.liveName)).toBe(false)
      })

      it('changes nothing without a restored one', async () => {
        await bench.run(db.engine.drop(db.access, beside()))
        expect(await swap()).toMatchObject({
          code: 1,
          report: ['swap', expect.anything(), expect.anything()],
        })
        expect(await calls()).toBe('0')
        expect(await bench.value(undefined, 'SELECT count(*) FROM people')).toBe('7')
      })

      it('ends or carries over the connection of an app, and lets it sign in again', async ({ skip }) => {
        if (db.connect === undefined) return skip()
        const client = await db.connect()
        const second = await db.connect(beside())
        try {
          expect(await swap()).toMatchObject({ code: 0 })
          const again = await db.connect()
          expect(await again.works()).toBe(true)
          await again.close()
          expect(await calls()).toBe('2000')
        } finally {
          await client.close()
          await second.close()
        }
      })
    })

    describe('tidying', () => {
      it('drops what a restore made, twice', async () => {
        await bench.restore(await bench.dump({}), db.target('gone'))
        for (const _ of [1, 2]) {
          expect(await bench.run(db.engine.drop(db.access, db.target('gone')))).toMatchObject({ code: 0 })
          expect(await db.exists(db.target('gone'))).toBe(false)
        }
      })

      it('drops nothing that is not called stw_', async () => {
        const name = db.access.kind === 'sqlite' ? db.access.file : db.access.database
        const result = await bench.run(db.engine.drop(db.access, name))
        expect(result).toMatchObject({ code: 1, report: ['refused', name] })
        expect(await db.sql('SELECT count(*) FROM people')).toBe('7')
      })

      it('sweeps scratch databases that nobody uses, and no others', async () => {
        const dumped = await bench.dump({})
        const [idle, busy, kept] = [db.target('drill_idle'), db.target('drill_busy'), db.target('old_x')]
        for (const target of [idle, busy, kept])
          expect(await bench.restore(dumped, target)).toMatchObject({ code: 0 })
        const client = await db.connect?.(busy)
        try {
          expect(await bench.run(db.engine.sweep(db.access, 'stw_drill_'))).toMatchObject({ code: 0 })
          expect([await db.exists(idle), await db.exists(kept)]).toEqual([false, true])
          if (client) expect([await db.exists(busy), await client.works()]).toEqual([true, true])
        } finally {
          await client?.close()
        }
        expect((await bench.run(db.engine.sweep(db.access, 'stw_'))).code).not.toBe(0)
        expect(await db.exists(kept)).toBe(true)
        expect(await db.sql('SELECT count(*) FROM people')).toBe('7')
      })
    })

    describe('query and identity', () => {
      it('gives one value', async () => {
        expect(await bench.value(undefined, 'SELECT count(*) FROM calls')).toBe('2000')
        expect(await bench.value(undefined, 'SELECT name FROM people WHERE id = 100;')).toBe('only a name')
      })

      it('cannot write', async () => {
        for (const statement of ['DELETE FROM calls', 'DROP TABLE nothing', 'CREATE TABLE x (a integer)']) {
          const result = await bench.run(db.engine.query(db.access, bench.liveName, statement))
          expect(result.code, statement).not.toBe(0)
          expect(result.report[0]).toBe('query')
        }
        expect((await live()).tables.map(table => table.rows).toSorted((a, b) => a - b)).toEqual([
          0, 5, 7, 2000,
        ])
      })

      it('fails on a query with an error, without a row, with two rows or two columns', async () => {
        for (const statement of [
          'SELECT nonsense FROM people',
          'SELECT id FROM nothing',
          'SELECT id FROM people',
          'SELECT 1, 2',
        ]) {
          const result = await bench.run(db.engine.query(db.access, bench.liveName, statement))
          expect(result.code, statement).not.toBe(0)
          expect(result.report[0], statement).toBe('query')
        }
      })

      it('tells the live database from a restored one', async () => {
        await bench.restore(await bench.dump({}), db.target('twin'))
        const identity = async (access: Access) => (await bench.run(db.engine.identity(access))).stdout
        const own = await identity(db.access)
        expect(own).toMatch(/^\S[^\n]*\/[^\n]+\n$/)
        expect(await identity(db.access)).toBe(own)
        expect(await identity(db.at(db.target('twin')))).not.toBe(own)
        expect((await live()).identity).toBe(own.trim())
      })
    })

    it('never shows the password', async ({ skip }) => {
      const { password } = db
      if (password === undefined) return skip()
      const target = db.target('secret')
      const { path, commandLines } = await recordingPath(bench.directory)
      const env = { ...db.env, PATH: path }
      const dumped = await bench.dump({ env })
      const results = [
        dumped.result,
        await bench.restore(dumped, target, { env }),
        await bench.run(db.engine.swap(db.access, target, db.target('old')), { env }),
        await bench.run(db.engine.query(db.access, bench.liveName, 'SELECT 1'), { env }),
        await bench.run(db.engine.query(db.access, bench.liveName, 'SELECT nonsense'), { env }),
      ]
      expect(results.map(each => each.code)).toEqual([0, 0, 0, 0, 1])
      const lines = await commandLines()
      expect(lines.some(line => line.includes(`/${db.dumpTool} `))).toBe(true)
      for (const piece of [password, ...password.split(/[^A-Za-z0-9]+/).filter(part => part.length > 5)]) {
        expect(lines.filter(line => line.includes(piece))).toEqual([])
        expect(JSON.stringify(results)).not.toContain(piece)
      }
    })
  })
}
