// MariaDB: what every engine must do, and what only this one has.
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseFacts } from '../../src/databases/facts.ts'
import { sample } from '../rigs/crash.ts'
import { live, type MysqlUnderTest, makeMysqlUnderTest } from './database.mysql.ts'
import { type Bench, makeBench } from './database-bench.ts'
import { databaseContract } from './database-contract.ts'

databaseContract('MariaDB', makeMysqlUnderTest)

/** One of everything that a database can hold beside tables, with names that want quoting. */
const everything = `CREATE TABLE audit (what varchar(80), n int);
CREATE VIEW long_names AS SELECT id, shout(name) AS name FROM long_people;
CREATE VIEW a_first AS SELECT * FROM long_calls;`

const code = `DELIMITER ;;
CREATE DEFINER=nobody@localhost FUNCTION shout(word varchar(80)) RETURNS varchar(90) DETERMINISTIC BEGIN
  -- CREATE DEFINER=\`x\`@\`y\` in a comment
  RETURN CONCAT(UPPER(word), '!');
END;;
CREATE DEFINER=nobody@localhost PROCEDURE \`tidy-\`\`up\`(IN below int) MODIFIES SQL DATA BEGIN DELETE FROM audit WHERE n < below; END;;
CREATE DEFINER=nobody@localhost TRIGGER \`log-it\` AFTER INSERT ON calls FOR EACH ROW INSERT INTO audit VALUES ('one', NEW.id);;
CREATE DEFINER=nobody@localhost TRIGGER second AFTER INSERT ON calls FOR EACH ROW FOLLOWS \`log-it\` INSERT INTO audit VALUES ('two', NEW.id);;
CREATE DEFINER=nobody@localhost EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' COMMENT 'PRESERVE DISABLE' DO DELETE FROM audit;;
CREATE DEFINER=nobody@localhost EVENT never ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO DELETE FROM audit;;
DELIMITER ;
CREATE DEFINER=nobody@localhost VIEW long_people AS SELECT * FROM people WHERE CHAR_LENGTH(name) > 3;
CREATE SEQUENCE tickets START WITH 7;`

describe('MariaDB alone', () => {
  let db: MysqlUnderTest
  let bench: Bench
  beforeAll(async () => {
    db = await makeMysqlUnderTest()
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
  const facts = (target?: string) => bench.facts(target === undefined ? db.access : db.at(target))
  const fill = async () => {
    await db.server.sql(`CREATE USER IF NOT EXISTS nobody@localhost; GRANT ALL ON *.* TO nobody@localhost;`)
    await db.server.sql(code, live)
    await db.server.sql(everything, live)
  }
  /** A PATH where `name` is a script; \`real\` in it is the real program. */
  const instead = async (name: string, script: (real: string) => string) => {
    const place = await mkdtemp(join(bench.directory, 'path-'))
    await writeFile(join(place, name), `#!/bin/sh\n${script(`/usr/bin/${name}`)}\n`)
    await chmod(join(place, name), 0o755)
    return { ...db.env, PATH: `${place}:${process.env['PATH']}` }
  }
  const states = (target: string) =>
    db.server.sql(
      `SELECT event_name, status FROM information_schema.events WHERE event_schema = '${target}' ORDER BY 1`,
    )

  describe('the lock', () => {
    const props = () => ({
      access: db.access,
      out: bench.path('db'),
      format: 'plain' as const,
      fingerprint: 'content' as const,
    })

    it('is given back by the server when the tool does not begin, and the dump is good without it', async () => {
      // The tool begins when a write has got through: that takes the end of the lock.
      const env = await instead(
        'mariadb-dump',
        real =>
          `case "$*" in *--routines*) mariadb --no-defaults -S ${db.server.socket} -u root -e 'INSERT INTO tags VALUES (1)' ${live} ;; esac; exec ${real} "$@"`,
      )
      const result = await bench.run(db.engine.dump(props()), { env })
      expect(result).toMatchObject({ code: 0, report: [] })
      expect(result.data['lock-ms']).toBeUndefined()
      expect((await facts()).tables.find(table => table.name === 'tags')?.rows).toBe(6)
      const written = parseFacts(await readFile(`${bench.path('db')}.facts`, 'utf8'))
      expect(written?.exact).toBe(false)
    })

    it('is held for a moment, which is told, and not at all without the right to', async () => {
      const dumped = await bench.dump({})
      expect(dumped.facts.exact).toBe(true)
      expect(Number(dumped.result.data['lock-ms'])).toBeLessThan(2000)
      await db.server.sql("REVOKE RELOAD ON *.* FROM app@'%'")
      try {
        const second = await bench.dump({})
        expect(second.facts).toMatchObject({ exact: false, tables: dumped.facts.tables })
        expect(second.result.data).toEqual({})
      } finally {
        await db.server.sql("GRANT RELOAD ON *.* TO app@'%'")
      }
    })

    it('is given up when others do not let go of a table', async () => {
      const client = await db.server.connect(live)
      const id = await client.ask('LOCK TABLES people WRITE; SELECT CONNECTION_ID()')
      // The tool begins once the lock is given up; only then the others let go.
      const env = await instead(
        'mariadb-dump',
        real =>
          `case "$*" in *--routines*) mariadb --no-defaults -S ${db.server.socket} -u root -e 'KILL ${id}' ;; esac; exec ${real} "$@"`,
      )
      expect(await bench.run(db.engine.dump(props()), { env })).toMatchObject({ code: 0, data: {} })
      expect(parseFacts(await readFile(`${bench.path('db')}.facts`, 'utf8'))).toMatchObject({ exact: false })
      await client.close()
    })

    it('is not worth it where a table knows no transactions', async () => {
      await db.sql('CREATE TABLE loose (id int) ENGINE=MyISAM')
      const dumped = await bench.dump({})
      expect(dumped.facts.exact).toBe(false)
      expect(dumped.result.data).toEqual({})
      expect(await bench.restore(dumped, 'stw_loose')).toMatchObject({ code: 0 })
      expect((await facts('stw_loose')).tables).toEqual(dumped.facts.tables)
    })
  })

  it('sees a change in a column of any type, and no other one', async () => {
    const types: Readonly<Record<string, readonly [string, string]>> = {
      json: [`'{"a": 1}'`, `'{"a": 2}'`],
      float: ['0.1', '0.2'],
      double: ['1/3', '1/7'],
      'bit(9)': ["b'101'", "b'100'"],
      longblob: ["x'00ff'", "x'00fe'"],
      longtext: ["REPEAT('ä', 100000)", "CONCAT(REPEAT('ä', 99999), 'b')"],
      "enum('a','b')": ["'a'", "'b'"],
      "set('a','b')": ["'a,b'", "'b'"],
      'timestamp(6) NULL': ["'2026-01-01 00:00:00.000001'", "'2026-01-01 00:00:00.000002'"],
      'varchar(20) CHARACTER SET latin1 COLLATE latin1_german2_ci': ["'ä'", "'Ä'"],
      'varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin': ["'ä'", "'Ä'"],
      'varchar(20) CHARACTER SET ucs2': ["'ä'", "'Ä'"],
      'varbinary(16)': ["x'00'", "x'0000'"],
      point: ['POINT(1, 2)', 'POINT(2, 1)'],
      uuid: ["'123e4567-e89b-12d3-a456-426655440000'", "'123e4567-e89b-12d3-a456-426655440001'"],
      'year(4)': ['1999', '2000'],
    }
    const columns = Object.keys(types).map((type, index) => `c${index} ${type}`)
    const values = Object.values(types).map(([value]) => value)
    await db.server.sql(
      `CREATE TABLE kinds (id int PRIMARY KEY, ${columns.join(', ')}, twice int AS (id * 2) VIRTUAL, thrice int AS (id * 3) STORED);
INSERT INTO kinds (id, ${columns.map((_, index) => `c${index}`).join(', ')}) VALUES (1, ${values.join(', ')});
INSERT INTO kinds (id) VALUES (2);`,
      live,
    )
    const of = async (target?: string) => (await facts(target)).tables.find(table => table.name === 'kinds')
    const dumped = await bench.dump({})
    expect(await bench.restore(dumped, 'stw_kinds')).toMatchObject({ code: 0 })
    let last = await of()
    expect(await of('stw_kinds')).toEqual(last)
    for (const [index, [type, [, other]]] of Object.entries(types).entries()) {
      await db.sql(`UPDATE kinds SET c${index} = ${other} WHERE id = 1`)
      const next = await of()
      expect(next?.fingerprint, type).not.toBe(last?.fingerprint)
      last = next
    }
  })

  describe('triggers, routines, events, views, sequences', () => {
    beforeEach(fill)

    it('come back with their owners, and asleep', async () => {
      const dumped = await bench.dump({})
      expect(await bench.restore(dumped, 'stw_whole')).toMatchObject({ code: 0, report: [] })
      const back = await facts('stw_whole')
      expect([back.schema, back.tables]).toEqual([dumped.facts.schema, dumped.facts.tables])
      expect(await states('stw_whole')).toBe('never\tDISABLED\nnightly\tSLAVESIDE_DISABLED')
      expect(
        await db.sql(
          "SELECT GROUP_CONCAT(DISTINCT definer) FROM information_schema.routines WHERE routine_schema = 'stw_whole'",
        ),
      ).toBe('nobody@localhost')
      expect(await db.sql('SELECT NEXTVAL(tickets)', 'stw_whole')).toBe('7')
    })

    it('come back in a drill of a role that may only make scratch databases', async () => {
      const dumped = await bench.dump({})
      await db.server.sql(
        "CREATE OR REPLACE USER driller@'%' IDENTIFIED BY 'x'; GRANT ALL ON `stw\\_drill\\_%`.* TO driller@'%'",
      )
      const access = {
        ...db.access,
        user: 'driller',
        password: 'x',
        admin: { user: 'driller', password: 'x' },
      }
      const restore = (owners: boolean, target = 'stw_drill_1') =>
        bench.run(
          db.engine.restore({ access, target, from: dumped.file, format: 'plain', owners, timeout: 60 }),
        )
      expect((await restore(true)).report[0]).toBe('load')
      expect(await restore(false)).toMatchObject({ code: 0, report: [] })
      const back = await bench.facts({ ...access, database: 'stw_drill_1' })
      expect([back.schema, back.tables]).toEqual([dumped.facts.schema, dumped.facts.tables])
      expect((await restore(false, 'stw_other')).code).not.toBe(0)
    })

    it('never reach for the live database when they are older than its character set', async () => {
      await db.sql(`ALTER DATABASE \`${live}\` CHARACTER SET latin1 COLLATE latin1_bin`)
      const dumped = await bench.dump({ pack: 'none' })
      // The trap is real: the tool names the database.
      await bench.edit(dumped.file, content => {
        expect(content).toContain(`\nALTER DATABASE \`${live}\` CHARACTER SET`)
        return content
      })
      await db.sql(`ALTER DATABASE \`${live}\` CHARACTER SET ascii COLLATE ascii_bin`)
      expect(await bench.restore(dumped, 'stw_sets')).toMatchObject({ code: 0 })
      const set = (name: string) =>
        db.sql(`SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = '${name}'`)
      expect([await set(live), await set('stw_sets')]).toEqual(['ascii_bin', 'latin1_bin'])
      expect((await facts('stw_sets')).schema).toBe(dumped.facts.schema)
    })

    describe('in a swap', () => {
      const swap = (env = db.env) => bench.run(db.engine.swap(db.access, 'stw_beside', 'stw_old'), { env })
      const unswap = (env = db.env) =>
        bench.run(db.engine.unswap(db.access, 'stw_beside', 'stw_old'), { env })
      const comparable = async (target?: string) => {
        const { schema, tables } = await facts(target)
        return { schema, tables }
      }
      type Whole = Awaited<ReturnType<typeof comparable>>
      let coming: Whole
      let leaving: Whole
      beforeEach(async () => {
        expect(await bench.restore(await bench.dump({}), 'stw_beside')).toMatchObject({ code: 0 })
        // The live one has gone another way since.
        await db.server.sql(
          `DROP VIEW a_first; DROP TRIGGER second; DROP PROCEDURE \`tidy-\`\`up\`; DELETE FROM calls WHERE id > 9;
CREATE TABLE a_first (id int); CREATE VIEW long_audit AS SELECT * FROM audit; ALTER EVENT never ENABLE;
ALTER DATABASE CHARACTER SET latin1; DROP TABLE nothing;`,
          live,
        )
        coming = await comparable('stw_beside')
        leaving = await comparable()
        expect(leaving.schema).not.toBe(coming.schema)
      })
      const swapped = async () => {
        expect([await comparable(), await comparable('stw_old')]).toEqual([coming, leaving])
        expect([await states(live), await states('stw_old')]).toEqual([
          'never\tDISABLED\nnightly\tENABLED',
          'never\tSLAVESIDE_DISABLED\nnightly\tSLAVESIDE_DISABLED',
        ])
        expect(await db.exists('stw_beside')).toBe(false)
      }
      const untouched = async () => {
        expect([await comparable(), await comparable('stw_beside')]).toEqual([leaving, coming])
        expect([await states(live), await states('stw_beside')]).toEqual([
          'never\tENABLED\nnightly\tENABLED',
          'never\tDISABLED\nnightly\tSLAVESIDE_DISABLED',
        ])
        expect(await db.exists('stw_old')).toBe(false)
      }

      it('go to both sides, with keys that hold and triggers that act', async () => {
        expect(await swap()).toMatchObject({ code: 0, report: [] })
        await swapped()
        await db.sql('INSERT INTO calls (id, person_id) VALUES (90001, 1)')
        expect(await db.sql('SELECT GROUP_CONCAT(what) FROM audit WHERE n = 90001')).toBe('one,two')
        expect(await db.sql('SELECT name FROM long_names WHERE id = 1')).toBe('PERSON 1!')
        for (const target of [live, 'stw_old'])
          await expect(
            db.sql('INSERT INTO calls (id, person_id) VALUES (90002, 99999)', target),
          ).rejects.toThrow(`\`${target}\`.\`people\``.replace(`\`${target}\`.`, ''))
        expect(
          await db.sql(
            "SELECT COUNT(*) FROM information_schema.key_column_usage WHERE referenced_table_schema <> table_schema AND table_schema IN ('shop-1', 'stw_old')",
          ),
        ).toBe('0')
      })

      it('keep the rights on the live database', async () => {
        await db.server.sql("CREATE OR REPLACE USER guest@'%'; GRANT SELECT ON `shop-1`.people TO guest@'%'")
        const grants = () => db.server.sql("SHOW GRANTS FOR guest@'%'; SHOW GRANTS FOR app@'%'")
        const before = await grants()
        expect(await swap()).toMatchObject({ code: 0 })
        expect(await grants()).toBe(before)
      })

      /** The n-th statement that changes anything ends the client and the whole step: before it acts, or after half of its lines. */
      const dying = async (n: number, how: 'before' | 'half') => {
        const count = join(bench.directory, `count-${n}-${how}`)
        await writeFile(count, '')
        return await instead(
          'mariadb',
          real => `cat >${count}.in
if grep -qE '^(CREATE|DROP|RENAME|ALTER|SET SESSION lock)' ${count}.in; then echo >>${count}; fi
if [ "$(wc -l <${count})" != ${n} ]; then exec ${real} "$@" <${count}.in; fi
${how === 'half' ? `head -n $(($(wc -l <${count}.in) / 2)) ${count}.in | ${real} "$@"` : ''}
kill -9 $PPID $$`,
        )
      }
      /** Breaks it at its changes in turn: at each one in the full run. */
      async function atChanges(check: (when: string) => Promise<void>): Promise<void> {
        // It counts them and never gets that far.
        expect(await swap(await dying(1000, 'before'))).toMatchObject({ code: 0 })
        const changes = (await readFile(join(bench.directory, 'count-1000-before'), 'utf8')).length
        expect(changes).toBeGreaterThan(6)
        expect(await unswap()).toMatchObject({ code: 0 })
        const points = Array.from({ length: 2 * changes }, (_, point) => point)
        for (const point of sample(points, 6)) {
          const [n, how] = [Math.floor(point / 2) + 1, point % 2 === 0 ? 'before' : 'half'] as const
          const result = await swap(await dying(n, how)).catch(() => ({ code: 137 }))
          expect(result.code, `${how} of change ${n}`).not.toBe(0)
          await check(`${how} of change ${n}`)
        }
      }

      it('are whole when it is run again after a crash at any point', { timeout: 300_000 }, async () => {
        await atChanges(async when => {
          expect(await swap(), when).toMatchObject({ code: 0, report: [] })
          await swapped()
          expect(await unswap(), when).toMatchObject({ code: 0, report: [] })
          await untouched()
        })
      })

      it('are as before when it is taken back after a crash at any point', { timeout: 300_000 }, async () => {
        await atChanges(async when => {
          expect(await unswap(), when).toMatchObject({ code: 0, report: [] })
          await untouched()
        })
      })
    })
  })
})
