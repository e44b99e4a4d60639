// What is asked inside the snapshot. Everything is spelled by the server's own functions under fixed settings, so that the same
// content gives the same lines on another server, in another time zone, for another role.
import { literal } from './sign-in.ts'

/** Settings that exist on this server, then the transaction; answers with one line: number of the version, version, snapshot, moment,
 *  identity. The snapshot stays until the session ends. */
export const openSnapshot = `SELECT count(set_config(name, value, false)) FROM (VALUES
  ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'), ('extra_float_digits', '1'),
  ('bytea_output', 'hex'), ('xmlbinary', 'base64'), ('lc_monetary', 'C'), ('row_security', 'off'),
  ('statement_timeout', '0'), ('transaction_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
  ('lock_timeout', '60s'), ('client_connection_check_interval', '5s')
) AS wish (name, value) JOIN pg_catalog.pg_settings USING (name) \\g /dev/null
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT current_setting('server_version_num'), split_part(current_setting('server_version'), ' ', 1), pg_export_snapshot(),
  to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), system_identifier || '/' || current_database()
FROM pg_control_system();
`

/** Into pg.version (what the team's query answered) and pg.facts (lines of facts.ts from `schema` to `end`). */
export function factsSql(fingerprint: 'content' | 'rows', schemaVersion: string | undefined): string {
  // Under the role's own search path, before ours.
  const version =
    schemaVersion === undefined ? '' : `\\o pg.version\n${schemaVersion.trim().replace(/[;\s]+$/, '')}\n;\n`
  return `${version}\\o pg.facts
SET search_path = pg_catalog;
${schemaSql}
${tablesSql(fingerprint)}
SELECT 'table', 'pg_largeobject', count(*) FROM pg_largeobject_metadata HAVING count(*) > 0;
SELECT 'end';
\\o
`
}

const own = `ns AS (
  SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), member AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), rel AS (
  SELECT c.*, nspname, quote_ident(nspname) || '.' || quote_ident(relname) AS name
  FROM pg_class c JOIN ns ON ns.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S')
    AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_class'::regclass AND objid = c.oid)
)`

// One query a table. A sum over 64-bit hashes of the rows' texts does not depend on their order and cannot overflow: sum(bigint) is
// numeric. 1 M rows of 100 bytes: 0.43 s; with the first half of md5 instead 0.88 s, with both halves 1.77 s. The hash is that of
// hash partitions, the same since version 11. (sw_row.*) is the row even if a column is called sw_row.
const tablesSql = (fingerprint: 'content' | 'rows'): string => `WITH ${own}
SELECT format(${literal(
  `SELECT 'table', %L, count(*)${fingerprint === 'content' ? ', coalesce(sum(hashtextextended((sw_row.*)::text, 0)), 0)' : ''} FROM ONLY %I.%I AS sw_row`,
)}, translate(nspname || '.' || relname, E'\\t\\n\\r', '   '), nspname, relname)
FROM rel WHERE relkind = 'r' ORDER BY nspname, relname
\\gexec`

// Not from the text of pg_dump, which changes with its version. Owners and grants are left out: a drill restores without them.
// Columns are counted anew, since a dropped one leaves a gap that a restore closes; invalid indexes are not part of a dump.
const schemaSql = `WITH ${own}, line (line) AS (
  SELECT concat_ws(' ', 'schema', nspname) FROM ns WHERE nspname <> 'public'
    AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_namespace'::regclass AND objid = ns.oid)
  UNION ALL SELECT concat_ws(' ', 'extension', extname) FROM pg_extension WHERE extname <> 'plpgsql'
  UNION ALL SELECT concat_ws(' ', 'relation', name, relkind, relpersistence, relrowsecurity, relforcerowsecurity, reloptions,
      CASE relkind WHEN 'p' THEN pg_get_partkeydef(oid) END, pg_get_expr(relpartbound, oid),
      (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = rel.oid),
      CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END)
    FROM rel
  UNION ALL SELECT concat_ws(' ', 'column', name, row_number() OVER (PARTITION BY attrelid ORDER BY attnum), quote_ident(attname),
      format_type(atttypid, atttypmod), nullif(attcollation, 0)::regcollation, attnotnull, attidentity, attgenerated,
      pg_get_expr(adbin, adrelid))
    FROM rel JOIN pg_attribute ON attrelid = rel.oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped AND relkind <> 'S'
  UNION ALL SELECT concat_ws(' ', 'constraint', rel.name, quote_ident(conname), pg_get_constraintdef(c.oid))
    FROM pg_constraint c JOIN rel ON rel.oid = conrelid WHERE contype NOT IN ('n', 't')
  UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid))
    FROM pg_index JOIN rel ON rel.oid = indrelid WHERE indisvalid
  UNION ALL SELECT concat_ws(' ', 'sequence', rel.name, seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle)
    FROM pg_sequence JOIN rel ON rel.oid = seqrelid
  UNION ALL SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), tgenabled)
    FROM pg_trigger t JOIN rel ON rel.oid = tgrelid WHERE NOT tgisinternal
  UNION ALL SELECT concat_ws(' ', 'rule', pg_get_ruledef(r.oid), ev_enabled)
    FROM pg_rewrite r JOIN rel ON rel.oid = ev_class WHERE rulename <> '_RETURN'
  UNION ALL SELECT concat_ws(' ', 'policy', rel.name, polname, polcmd, polpermissive, pg_get_expr(polqual, polrelid), '|',
      pg_get_expr(polwithcheck, polrelid))
    FROM pg_policy JOIN rel ON rel.oid = polrelid
  UNION ALL SELECT concat_ws(' ', 'routine', nspname, proname, pg_get_function_identity_arguments(p.oid),
      CASE prokind WHEN 'a' THEN pg_get_function_result(p.oid) ELSE pg_get_functiondef(p.oid) END)
    FROM pg_proc p JOIN ns ON ns.oid = pronamespace
    WHERE NOT EXISTS (SELECT FROM member WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
  UNION ALL SELECT concat_ws(' ', 'type', t.oid::regtype, typtype, nullif(typbasetype, 0)::regtype, typtypmod, typnotnull, typdefault,
      (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
      (SELECT string_agg(pg_get_constraintdef(c.oid), ' ' ORDER BY conname) FROM pg_constraint c
        WHERE contypid = t.oid AND contype <> 'n'))
    FROM pg_type t JOIN ns ON ns.oid = typnamespace
    WHERE typtype IN ('d', 'e', 'r') AND NOT EXISTS (SELECT FROM member WHERE classid = 'pg_type'::regclass AND objid = t.oid)
)
SELECT 'schema', encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex') FROM line;`
