// Databases that restores kept or left beside the live one: how they are found, and how old they are.
import { quote } from '../core/shell.ts'
import type { Access } from '../databases/access.ts'
import { engineFor } from '../databases/engines.ts'

export interface Kept {
  /** Name on the server, or absolute path. */
  readonly name: string
  readonly bytes: number
  /** Milliseconds since 1970: when it was replaced. */
  readonly since: number
}

const pattern = (store: string) => `stw_(old|new)_[0-9]{14}_${store.replaceAll('-', '_')}`

/** Read-only; prints `<name>:<bytes>` a line or comma-separated. */
export function keptFragment(access: Access, store: string): string {
  if (access.kind === 'sqlite') {
    const directory = access.file.slice(0, access.file.lastIndexOf('/'))
    return `for sw_f in ${quote(directory)}/stw_*; do
  [ -f "$sw_f" ] || continue
  printf '%s:%s\\n' "$sw_f" "$(wc -c <"$sw_f" | tr -d ' ')"
done`
  }
  const live = access.database
  const wanted = `'^${pattern(store)}$'`
  const sql =
    access.kind === 'postgres'
      ? `SELECT coalesce(string_agg(datname || ':' || CASE WHEN has_database_privilege(datname, 'CONNECT') THEN pg_database_size(datname) ELSE 0 END, ','), '-') FROM pg_database WHERE datname ~ ${wanted}`
      : `SELECT COALESCE(GROUP_CONCAT(CONCAT(s.schema_name, ':', (SELECT COALESCE(SUM(t.data_length + t.index_length), 0) FROM information_schema.tables t WHERE t.table_schema = s.schema_name))), '-') FROM information_schema.schemata s WHERE s.schema_name REGEXP ${wanted}`
  return engineFor(access).query(access, live, sql)
}

/** What is none of this store's is left out. */
export function parseKept(output: string, store: string): readonly Kept[] {
  const ours = new RegExp(`(?:^|/)${pattern(store)}(?:\\.sqlite)?$`)
  return output.split(/[\n,]/).flatMap((entry): Kept[] => {
    const at = entry.lastIndexOf(':')
    const name = entry.slice(0, at).trim()
    if (at < 0 || !ours.test(name)) return []
    return [{ name, bytes: Number(entry.slice(at + 1)), since: timeOf(name) }]
  })
}

function timeOf(name: string): number {
  const [, year, month, day, hour, minute, second] =
    /stw_(?:old|new)_(....)(..)(..)(..)(..)(..)_/.exec(name) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
