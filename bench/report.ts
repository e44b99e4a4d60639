// What every bench gives back, and how it is shown.
import { cpus, release, totalmem, type } from 'node:os'

export type Cell = string | number | boolean | null

export interface Goal {
  readonly name: string
  /** null: it could not be measured, and so it was not met. */
  readonly measured: number | null
  readonly goal: string
  readonly met: boolean
}

export interface BenchReport {
  readonly bench: string
  readonly machine: string
  readonly rows: readonly Readonly<Record<string, Cell>>[]
  readonly goals: readonly Goal[]
}

export interface Bench {
  /** What it takes beside --json. */
  readonly flags?: readonly string[]
  run(options: { readonly json: boolean; readonly flags: readonly string[] }): Promise<BenchReport>
}

export function machine(): string {
  const all = cpus()
  return `${all.length} x ${all[0]?.model.trim() ?? 'unknown CPU'}, ${Math.round(totalmem() / 1e9)} GB, ${type()} ${release()}, Node ${process.versions.node}`
}

/** Columns are the keys of all rows, in the order of their first appearance; numbers stand to the right. */
export function formatTable(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const keys = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const cell = (value: Cell | undefined): string =>
    value === undefined || value === null ? '-' : String(value)
  const widths = keys.map(key => Math.max(key.length, ...rows.map(row => cell(row[key]).length)))
  const line = (values: readonly string[], right: (index: number) => boolean): string =>
    values
      .map((value, index) =>
        right(index) ? value.padStart(widths[index] ?? 0) : value.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const numeric = keys.map(key => rows.every(row => typeof row[key] !== 'string'))
  return [
    line(keys, index => numeric[index] ?? false),
    line(
      widths.map(width => '-'.repeat(width)),
      () => false,
    ),
    ...rows.map(row =>
      line(
        keys.map(key => cell(row[key])),
        index => numeric[index] ?? false,
      ),
    ),
  ].join('\n')
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
