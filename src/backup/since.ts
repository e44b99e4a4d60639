// What people wrote since a set was made: what going back to it costs.
import { type Text, text } from '../core/lang.ts'
import type { DatabaseFacts } from '../databases/facts.ts'

export interface TableSince {
  readonly table: string
  /** Rows more than in the set; fewer below zero. */
  readonly rows: number
  readonly state: 'both' | 'new' | 'gone'
}

export interface Since {
  readonly tables: readonly TableSince[]
  readonly schemaChanged: boolean
}

/** `saved`: of the manifest; `live`: now. Rows are counted, so a row that was only changed is not seen. */
export function since(saved: DatabaseFacts, live: DatabaseFacts): Since {
  const was = new Map(saved.tables.map(({ name, rows }) => [name, rows]))
  const is = new Map(live.tables.map(({ name, rows }) => [name, rows]))
  const tables = [...new Set([...was.keys(), ...is.keys()])].toSorted().flatMap((table): TableSince[] => {
    const [before, now] = [was.get(table), is.get(table)]
    if (before === undefined) return [{ table, rows: now ?? 0, state: 'new' }]
    if (now === undefined) return [{ table, rows: -before, state: 'gone' }]
    return before === now ? [] : [{ table, rows: now - before, state: 'both' }]
  })
  return { tables, schemaChanged: saved.schema !== live.schema }
}

export function sinceText({ tables, schemaChanged }: Since): Text {
  const list = (created: string, gone: string) =>
    tables
      .map(({ table, rows, state }) => {
        const count = `${table} ${rows < 0 ? '' : '+'}${rows}`
        return state === 'both' ? count : `${count} (${state === 'new' ? created : gone})`
      })
      .join(', ')
  const [en, de] = [list('new table', 'table is gone'), list('neue Tabelle', 'Tabelle fehlt')]
  const schema = schemaChanged ? ['; the schema changed', '; das Schema hat sich geändert'] : ['', '']
  return text(
    `${en === '' ? 'as many rows as then' : en}${schema[0]}`,
    `${de === '' ? 'so viele Zeilen wie damals' : de}${schema[1]}`,
  )
}
