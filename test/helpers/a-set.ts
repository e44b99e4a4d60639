// Backup sets for tests: what is not said is ordinary.
import { type Manifest, type Part, type StoredSet, setId, type Verified } from '../../src/backup/set.ts'
import type { DatabaseFacts, TableFacts } from '../../src/databases/facts.ts'

type DatabasePart = Extract<Part, { format: unknown }>
type FilesPart = Extract<Part, { kind: 'files' }>

export function aTable(name: string, rows: number, fingerprint = `${name}:${rows}`): TableFacts {
  return { name, rows, fingerprint }
}

export function databaseFacts(overrides: Partial<DatabaseFacts> = {}): DatabaseFacts {
  return {
    server: '15.18',
    tool: '15.18',
    identity: '7312/shop',
    snapshotAt: '2026-11-20T01:00:00Z',
    exact: true,
    schema: 'a'.repeat(64),
    version: '42',
    tables: [aTable('public.orders', 5000), aTable('public.users', 1000)],
    ...overrides,
  }
}

const common = {
  bytes: 100_000,
  sha256: 'b'.repeat(64),
  compression: 'zstd',
  encrypted: false,
  host: 'web1',
  ms: 1200,
} as const

export function aDatabase(overrides: Partial<DatabasePart> = {}): DatabasePart {
  const store = overrides.store ?? 'main'
  return {
    ...common,
    store,
    file: `db-${store}.dump.zst`,
    kind: 'postgres',
    format: 'custom',
    facts: databaseFacts(),
    ...overrides,
  }
}

export function filesOf(overrides: Partial<FilesPart> = {}): FilesPart {
  const store = overrides.store ?? 'uploads'
  const facts = { files: 200, bytes: 4_000_000, links: 0, directories: 12, digest: 'c'.repeat(64) }
  return { ...common, store, file: `files-${store}.tar.zst`, kind: 'files', facts, ...overrides }
}

export function aManifest(overrides: Partial<Manifest> = {}): Manifest {
  return {
    schema: 'stellwerk.backup-set/1',
    id: '20261120T010000Z-4f1a',
    app: 'shop',
    environment: 'production',
    class: 'daily',
    createdAt: '2026-11-20T01:00:00Z',
    finishedAt: '2026-11-20T01:01:00Z',
    run: '20261120_010000-backup-1f3a9c',
    by: 'anna',
    stellwerk: '0.1.0',
    parts: [aDatabase(), filesOf()],
    suspicions: [],
    ...overrides,
  }
}

export const aProof: Verified = {
  schema: 'stellwerk.verified/1',
  at: '2026-11-20T01:02:00Z',
  run: '20261120_010000-backup-1f3a9c',
  how: 'hashed-there',
  bytes: 200_000,
}

/** A set of `at`; its drill, if there was one, ended an hour later. */
export function aSet(
  at: string,
  { class: setClass = 'daily', state = 'verified', ...rest }: Partial<StoredSet> = {},
): StoredSet {
  const id = rest.id ?? setId(new Date(at), new Uint8Array(2))
  const drilled = {
    schema: 'stellwerk.drilled/1',
    at: new Date(Date.parse(at) + 3_600_000).toISOString(),
    run: '20261120_020000-drill-1f3a9c',
    host: 'staging',
    rto: 60_000,
    rpo: 3_600_000,
  } as const
  return {
    id,
    class: setClass,
    state,
    manifest: aManifest({ id, class: setClass }),
    hash: 'd'.repeat(64),
    files: [],
    ...(state === 'stored' ? {} : { verified: aProof }),
    ...(state === 'drilled' ? { drilled } : {}),
    ...rest,
  }
}
