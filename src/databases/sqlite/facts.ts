// Facts of a SQLite file, by SQL that sqlite3 and node:sqlite both understand.
import { quote } from '../../core/shell.ts'
import type { DumpProps } from '../engine.ts'

/** SQL for exactly this text. */
function sqlText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** A value with its type and length, so that neither NULL and 'null' nor two columns can pass for each other. Real numbers go in
 *  as their bits: how they look as text differs from version to version. `@` stands for the column. */
const cell = `CASE typeof(@) WHEN 'null' THEN 'n' WHEN 'integer' THEN 'i' || @ || ';' WHEN 'real' THEN 'r' || hex(ieee754_to_blob(@)) WHEN 'text' THEN 't' || length(CAST(@ AS BLOB)) || ':' || @ ELSE 'b' || length(@) || ':' || @ END`

/** The sum over all rows of four bytes of their hashes. SQL knows no way from bytes to a number but this: behind 0x43300000 they
 *  are the last bits of the real number 2^52. */
const limb = (from: number) =>
  `sum(CAST(ieee754_from_blob(CAST(x'43300000' || substr(h, ${from}, 4) AS BLOB)) AS INTEGER) - 4503599627370496)`

/** Answers with one SELECT for each table, which answers with the table's line of the facts; 'end' shows that nothing was cut. */
function tablesSql(fingerprint: DumpProps['fingerprint']): string {
  const identifier = (column: string) => `'"' || replace(${column}, '"', '""') || '"'`
  const label = `quote('table' || char(9) || replace(replace(replace(m.name, char(9), ' '), char(10), ' '), char(13), ' ') || char(9))`
  const row = `(SELECT group_concat(replace(${sqlText(cell)}, '@', ${identifier('p.name')}), ' || ') FROM pragma_table_info(m.name) AS p)`
  // LIMIT keeps SQLite from computing the hash once for every sum.
  const sums = `' || char(9) || ' || ${sqlText(`printf('%016x%016x', ${limb(1)}, ${limb(5)})`)} || ' FROM (SELECT sha3(CAST(' || ${row} || ' AS BLOB), 256) AS h FROM ' || ${identifier('m.name')} || ' LIMIT -1);'`
  const plain = `' FROM ' || ${identifier('m.name')} || ';'`
  return `SELECT * FROM (
SELECT 'SELECT ' || ${label} || ' || count(*)' || ${fingerprint === 'content' ? sums : plain}
FROM sqlite_master AS m
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.sql NOT LIKE 'CREATE VIRTUAL%'
ORDER BY m.name)
UNION ALL SELECT 'SELECT ''end'';'`
}

const schemaSql = `SELECT * FROM (SELECT type || ' ' || name || ' ' || tbl_name || ' ' || ifnull(sql, '') FROM sqlite_master
WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name) UNION ALL SELECT 'end'`

/** One value between colons behind the number of rows; two columns are an error of SQL. */
export function valueSql(query: string): string {
  return `WITH stw_answer(v) AS (${query.trim().replace(/;+\s*$/, '')}
) SELECT count(*) || ':' || ifnull(max(v), '') || ':' FROM stw_answer`
}

/** Defines
 *    sw_content FILE  prints the lines `schema` and `table` of the facts; reports `dump CODE TEXT`
 *    sw_value FILE SQL  prints the answer of valueSql; reports `query CODE TEXT`
 *    sw_identify FILE  prints the machine and the real path: the content may be replaced, a copy elsewhere is another database
 *  after programLibrary. */
export function factsLibrary(fingerprint: DumpProps['fingerprint']): string {
  return `sw_content() {
  sw_rc=0
  sw_answer=$(sw_sqlite "$1" ${quote(schemaSql)}) || sw_rc=$?
  [ "$sw_rc" = 0 ] || sw_sqlite_fail dump "$sw_rc"
  case $sw_answer in *end) ;; *) sw_problem incomplete "the schema was cut" ;; esac
  sw_answer=$(printf '%s' "$sw_answer" | tr -s ' \\t\\r\\n' ' ' | sha256sum) || sw_problem tool sha256sum
  printf 'schema\\t%s\\n' "\${sw_answer%% *}"
  sw_answer=$(sw_sqlite "$1" ${quote(tablesSql(fingerprint))}) || sw_rc=$?
  [ "$sw_rc" = 0 ] || sw_sqlite_fail dump "$sw_rc"
  case $sw_answer in *"SELECT 'end';") ;; *) sw_problem incomplete "the list of tables was cut" ;; esac
  sw_answer=$(sw_sqlite "$1" "$sw_answer") || sw_rc=$?
  [ "$sw_rc" = 0 ] || sw_sqlite_fail dump "$sw_rc"
  case $sw_answer in
  end) ;;
  *'
end') printf '%s\\n' "\${sw_answer%?end}" ;;
  *) sw_problem incomplete "the facts were cut" ;;
  esac
}
sw_value() {
  sw_rc=0
  sw_answer=$(sw_sqlite "$1" "$2") || sw_rc=$?
  [ "$sw_rc" = 0 ] || sw_sqlite_fail query "$sw_rc"
  case $sw_answer in
  1:*:)
    sw_answer=\${sw_answer#1:}
    printf '%s\\n' "\${sw_answer%:}"
    ;;
  *) sw_problem query 1 "the query must answer with one row" ;;
  esac
}
sw_identify() {
  sw_machine=$(cat /etc/machine-id 2>/dev/null || :)
  sw_real=$(readlink -f "$1" 2>/dev/null) || sw_real=$1
  printf '%s%s\\n' "\${sw_machine:-$(uname -n)}" "$sw_real"
}
`
}
