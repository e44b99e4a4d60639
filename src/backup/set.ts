// A backup set: all stores of one moment. The manifest is written last, by rename: a directory without one is no backup.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { name } from '../config/schema/scalar.ts'
import { type Text, text } from '../core/lang.ts'
import { databaseFacts } from '../databases/facts.ts'

/** Names of sets are UTC, so they sort and never repeat an hour: `20261025T000000Z-4f1a`. */
export const setIdPattern = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/

/** Whether it is the name of a set, with a time that exists. */
export function isSetId(name: string): boolean {
  const time = setIdPattern.test(name) ? setTime(name) : Number.NaN
  return !Number.isNaN(time) && setId(new Date(time), new Uint8Array(2)).slice(0, 16) === name.slice(0, 16)
}

/** `random` holds at least two bytes. */
export function setId(now: Date, random: Uint8Array): string {
  const time = now.toISOString().replaceAll(/[-:]/g, '').replace(/\.\d+/, '')
  return `${time}-${Buffer.from(random).toString('hex').slice(0, 4)}`
}

/** Milliseconds since 1970 that a set is named after. */
export function setTime(id: string): number {
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)T(..)(..)(..)Z/.exec(id) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** Clocks of two machines never agree to the second. */
export const skew = 5 * 60_000

/** A clock was wrong when it was made: until its day comes it would be the newest of all, so it counts for nothing. */
export function isFuture({ id }: { readonly id: string }, now: Date): boolean {
  return setTime(id) > now.getTime() + skew
}

/** Facts of a store of files. */
export const fileFacts = z.object({
  /** Files with a sum. */
  files: z.number().int().min(0),
  /** Bytes before packing. */
  bytes: z.number().int().min(0),
  links: z.number().int().min(0),
  directories: z.number().int().min(0),
  /** SHA-256 of the list of files, sorted: `<sha256>  <path>` a line, as sha256sum writes it. */
  digest: z.string(),
  /** Files beside those that did not stand still while they were saved: they are in the archive without a promise. Absent: none. */
  moved: z.number().int().min(0).optional(),
  /** Files of a SQLite database as they are: what integrity_check said, `ok`, `damaged` or `unknown` first. */
  integrity: z.array(z.string()).optional(),
})
export type FileFacts = z.infer<typeof fileFacts>

const storedFile = {
  /** Name of the file at the destination, without directories. */
  file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  /** Bytes and SHA-256 of that file. */
  bytes: z.number().int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
}

const partCommon = {
  /** Name of the database or of the store of files in stellwerk.yaml. Files are unpacked below it, so it is never a path. */
  store: name,
  ...storedFile,
  compression: z.enum(['zstd', 'gzip', 'none']),
  encrypted: z.boolean(),
  /** Host that made it. */
  host: z.string(),
  /** Milliseconds it took. */
  ms: z.number().min(0),
}

export const part = z.discriminatedUnion('kind', [
  z.object({
    ...partCommon,
    kind: z.enum(['postgres', 'mysql', 'sqlite']),
    format: z.enum(['custom', 'plain', 'file']),
    facts: databaseFacts,
  }),
  z.object({
    ...partCommon,
    kind: z.literal('files'),
    facts: fileFacts,
    /** The list behind `digest`, packed as the part is: sets of Stellwerk 0.1 have none. */
    sums: z.object(storedFile).optional(),
  }),
])
export type Part = z.infer<typeof part>

/** Everything that lies at the destination for a part: itself, and the list of sums of a store of files. */
export function storedFiles(part: Part): readonly Pick<Part, 'file' | 'bytes' | 'sha256'>[] {
  return part.kind === 'files' && part.sums ? [part, part.sums] : [part]
}

export const manifest = z.object({
  schema: z.literal('stellwerk.backup-set/1'),
  id: z.string().regex(setIdPattern),
  app: z.string(),
  environment: z.string(),
  /** daily, pre-deploy, manual, safety, shadow, or a name of `schedule`. */
  class: z.string(),
  /** ISO 8601, UTC: when the first dump began. */
  createdAt: z.string(),
  /** When the last dump was complete. */
  finishedAt: z.string(),
  run: z.string(),
  by: z.string(),
  /** Version of Stellwerk. */
  stellwerk: z.string(),
  /** The release that was live. */
  release: z.object({ id: z.string(), version: z.string(), gitSha: z.string() }).optional(),
  /** For a pre-deploy set: the release that is about to come. */
  before: z.string().optional(),
  parts: z.array(part).min(1),
  /** What does not fit the sets before it, in words. A suspect set counts for nothing but as evidence, until a person accepts it. */
  suspicions: z.array(z.object({ en: z.string(), de: z.string() })),
  /** Stores that could not be saved, and why: what is there is evidence. Absent: every store is there. */
  missing: z.array(z.object({ store: name, why: z.object({ en: z.string(), de: z.string() }) })).optional(),
})
export type Manifest = z.infer<typeof manifest>

/** Files of a damaged database are evidence; no consent makes a backup of them. */
export function holdsRaw({ parts }: Manifest): boolean {
  return parts.some(one => one.kind === 'files' && one.facts.integrity !== undefined)
}

/** A set that lacks a store is no backup of the moment it names, whatever a person says. */
export function isPartial({ missing = [] }: Manifest): boolean {
  return missing.length > 0
}

/** What a proof is about: without it, a proof would speak for whatever lies beside it. Proofs of Stellwerk 0.1 have none. */
const bound = {
  set: z.string().optional(),
  /** SHA-256 of manifest.json, byte by byte. */
  manifest: z.string().optional(),
}

/** SHA-256 of the text of a manifest. */
export function manifestHash(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Written beside the manifest once every part was read again at the destination and had its SHA-256. */
export const verified = z.object({
  schema: z.literal('stellwerk.verified/1'),
  ...bound,
  at: z.string(),
  run: z.string(),
  /** Whether the destination hashed it or it was read back. */
  how: z.enum(['hashed-there', 'read-back']),
  bytes: z.number(),
})
export type Verified = z.infer<typeof verified>

/** Written beside the manifest after a drill that was green. */
export const drilled = z.object({
  schema: z.literal('stellwerk.drilled/1'),
  ...bound,
  at: z.string(),
  run: z.string(),
  host: z.string(),
  /** Milliseconds: download to the last check. */
  rto: z.number(),
  /** Milliseconds: age of the set when the drill began. */
  rpo: z.number(),
})
export type Drilled = z.infer<typeof drilled>

/** Written beside the manifest of a suspect set once a person has looked: it is right as it is, and what comes is compared with it. */
export const accepted = z.object({
  schema: z.literal('stellwerk.accepted/1'),
  by: z.string().min(1),
  at: z.string(),
  reason: z.string().min(1),
})
export type Accepted = z.infer<typeof accepted>

export type SetState = 'stored' | 'verified' | 'drilled' | 'suspect'

/** One set at one destination, as its files there say. */
export interface StoredSet {
  readonly id: string
  readonly class: string
  readonly state: SetState
  readonly manifest: Manifest
  /** Of the manifest as it lies there. */
  readonly hash: string
  /** A proof lies there and counts for nothing: it names no manifest, as those of Stellwerk 0.1, or another than the one beside it. */
  readonly unbound?: 'older' | 'another'
  readonly verified?: Verified
  readonly drilled?: Drilled
  readonly accepted?: Accepted
  /** Names of its files, as Naming.setsIn knows them. */
  readonly files: readonly string[]
}

/** Why a set that was called verified is not. */
export function unboundText({ id, unbound, manifest }: StoredSet): Text | undefined {
  const verify = `stellwerk backup verify ${manifest.environment} ${id}`
  switch (unbound) {
    case undefined:
      return undefined
    case 'older':
      return text(
        `its proof is of an older Stellwerk and names no manifest; to prove it anew: ${verify}`,
        `sein Beweis stammt von einem älteren Stellwerk und nennt kein Manifest; neu beweisen: ${verify}`,
      )
    case 'another':
      return text(
        'its manifest is not the one that was verified: somebody changed it',
        'sein Manifest ist nicht das, das verifiziert wurde: Jemand hat es geändert',
      )
  }
}

/** What lies at a destination under the name of a set but is none: no manifest, or one that cannot be read. */
export interface BrokenSet {
  readonly id: string
  readonly class: string
  readonly why: 'no manifest' | 'manifest cannot be read'
  /** Milliseconds since 1970 of its newest file. */
  readonly changedAt: number
  /** Names of its files, as Naming.setsIn knows them. */
  readonly files: readonly string[]
}
