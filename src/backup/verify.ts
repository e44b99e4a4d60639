// Reads every part of a set again where it lies. What is still as the manifest says counts; what is not loses its proofs.
import { type Text, text } from '../core/lang.ts'
import { type Problem, ProblemError } from '../core/problem.ts'
import type { Destination } from './destination.ts'
import type { Naming } from './naming.ts'
import { type Part, type StoredSet, storedFiles, unboundText, type Verified } from './set.ts'

export interface VerifyProps {
  readonly destination: Destination
  readonly naming: Naming
  readonly set: StoredSet
  readonly run: string
  readonly now: () => Date
  readonly signal: AbortSignal
  readonly onPart?: (part: Part) => void
}

export interface Verification {
  readonly verdict: 'pass' | 'fail'
  readonly verified?: Verified
  /** Parts that are not what was stored. */
  readonly faults: readonly PartFault[]
}

export interface PartFault {
  readonly file: string
  readonly store: string
  readonly what: Text
}

/** Rejects with ProblemError when the destination cannot be read: then nothing is known, and nothing is changed. */
export async function verifySet(props: VerifyProps): Promise<Verification> {
  const { destination, naming, set, run, now, signal, onPart } = props
  const faults: PartFault[] = []
  let how: Verified['how'] = 'hashed-there'
  for (const part of set.manifest.parts) {
    onPart?.(part)
    for (const stored of storedFiles(part)) {
      const { file } = stored
      const there = await hashed(destination, naming.path(set.class, set.id, file), signal)
      if (there?.how === 'read-back') how = 'read-back'
      const what = faultOf(stored, there)
      if (what) faults.push({ file, store: part.store, what })
    }
  }
  // Nothing changes a manifest, so a person looks. Its proof stays: without it the next verification would believe what lies there.
  const changed = set.unbound === 'another' ? unboundText(set) : undefined
  if (changed) {
    const file = naming.documentFile(set.id, 'manifest.json')
    const what = text(`${file}: ${changed.en}`, `${file}: ${changed.de}`)
    return { verdict: 'fail', faults: [...faults, { file, store: '', what }] }
  }
  if (faults.length > 0) {
    await withdraw(props)
    return { verdict: 'fail', faults }
  }
  const bytes = set.manifest.parts.flatMap(storedFiles).reduce((sum, file) => sum + file.bytes, 0)
  const verified: Verified = {
    schema: 'stellwerk.verified/1',
    set: set.id,
    manifest: set.hash,
    at: now().toISOString(),
    run,
    how,
    bytes,
  }
  await destination.writeText(
    naming.path(set.class, set.id, naming.documentFile(set.id, 'verified.json')),
    `${JSON.stringify(verified, undefined, 2)}\n`,
  )
  return { verdict: 'pass', verified, faults }
}

async function hashed(destination: Destination, path: string, signal: AbortSignal) {
  try {
    return await destination.hash(path, { signal })
  } catch (error) {
    if (ProblemError.is(error) && error.problem.code === 'STW-B202') return undefined
    throw error
  }
}

function faultOf(
  part: Pick<Part, 'file' | 'bytes' | 'sha256'>,
  there: { sha256: string; bytes: number } | undefined,
): Text | undefined {
  if (!there) return text(`${part.file} is gone`, `${part.file} fehlt`)
  if (there.bytes !== part.bytes)
    return text(
      `${part.file} has ${there.bytes} bytes instead of ${part.bytes}`,
      `${part.file} hat ${there.bytes} statt ${part.bytes} Bytes`,
    )
  if (there.sha256 !== part.sha256)
    return text(
      `${part.file} is another file: its SHA-256 does not fit the manifest`,
      `${part.file} ist eine andere Datei: ihre SHA-256 passt nicht zum Manifest`,
    )
  return undefined
}

/** Both proofs: a set that a drill once restored would count without the other. They stay to be read, under names that mean
 *  nothing. */
async function withdraw({ destination, naming, set }: VerifyProps): Promise<void> {
  for (const document of ['verified.json', 'drilled.json'] as const) {
    const path = naming.path(set.class, set.id, naming.documentFile(set.id, document))
    if ((await destination.readText(path)) === undefined) continue
    await destination.remove(`${path}.withdrawn`)
    await destination.rename(path, `${path}.withdrawn`)
  }
}

export function notAsStored(set: StoredSet, destination: string, faults: readonly PartFault[]): Problem {
  return {
    code: 'STW-B521',
    what: text(
      `Set ${set.id} at ${destination} is damaged`,
      `Der Satz ${set.id} bei ${destination} ist beschädigt`,
    ),
    why: text(
      `${faults.map(({ what }) => what.en).join('; ')}; it no longer counts as verified`,
      `${faults.map(({ what }) => what.de).join('; ')}; er gilt nicht mehr als verifiziert`,
    ),
    next: [
      text(`stellwerk backup ${set.manifest.environment}`, `stellwerk backup ${set.manifest.environment}`),
      text(
        `stellwerk backup destination test ${set.manifest.environment} ${destination}`,
        `stellwerk backup destination test ${set.manifest.environment} ${destination}`,
      ),
    ],
  }
}
