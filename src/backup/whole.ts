// Whether the parts of sets still lie at a destination, told by names and sizes alone: a look, where reading them again takes hours.
import { type Text, text } from '../core/lang.ts'
import type { Destination, Entry } from './destination.ts'
import { parentOf } from './destinations/path.ts'
import type { Naming } from './naming.ts'
import { type StoredSet, storedFiles } from './set.ts'

export interface Whole {
  /** What lacks a part counts for nothing here, whatever was proven once. */
  readonly sets: readonly StoredSet[]
  readonly lost: readonly { readonly set: string; readonly what: Text }[]
}

/** Rejects with ProblemError when the destination cannot be read. */
export async function wholeSets(
  destination: Destination,
  naming: Naming,
  sets: readonly StoredSet[],
): Promise<Whole> {
  const seen = new Map<string, readonly Entry[]>()
  const whole: StoredSet[] = []
  const lost: { set: string; what: Text }[] = []
  for (const set of sets) {
    const missing: Text[] = []
    for (const { file, bytes } of set.manifest.parts.flatMap(storedFiles)) {
      const directory = parentOf(naming.path(set.class, set.id, file))
      const entries = seen.get(directory) ?? (await destination.list(directory))
      seen.set(directory, entries)
      const entry = entries.find(({ name, kind }) => name === file && kind === 'file')
      if (entry?.bytes !== bytes) missing.push(faultOf(set, destination.name, { file, bytes }, entry))
    }
    lost.push(...missing.map(what => ({ set: set.id, what })))
    whole.push(missing.length > 0 && set.state !== 'suspect' ? { ...set, state: 'stored' } : set)
  }
  return { sets: whole, lost }
}

function faultOf(
  { id }: StoredSet,
  destination: string,
  { file, bytes }: { readonly file: string; readonly bytes: number },
  entry: Entry | undefined,
): Text {
  const [en, de] = [`set ${id} at ${destination}`, `Satz ${id} bei ${destination}`]
  return entry
    ? text(
        `${en}: ${file} has ${entry.bytes} bytes instead of ${bytes}`,
        `${de}: ${file} hat ${entry.bytes} statt ${bytes} Bytes`,
      )
    : text(`${en}: ${file} is gone`, `${de}: ${file} fehlt`)
}
