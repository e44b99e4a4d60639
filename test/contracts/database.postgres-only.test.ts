// What only PostgreSQL has: its richer schema, roles, settings of a database, and the moments inside of a swap.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { makePostgresUnderTest, type PostgresUnderTest } from './database.postgres.ts'
import { type Bench, damaged, makeBench } from './database-bench.ts'

let db: PostgresUnderTest
let bench: Bench
beforeAll(async () => {
  db = await makePostgresUnderTest()
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

const rich = String.raw`
CREATE EXTENSION hstore;
CREATE SCHEMA "Odd schema";
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE "Odd schema"."a ""table""	with a tab" (sw_row integer GENERATED ALWAYS AS IDENTITY, t text, "select" mood DEFAULT 'ok', gone text, s span, h hstore, f float8, d double precision[]);
ALTER TABLE "Odd schema"."a ""table""	with a tab" DROP COLUMN gone, ADD COLUMN later positive DEFAULT 3;
INSERT INTO "Odd schema"."a ""table""	with a tab" (t, f, d) VALUES ('one', 0.1 + 0.2, '{1e-300,NaN,-Infinity}'), (E'-- PostgreSQL database dump complete\n\\.\nGRANT ALL ON x TO y;', 1, '{}'), ('GRANT ALL ON x TO y;', 1, NULL);
CREATE TABLE lines (line text);
INSERT INTO lines VALUES ('GRANT ALL ON x TO y;'), ('ALTER TABLE x OWNER TO y;'), ('-- PostgreSQL database dump complete'), ('COPY x FROM stdin;');
CREATE TABLE nothing_in_it ();
INSERT INTO nothing_in_it DEFAULT VALUES;
CREATE TABLE parts (id integer, at date, twice integer GENERATED ALWAYS AS (id * 2) STORED) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON parts (id);
INSERT INTO parts VALUES (1, '2026-02-03');
CREATE TABLE child (extra text) INHERITS (tags);
INSERT INTO child VALUES ('w', 'x');
CREATE SEQUENCE tickets START 100 INCREMENT 5;
CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * $1';
CREATE AGGREGATE product (integer) (SFUNC = int4mul, STYPE = integer);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM calls;
CREATE RULE quiet AS ON DELETE TO nothing DO INSTEAD NOTHING;
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON people USING (id > 0);
CREATE UNIQUE INDEX people_lower ON people (lower(name) COLLATE "C") WHERE id > 0;
SELECT lo_from_bytea(0, 'large');
`

it('brings back whatever a schema can hold', async () => {
  await db.sql(rich)
  await db.sql('REASSIGN OWNED BY boss TO app')
  for (const format of db.formats)
    for (const owners of [true, false]) {
      const admin = { ...db.access, ...db.access.admin }
      const out = bench.path(`rich-${format}-${owners}`)
      // A large object and a policy are the superuser's.
      const result = await bench.run(db.engine.dump({ access: admin, out, format, fingerprint: 'content' }), {
        pack: 'none',
      })
      expect(result).toMatchObject({ code: 0, report: [] })
      const before = await bench.facts(admin)
      expect(before.tables.map(({ name, rows }) => `${name} ${rows}`)).toEqual([
        'Odd schema.a "table" with a tab 3',
        'pg_largeobject 1',
        'public.calls 2000',
        'public.child 1',
        'public.lines 4',
        'public.nothing 0',
        'public.nothing_in_it 1',
        'public.parts_1 1',
        'public.people 7',
        'public.tags 5',
      ])
      const target = db.target(`rich_${format}_${owners}`)
      const restored = await bench.restore({ file: out, format, pack: 'none' }, target, { owners })
      expect(restored).toMatchObject({ code: 0, report: [] })
      const after = await bench.facts(db.at(target))
      expect([after.schema, after.tables]).toEqual([before.schema, before.tables])
    }
})

it('keeps lines that read like grants in bodies, texts and rows', async () => {
  await db.sql(`CREATE TABLE lookalikes (line text);
CREATE FUNCTION "it's"() RETURNS integer LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE $$
GRANT SELECT ON t TO x;
ALTER TABLE t OWNER TO x;
-- PostgreSQL database dump complete
$$;
END $body$;
CREATE FUNCTION "a$$b"() RETURNS integer LANGUAGE sql AS 'SELECT 1; -- it''s
GRANT SELECT ON lookalikes TO app;
SELECT 1;
';
COMMENT ON FUNCTION "it's"() IS 'don''t
REVOKE SELECT ON t FROM x;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x;';
INSERT INTO lookalikes VALUES ('GRANT SELECT ON t TO x;'), ('ALTER TABLE t OWNER TO x;'), ('$$'), ('it''s');
GRANT SELECT ON lookalikes TO reader;
ALTER TABLE lookalikes OWNER TO app`)
  const look = (name: string) =>
    db.sql(
      `SELECT md5(string_agg(prosrc || coalesce(obj_description(oid), ''), '' ORDER BY proname)),
        (SELECT md5(string_agg(line, '' ORDER BY line)) FROM lookalikes),
        (SELECT tableowner || has_table_privilege('reader', 'lookalikes', 'SELECT') FROM pg_tables WHERE tablename = 'lookalikes')
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
      name,
    )
  const target = db.target('lookalikes')
  const dumped = await bench.dump({ format: 'plain' })
  expect(await bench.restore(dumped, target, { owners: false })).toMatchObject({ code: 0, report: [] })
  expect(await look(target)).toBe((await look('shop-1')).replace('apptrue', 'bossfalse'))
  expect(await look(target)).toContain('bossfalse')
})

it('does not take a row that reads like the end of a dump for its end', async () => {
  await db.sql(
    "CREATE TABLE zeal AS SELECT '-- PostgreSQL database dump complete'::text FROM generate_series(1, 5000)",
  )
  await db.sql('ALTER TABLE zeal OWNER TO app')
  const dumped = await bench.dump({ format: 'plain', pack: 'none' })
  const target = db.target('cut')
  const result = await bench.restore({ ...dumped, file: await damaged(dumped.file, 0.8) }, target)
  expect(result).toMatchObject({ code: 1, report: expect.arrayContaining(['incomplete']) })
  expect(await db.exists(target)).toBe(false)
})

it('shows each kind of change in the schema', async () => {
  await db.sql(rich)
  const admin = { ...db.access, ...db.access.admin }
  let before = await bench.facts(admin)
  for (const change of [
    "ALTER TYPE mood ADD VALUE 'glad'",
    'ALTER DOMAIN positive SET DEFAULT 4',
    'ALTER DOMAIN positive ADD CHECK (VALUE < 100)',
    'CREATE OR REPLACE FUNCTION twice(integer) RETURNS integer LANGUAGE sql AS $$SELECT 3 * $1$$',
    'ALTER SEQUENCE tickets INCREMENT 6',
    'ALTER TABLE people DISABLE TRIGGER touched',
    'DROP TRIGGER touched ON people',
    'DROP RULE quiet ON nothing',
    'ALTER POLICY mine ON people USING (id > 1)',
    'ALTER TABLE people ALTER COLUMN name DROP NOT NULL',
    'ALTER TABLE people ALTER COLUMN note TYPE text COLLATE "C"',
    'ALTER TABLE calls DROP CONSTRAINT calls_person',
    'DROP MATERIALIZED VIEW counted',
    'DROP AGGREGATE product (integer)',
    'CREATE SCHEMA another',
    'ALTER TABLE parts DETACH PARTITION parts_1',
    'ALTER TABLE child NO INHERIT tags',
  ]) {
    await db.sql(change)
    const after = await bench.facts(admin)
    expect(after.schema, change).not.toBe(before.schema)
    before = after
  }
})

it('refuses to count behind a policy that hides rows', async () => {
  await db.sql(
    'ALTER TABLE people OWNER TO boss; ALTER TABLE people ENABLE ROW LEVEL SECURITY; GRANT SELECT ON people TO app',
  )
  const out = bench.path('hidden')
  const result = await bench.run(db.engine.facts({ access: db.access, out, fingerprint: 'rows' }))
  expect(result).toMatchObject({
    code: 1,
    report: ['dump', '3', expect.stringContaining('row-level security')],
  })
  expect(await bench.left()).toEqual([])
})

it('fails when it may not read a table', async () => {
  await db.sql('CREATE TABLE private (); ALTER TABLE private OWNER TO boss')
  for (const format of db.formats) {
    const out = bench.path('private')
    const result = await bench.run(db.engine.dump({ access: db.access, out, format, fingerprint: 'rows' }))
    expect(result).toMatchObject({
      code: 1,
      report: ['dump', expect.anything(), expect.stringContaining('permission denied')],
    })
    expect(await bench.left()).toEqual([])
  }
  // Nobody is left holding the snapshot.
  await expect
    .poll(() => db.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'", 'postgres'))
    .toBe('0')
})

it('keeps owners, grants and settings for a real restore, and leaves them out for a drill', async () => {
  await db.sql(`ALTER DATABASE "shop-1" SET search_path TO "$user", public, pg_catalog;
ALTER DATABASE "shop-1" SET work_mem TO '7MB';
ALTER ROLE reader IN DATABASE "shop-1" SET application_name TO 'it''s=me';
REVOKE CONNECT ON DATABASE "shop-1" FROM PUBLIC; GRANT CONNECT ON DATABASE "shop-1" TO reader WITH GRANT OPTION`)
  const look = (name: string) =>
    db.sql(`SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, (SELECT array_agg(a ORDER BY a::text) FROM unnest(datacl) a),
  (SELECT array_agg(setconfig::text ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid) FROM pg_database d WHERE datname = '${name}'`)
  const grants = (name: string) =>
    db.sql(
      "SELECT tableowner, has_table_privilege('reader', 'people', 'SELECT') FROM pg_tables WHERE tablename = 'people'",
      name,
    )
  for (const format of db.formats) {
    const dumped = await bench.dump({ format })
    const [real, drill] = [db.target(`real_${format}`), db.target(`drill_${format}`)]
    expect(await bench.restore(dumped, real)).toMatchObject({ code: 0 })
    expect(await bench.restore(dumped, drill, { owners: false })).toMatchObject({ code: 0 })
    expect(await look(real)).toBe(await look('shop-1'))
    expect([await grants(real), await grants(drill)]).toEqual(['app\tt', 'boss\tf'])
  }
})

it('drills on a server that knows neither the database nor its roles', async () => {
  const { makePostgresUnderTest: another } = await import('./database.postgres.ts')
  await using elsewhere = await another()
  await elsewhere.sql('DROP OWNED BY reader; DROP OWNED BY app', 'seed')
  await elsewhere.sql(
    'DROP DATABASE IF EXISTS "shop-1"; DROP DATABASE seed; DROP ROLE reader; ALTER ROLE app RENAME TO other; ALTER ROLE boss NOSUPERUSER CREATEDB',
    'postgres',
  )
  const access = { ...elsewhere.access, ...elsewhere.access.admin, admin: {} }
  for (const format of db.formats) {
    const dumped = await bench.dump({ format })
    const target = elsewhere.target(`drill_${format}`)
    const props = { access, target, from: dumped.file, format, timeout: 60 }
    expect(await bench.run(elsewhere.engine.restore({ ...props, owners: false }))).toMatchObject({ code: 0 })
    expect((await bench.facts({ ...access, database: target })).tables).toEqual(dumped.facts.tables)
    // With owners it cannot work, and says which role is missing.
    const refused = await bench.run(
      elsewhere.engine.restore({ ...props, target: `${target}_2`, owners: true }),
    )
    expect(refused).toMatchObject({
      code: 1,
      report: ['load', expect.anything(), expect.stringContaining("role 'app' does not exist")],
    })
    expect(await elsewhere.exists(`${target}_2`)).toBe(false)
    expect(await bench.run(elsewhere.engine.sweep(access, 'stw_drill_'))).toMatchObject({ code: 0 })
    expect(await elsewhere.exists(target)).toBe(false)
  }
})

it('gives up a restore that takes too long, and removes it', async () => {
  await db.sql(
    "CREATE FUNCTION slow(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT $1 FROM pg_sleep(0.001)'; CREATE INDEX slow_index ON calls (slow(id)); ALTER FUNCTION slow OWNER TO app",
  )
  for (const format of db.formats) {
    const dumped = await bench.dump({ format })
    const target = db.target('slow')
    const fragment = db.engine.restore({
      access: db.access,
      target,
      from: dumped.file,
      format,
      owners: true,
      timeout: 1,
    })
    expect(await bench.run(fragment)).toMatchObject({
      code: 1,
      report: expect.arrayContaining(['load', '124']),
    })
    expect(await db.exists(target)).toBe(false)
  }
})

it('goes on after a crash at any moment of a swap, forward and back', async () => {
  const [beside, old] = [db.target('beside'), db.target('old')]
  const dumped = await bench.dump({})
  const closed = [
    'ALTER DATABASE "shop-1" WITH ALLOW_CONNECTIONS false',
    `ALTER DATABASE ${beside} WITH ALLOW_CONNECTIONS false`,
  ]
  const renamed = [`ALTER DATABASE "shop-1" RENAME TO ${old}`, `ALTER DATABASE ${beside} RENAME TO "shop-1"`]
  for (const done of [closed.slice(0, 1), closed, [...closed, ...renamed]])
    for (const way of ['swap', 'unswap'] as const) {
      await db.reset()
      expect(await bench.restore(dumped, beside)).toMatchObject({ code: 0 })
      await db.sql('DELETE FROM calls')
      for (const statement of done) await db.sql(statement, 'postgres')
      expect(await bench.run(db.engine[way](db.access, beside, old))).toMatchObject({ code: 0 })
      expect(await db.sql('SELECT count(*) FROM calls')).toBe(way === 'swap' ? '2000' : '0')
      expect(await db.sql('SELECT count(*) FROM pg_database WHERE NOT datallowconn', 'postgres')).toBe('1')
    }
})

it('lets people in again when a swap cannot be done', async () => {
  const beside = db.target('beside')
  expect(await bench.restore(await bench.dump({}), beside)).toMatchObject({ code: 0 })
  // A session of a role that may not be sent away by the one that swaps.
  const access = { ...db.access, admin: { user: 'app', password: '${DB_PASSWORD}' } }
  await db.sql('ALTER ROLE app CREATEDB', 'postgres')
  const client = await db.connect?.()
  try {
    const result = await bench.run(db.engine.swap(access, beside, db.target('old')))
    expect(result).toMatchObject({ code: 1, report: ['swap', '3', expect.anything()] })
    expect(await client?.works()).toBe(true)
    expect(await bench.value(undefined, 'SELECT count(*) FROM calls')).toBe('2000')
    expect(await bench.value(beside, 'SELECT count(*) FROM calls')).toBe('2000')
  } finally {
    await client?.close()
    await db.sql('ALTER ROLE app NOCREATEDB', 'postgres')
  }
})

it('counts two thousand tables', async () => {
  await db.sql(
    "DO $$ BEGIN FOR i IN 1..2000 LOOP EXECUTE format('CREATE TABLE many_%s (id integer)', i); END LOOP; END $$; ALTER TABLE many_7 OWNER TO app",
  )
  const admin = { ...db.access, ...db.access.admin }
  const facts = await bench.facts(admin)
  expect(facts.tables).toHaveLength(2004)
})
