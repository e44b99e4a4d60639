// Whether a SQLite file is sound, and a copy of its files as they are when it is not.
import { quote } from '../../core/shell.ts'
import type { FileAccess } from '../access.ts'
import { copyLibrary } from './copy.ts'
import { programLibrary } from './program.ts'
import { rawLibrary } from './raw.ts'

export interface SqliteLook {
  readonly integrity: 'ok' | 'damaged' | 'unknown'
  /** What SQLite said, when it is not ok. */
  readonly said: readonly string[]
  readonly bytes?: number
  readonly pages?: number
  /** Pages that hold nothing. */
  readonly free?: number
}

function library(access: FileAccess): string {
  return programLibrary(access) + copyLibrary + rawLibrary
}

/** Read-only; for parseSqliteLook. `quick`: without comparing indexes with their tables. */
export function sqliteLookFragment(access: FileAccess, quick: boolean): string {
  const file = quote(access.file)
  return `${library(access)}[ -f ${file} ] || sw_problem missing ${file}
sw_integrity ${file} ${quick ? 'quick_check' : 'integrity_check'} >"$sw_tmp/look"
sed '1s/^/integrity /; 2,$s/^/said /' "$sw_tmp/look"
printf 'bytes %s\\n' "$(wc -c <${file})"
if sw_may_read ${file}; then
  printf 'pages %s\\n' "$(sw_sqlite ${file} 'PRAGMA page_count' || :)"
  printf 'free %s\\n' "$(sw_sqlite ${file} 'PRAGMA freelist_count' || :)"
fi
`
}

export function parseSqliteLook(output: string): SqliteLook {
  const values = output.split('\n').map(line => [line.split(' ')[0] ?? '', line.slice(line.indexOf(' ') + 1)])
  const first = (key: string) => values.find(([name]) => name === key)?.[1]?.trim()
  const count = (key: string) => (/^\d+$/.test(first(key) ?? '') ? { [key]: Number(first(key)) } : {})
  const integrity = first('integrity')
  return {
    integrity: integrity === 'ok' || integrity === 'damaged' ? integrity : 'unknown',
    said: values.flatMap(([key, value = '']) => (key === 'said' ? [value] : [])),
    ...count('bytes'),
    ...count('pages'),
    ...count('free'),
  }
}

/** Copies the files into the directory `to` and writes what integrity_check says about them to `<to>.integrity`. */
export function sqliteShadowFragment(access: FileAccess, to: string): string {
  const file = quote(access.file)
  const name = access.file.slice(access.file.lastIndexOf('/') + 1)
  return `${library(access)}[ -f ${file} ] || sw_problem missing ${file}
rm -rf ${quote(to)}
mkdir -p ${quote(to)}
sw_integrity ${file} >${quote(`${to}.integrity`)}
sw_raw ${file} ${quote(`${to}/${name}`)}
`
}
