// Where the files of a set lie at a destination: two profiles, both readable without Stellwerk.
import type { Entry } from './destination.ts'

export type Document =
  | 'manifest.json'
  | 'SHA256SUMS'
  | 'RESTORE.md'
  | 'verified.json'
  | 'drilled.json'
  | 'accepted.json'

/** How a part is called: what it holds and the endings of its packing. */
export interface PartName {
  /** A database or a store of files. */
  readonly of: 'db' | 'files'
  readonly store: string
  /** Such as `dump.zst.age`. */
  readonly ending: string
}

export interface Naming {
  /** Whose sets these are. */
  readonly owner: { readonly app: string; readonly environment: string }
  /** Directory below the destination that holds the directories of the classes; '' is the top. */
  readonly top: string
  /** Directory below the destination that holds the sets of a class. */
  classDirectory(setClass: string): string
  /** Name of the file of a part, without directories. */
  partFile(id: string, part: PartName): string
  /** Path below the destination of a file of the set. */
  path(setClass: string, id: string, file: string): string
  documentFile(id: string, document: Document): string
  /** Name of a file beside a part that holds the sum of that part alone, `<sha256>  <file>`; none where SHA256SUMS is enough. */
  sumFile(file: string): string | undefined
  /** Ids of the sets of a class whose files these are, whole or not, with the names of their files. `entries`: what lies in
   *  classDirectory. With a directory a set, the names are not known yet: an empty list. */
  setsIn(
    entries: readonly { readonly name: string; readonly kind: Entry['kind'] }[],
  ): ReadonlyMap<string, readonly string[]>
  /** Where only the time tells sets apart, several apps may write side by side: a file of its own says that an app is about to use a
   *  second. Absent: every set has a place of its own. */
  readonly claim?: {
    fileOf(id: string): string
    /** Whether a file of classDirectory has the second of this set, whoever wrote it. */
    touches(id: string, file: string): boolean
  }
  /** What is removed to remove a set: paths below the destination, the manifest first. */
  pathsOf(setClass: string, id: string, files: readonly string[]): readonly string[]
}
