// What lies at one destination, as its files say. A destination that cannot be read rejects: no answer is not an empty one.
import type { z } from 'zod'
import type { Destination, Entry } from './destination.ts'
import type { Document, Naming } from './naming.ts'
import {
  accepted,
  type BrokenSet,
  drilled,
  holdsRaw,
  isPartial,
  isSetId,
  type Manifest,
  manifest,
  manifestHash,
  type SetState,
  type StoredSet,
  storedFiles,
  type Verified,
  verified,
} from './set.ts'

export interface Catalogue {
  /** Newest first. */
  readonly sets: readonly StoredSet[]
  /** Newest first. */
  readonly broken: readonly BrokenSet[]
  /** Paths of what lies between our sets and is none of ours. */
  readonly strangers: readonly string[]
}

/** Classes are found by listing: what is no longer configured still lies there. `classes`: only these. */
export async function readCatalogue(
  destination: Destination,
  naming: Naming,
  classes?: readonly string[],
): Promise<Catalogue> {
  const asked = (await destination.list(naming.top)).filter(({ name }) => classes?.includes(name) ?? true)
  const directories = asked.filter(({ name, kind }) => kind === 'directory' && isClass(name))
  // A class behind a link is not read, and must not look like none.
  const found: Found[] = asked
    .filter(({ kind }) => kind !== 'directory')
    .map(({ name }) => ({ stranger: naming.top === '' ? name : `${naming.top}/${name}` }))
  await atMost(limit, directories, async ({ name }) => {
    found.push(...(await readClass(destination, naming, name)))
  })
  return {
    sets: found.flatMap(one => one.set ?? []).toSorted(newestFirst),
    broken: found.flatMap(one => one.broken ?? []).toSorted(newestFirst),
    strangers: found.flatMap(one => one.stranger ?? []).toSorted(),
  }
}

/** Questions to a destination at a time. */
const limit = 4

interface Found {
  readonly set?: StoredSet
  readonly broken?: BrokenSet
  readonly stranger?: string
}

interface Place {
  readonly class: string
  readonly id: string
  readonly files: readonly string[]
}

async function readClass(
  destination: Destination,
  naming: Naming,
  setClass: string,
): Promise<readonly Found[]> {
  const directory = naming.classDirectory(setClass)
  const entries = await destination.list(directory)
  const sets = naming.setsIn(entries)
  const known = new Set([...sets.keys(), ...[...sets.values()].flat()])
  // A directory without a single set is somebody else's, and so is what lies there.
  const found: Found[] =
    sets.size === 0
      ? []
      : entries
          .filter(({ name }) => !known.has(name))
          .map(({ name }) => ({ stranger: `${directory}/${name}` }))
  await atMost(limit, [...sets], async ([id, files]) => {
    found.push(...(await readSet(destination, naming, { class: setClass, id, files }, entries)))
  })
  return found
}

async function readSet(
  destination: Destination,
  naming: Naming,
  place: Place,
  entries: readonly Entry[],
): Promise<readonly Found[]> {
  const read = (document: Document) =>
    destination.readText(naming.path(place.class, place.id, naming.documentFile(place.id, document)))
  const content = await read('manifest.json')
  if (content === undefined) return withoutManifest(destination, naming, place, entries)
  const parsed = parse(manifest, content)
  if (parsed && !isOurs(parsed, naming)) return strangers(naming, place)
  if (!parsed || parsed.id !== place.id || parsed.class !== place.class)
    return [await broken(destination, naming, place, entries, 'manifest cannot be read')]
  const hash = manifestHash(content)
  const proofs = { verified: await read('verified.json'), drilled: await read('drilled.json') }
  const about = { set: parsed.id, manifest: hash }
  const [proof, drill] = [
    boundTo(about, parse(verified, proofs.verified)),
    boundTo(about, parse(drilled, proofs.drilled)),
  ]
  const unbound = proof.unbound ?? drill.unbound
  // Nobody can accept what nobody doubted.
  const doubtful = parsed.suspicions.length > 0 && !holdsRaw(parsed) && !isPartial(parsed)
  const consent = doubtful ? parse(accepted, await read('accepted.json')) : undefined
  const files = filesOf(parsed, naming, place)
  return [
    // Whoever else used the same second: what is theirs is not removed with ours.
    ...strangersAmong(naming, place, files),
    {
      set: {
        ...place,
        files,
        state: stateOf({
          doubted: isPartial(parsed) || (parsed.suspicions.length > 0 && !consent),
          verified: proof.proof !== undefined,
          drilled: drill.proof !== undefined,
        }),
        manifest: parsed,
        hash,
        ...(unbound ? { unbound } : {}),
        ...(proof.proof ? { verified: proof.proof } : {}),
        ...(drill.proof ? { drilled: drill.proof } : {}),
        ...(consent ? { accepted: consent } : {}),
      },
    },
  ]
}

/** A proof of this very manifest, or why it is none. */
function boundTo<P extends Pick<Verified, 'set' | 'manifest'>>(
  about: { readonly set: string; readonly manifest: string },
  proof: P | undefined,
): { readonly proof?: P; readonly unbound?: 'older' | 'another' } {
  if (!proof) return {}
  if (proof.manifest === undefined) return { unbound: 'older' }
  const same = proof.manifest === about.manifest && proof.set === about.set
  return same ? { proof } : { unbound: 'another' }
}

const documents: readonly Document[] = [
  'manifest.json',
  'SHA256SUMS',
  'RESTORE.md',
  'verified.json',
  'drilled.json',
  'accepted.json',
]

/** Of the files that have the time of a set, those that its manifest and its naming know. */
function filesOf({ id, parts }: Manifest, naming: Naming, { files }: Place): readonly string[] {
  const stored = parts.flatMap(storedFiles).flatMap(({ file }) => [file, naming.sumFile(file) ?? file])
  const written = documents.map(document => naming.documentFile(id, document))
  const known = new Set([...stored, ...written, ...written.map(file => `${file}.withdrawn`)])
  const claim = naming.claim?.fileOf(id)
  return files.filter(file => known.has(file) || file === claim)
}

function strangersAmong(naming: Naming, place: Place, own: readonly string[]): readonly Found[] {
  return place.files
    .filter(file => !own.includes(file))
    .map(file => ({ stranger: `${naming.classDirectory(place.class)}/${file}` }))
}

/** Parts alone, under names that other tools use too, may be theirs; a document of ours shows that they are not. */
async function withoutManifest(
  destination: Destination,
  naming: Naming,
  place: Place,
  entries: readonly Entry[],
): Promise<readonly Found[]> {
  const ours = (['SHA256SUMS', 'RESTORE.md', 'verified.json'] as const).some(document =>
    place.files.includes(naming.documentFile(place.id, document)),
  )
  const claimed = naming.claim !== undefined && place.files.includes(naming.claim.fileOf(place.id))
  if (place.files.length > 0 && !ours && !claimed) return strangers(naming, place)
  return [await broken(destination, naming, place, entries, 'no manifest')]
}

async function broken(
  destination: Destination,
  naming: Naming,
  place: Place,
  entries: readonly Entry[],
  why: BrokenSet['why'],
): Promise<Found> {
  const own = entries.filter(({ name }) => name === place.id || place.files.includes(name))
  const inside =
    place.files.length > 0 ? [] : await destination.list(naming.path(place.class, place.id, '').slice(0, -1))
  const changedAt = Math.max(...[...own, ...inside].map(entry => entry.changedAt))
  return { broken: { ...place, why, changedAt } }
}

function strangers(naming: Naming, { class: setClass, id, files }: Place): readonly Found[] {
  const names = files.length > 0 ? files : [id]
  return names.map(name => ({ stranger: `${naming.classDirectory(setClass)}/${name}` }))
}

/** A flat directory may be shared: what another app or environment keeps there is not for us to count, still less to remove. */
function isOurs({ app, environment }: Manifest, { owner }: Naming): boolean {
  return app === owner.app && environment === owner.environment
}

/** A doubt that nobody has settled outweighs every proof; a drill that was green proves more than a sum. */
function stateOf(about: {
  readonly doubted: boolean
  readonly verified: boolean
  readonly drilled: boolean
}): SetState {
  if (about.doubted) return 'suspect'
  if (about.drilled) return 'drilled'
  return about.verified ? 'verified' : 'stored'
}

function parse<S extends z.ZodType>(schema: S, content: string | undefined): z.infer<S> | undefined {
  if (content === undefined) return undefined
  try {
    return schema.safeParse(JSON.parse(content)).data
  } catch {
    return undefined
  }
}

function isClass(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,39}$/.test(name) && !isSetId(name)
}

interface Named {
  readonly id: string
  readonly class: string
}

/** Those of one moment by class, so that two readings agree. */
function newestFirst(a: Named, b: Named): number {
  if (a.id !== b.id) return a.id < b.id ? 1 : -1
  return a.class < b.class ? -1 : a.class > b.class ? 1 : 0
}

/** The first failure ends it. */
async function atMost<T>(count: number, items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  const lane = async () => {
    for (const item of queue) await act(item)
  }
  await Promise.all(Array.from({ length: count }, lane))
}
