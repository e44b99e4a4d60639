// What every database kind can do, as sh fragments for the host that has its tools. Pure: data in, text out. The fragments run
// inside a step (see ScriptContext of src/engine/step.ts), after `streamLibrary` of stream.ts.
import type { Access } from './access.ts'
import type { DumpFormat } from './facts.ts'

export interface DumpProps {
  readonly access: Access
  /** Absolute path without the endings of stream.ts, such as `<set>/db-main.dump`. The fragment makes
   *  `sw_packed "<out>"` (see stream.ts) with the dump and `<out>.facts` with the facts of facts.ts. */
  readonly out: string
  readonly format: DumpFormat
  readonly fingerprint: 'content' | 'rows'
  /** Query with one value: the version of the schema. */
  readonly schemaVersion?: string
}

export interface RestoreProps {
  readonly access: Access
  /** Database to make, or absolute path of the file to make; refused when it exists. */
  readonly target: string
  /** Absolute path of the packed dump on the host, endings included. */
  readonly from: string
  readonly format: DumpFormat
  /** Real restores keep owners and grants; a drill leaves them out. */
  readonly owners: boolean
  /** Seconds. */
  readonly timeout: number
}

export interface DatabaseEngine {
  readonly kind: 'postgres' | 'mysql' | 'sqlite'
  /** Programs that a dump and a restore need: any one of each inner list will do. */
  readonly tools: readonly (readonly string[])[]
  /** Ending of the plain dump: `dump`, `sql`, `sqlite`. */
  readonly ending: (format: DumpFormat) => string
  /** Dumps from one snapshot and takes the facts inside the same one. Ends with 0 only for a complete dump: every exit code was
   *  awaited, the engine's own completeness gate passed. Reports sw_problem: `tool NAME`, `connect TEXT`, `version TEXT`,
   *  `dump CODE TEXT`, `incomplete TEXT`, `missing PATH`. Tells by sw_data: `lock-ms MS` (MySQL: how long writes waited), `orphans
   *  COUNT|unknown` (SQLite: rows that refer to none). */
  dump(props: DumpProps): string
  /** Facts of a live database into `<out>`, in a snapshot of its own. Read-only. */
  facts(props: Omit<DumpProps, 'format'>): string
  /** Prints one line to standard output: what tells this very database from every other, production's from a drill's:
   *  `<server identity>/<name>`. Read-only. */
  identity(access: Access): string
  /** Signs in as a dump does and looks whether its version and its rights are enough, without reading rows. Reports `tool`, `connect`,
   *  `version` and `missing` as dump does, and `rights TEXT`. */
  ready(access: Access): string
  /** Makes `target` and loads the dump into it; on failure `target` is gone again. Stops at the first error inside the dump.
   *  Reports `exists TARGET`, `load CODE TEXT`, and those of dump. */
  restore(props: RestoreProps): string
  /** Prints `yes` or `no`: whether the live database exists where its server, or its disk, answers. Read-only. Reports `tool` and
   *  `connect` as dump does: then nobody knows. */
  present(access: Access): string
  /** Puts `beside` (made by restore) in the place of the live database, which stays as `old`; connections of the app are ended
   *  or go on with the new content, never with a mix. Where no live one exists, `beside` takes its name, and `old` holds nothing. A
   *  SQLite file that is damaged stays as it is, as `old`. Safe to run again after half of it. Reports `swap CODE TEXT`. */
  swap(access: Access, beside: string, old: string): string
  /** Takes a swap back: `old` is live again, or none where there was none; `beside` holds what was live. Safe to run twice, and
   *  without a swap before. */
  unswap(access: Access, beside: string, old: string): string
  /** Removes a database made by restore or left by swap; nothing when it is gone. Refuses every name but `stw_*`.
   *  Reports `refused NAME`, `drop CODE TEXT`. */
  drop(access: Access, target: string): string
  /** Removes scratch databases whose name begins with `prefix` (at least `stw_drill_`) and that nobody is connected to.
   *  Reports as `drop` does. */
  sweep(access: Access, prefix: string): string
  /** Runs one query on `target` and prints its single value and a newline. Read-only session. No row, several rows or several
   *  columns are a failure. Reports `query CODE TEXT`. */
  query(access: Access, target: string, sql: string): string
}
