// The port to a place for backup sets. Adapters in destinations/ pass one contract suite (test/contracts/destination-contract.ts).
import type { Readable } from 'node:stream'

/** Paths are relative to the destination, with "/" between, without "." and ".."; the adapter refuses others. */
export interface Destination {
  readonly name: string
  /** For people: `sftp://backup@nas.example:22/volume1/backup`. */
  readonly title: string
  /** What lies right below `directory` ('' is the top); none when it does not exist. Temporary names of `write` are
   *  not among them. */
  list(directory: string): Promise<readonly Entry[]>
  /** A small document whole; undefined when there is none. */
  readText(path: string): Promise<string | undefined>
  /** Replaces a small document: a temporary name, synced where the protocol can, then renamed over the old one; mode 0600. */
  writeText(path: string, content: string): Promise<void>
  /** The bytes from `from` on. The stream fails when the connection does: a short read is never the end. */
  read(path: string, options?: { readonly from?: number; readonly signal?: AbortSignal }): Promise<Readable>
  /** Brings a file there under a temporary name (`.part-<first 12 of sha256>-<name>`), goes on where an earlier attempt with the
   *  same hash broke off, compares the size, and renames; makes missing directories; mode 0600. Rejects, and leaves no file of
   *  the final name, when anything goes wrong. */
  write(path: string, source: Source, options?: WriteOptions): Promise<void>
  /** SHA-256 and size of what lies there, from the destination's own disk: hashed there, or read back. */
  hash(path: string, options?: { readonly signal?: AbortSignal }): Promise<Hashed>
  /** Removes a file or a whole directory; nothing when it is gone. Works on a full disk. */
  remove(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Free bytes; undefined when the destination cannot say. */
  free(): Promise<number | undefined>
  /** Removes temporary files of `write` that nobody has touched for this long. Returns how many. */
  sweep(olderThanMs: number): Promise<number>
  close(): Promise<void>
}

export interface Entry {
  readonly name: string
  /** 'other': a link, which is never followed, or whatever else a disk can hold. */
  readonly kind: 'file' | 'directory' | 'other'
  readonly bytes: number
  /** Milliseconds since 1970, by the destination's clock. */
  readonly changedAt: number
}

export interface Source {
  readonly bytes: number
  readonly sha256: string
  /** The bytes from `from` on. */
  open(from: number): Promise<Readable>
}

export interface WriteOptions {
  readonly signal?: AbortSignal
  /** Bytes that lie there so far. */
  readonly onProgress?: (done: number) => void
}

export interface Hashed {
  readonly sha256: string
  readonly bytes: number
  readonly how: 'hashed-there' | 'read-back'
}
