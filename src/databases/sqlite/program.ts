// The program that reads SQLite on a host: sqlite3, else a Node with node:sqlite. Both answer alike, to the byte.
import { quote } from '../../core/shell.ts'
import type { FileAccess } from '../access.ts'

/** What sqlite3 does, for node:sqlite: runs a script and prints rows as `a|b`, or copies a file into another by the backup API.
 *  The three functions are those of the sqlite3 program that facts.ts uses. */
const nodeProgram = `
const { DatabaseSync, backup } = require('node:sqlite')
const { hash } = require('node:crypto')
const [mode, file, from] = process.argv.slice(1)
const show = (value, db) =>
  value === null ? '' : typeof value === 'number' ? db.prepare('SELECT CAST(? AS TEXT) AS t').get(value).t
    : value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)
function query() {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 30000 })
  const pure = { deterministic: true }
  db.function('sha3', pure, (value, bits) => hash('sha3-' + bits, value, 'buffer'))
  db.function('ieee754_from_blob', pure, blob => Buffer.from(blob).readDoubleBE())
  db.function('ieee754_to_blob', pure, real => {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(real)
    return bytes
  })
  let sql = require('node:fs').readFileSync(0, 'utf8')
  while (sql.trim() !== '') {
    const statement = db.prepare(sql)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    for (const row of statement.iterate()) process.stdout.write(row.map(value => show(value, db)).join('|') + '\\n')
    sql = sql.slice(statement.sourceSQL.length)
  }
}
async function put() {
  const source = new DatabaseSync(from, { readOnly: true })
  const until = Date.now() + 10000
  for (;;) {
    try {
      await backup(source, file, { rate: 2147483647 })
      break
    } catch (error) {
      // It does not wait for a lock, and calls a busy file "not an error".
      if (![undefined, 0, 5, 6].includes(error.errcode)) throw error
      if (Date.now() > until) throw new Error('database is busy: ' + error.message)
      await new Promise(done => setTimeout(done, 3))
    }
  }
  new DatabaseSync(file, { timeout: 10000 }).exec('PRAGMA wal_checkpoint(TRUNCATE)')
}
function fail(error) {
  process.stderr.write('Error: ' + error.message + '\\n')
  process.exit(1)
}
try {
  if (mode === 'put') put().catch(fail)
  else query()
} catch (error) {
  fail(error)
}
`

/** Defines
 *    sw_sqlite FILE SQL       runs the SQL read-only and prints its rows; FILE must exist
 *    sw_sqlite_put FILE FROM  the content of FROM becomes that of FILE in one transaction; 1 and "busy" or "locked" when others use it
 *    sw_sqlite_fail KEY CODE  ends the step with what the program said last
 *  sqlite3 from 3.36 on has the functions that the facts need; Node from 24 on has node:sqlite with backup. */
export function programLibrary(access: FileAccess): string {
  const nodes = [...(access.node === undefined ? [] : [access.node]), 'node'].map(quote).join(' ')
  return `sw_node=${quote(nodeProgram)}
sw_with=
case $(sqlite3 --version 2>/dev/null) in
3.3[6-9].* | 3.[4-9][0-9].* | 3.[1-9][0-9][0-9].* | [4-9].*) sw_with=sqlite3 ;;
*)
  for sw_try in ${nodes}; do
    case $("$sw_try" --version 2>/dev/null) in v2[4-9].* | v[3-9][0-9].*) ;; *) continue ;; esac
    sw_with=$sw_try
    break
  done
  ;;
esac
[ -n "$sw_with" ] || sw_problem tool sqlite3
sw_sqlite() {
  if [ "$sw_with" = sqlite3 ]; then
    printf '%s\\n' "$2" | sqlite3 -init /dev/null -batch -bail -noheader -list -readonly -cmd '.timeout 30000' "$1" 2>"$sw_tmp/sqlite.said"
  else
    printf '%s\\n' "$2" | "$sw_with" --no-warnings -e "$sw_node" query "$1" 2>"$sw_tmp/sqlite.said"
  fi
}
sw_sqlite_put() {
  if [ "$sw_with" = sqlite3 ]; then
    sw_word=$(printf '%s' "$2" | sed 's/[\\\\"]/\\\\&/g')
    sqlite3 -init /dev/null -batch -bail -cmd '.timeout 10000' "$1" ".restore \\"$sw_word\\"" 'PRAGMA wal_checkpoint(TRUNCATE)' </dev/null >/dev/null 2>"$sw_tmp/sqlite.said"
  else
    "$sw_with" --no-warnings -e "$sw_node" put "$1" "$2" </dev/null >/dev/null 2>"$sw_tmp/sqlite.said"
  fi
}
sw_sqlite_fail() { sw_problem "$1" "$2" "$(tail -c 600 "$sw_tmp/sqlite.said" 2>/dev/null)"; }
`
}
