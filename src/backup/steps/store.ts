// Brings a set to one destination and proves it there: parts, hashes read from the destination's own disk, documents, and the
// manifest last. What breaks off leaves no manifest, hence no backup, and is swept later.
import { formatBytes } from '../../core/bytes.ts'
import { type Text, text } from '../../core/lang.ts'
import { type Problem, ProblemError } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import type { HereContext, HereKind, HereOutcome, Step } from '../../engine/step.ts'
import { readCatalogue } from '../catalogue.ts'
import type { BackupDeps } from '../context.ts'
import type { Destination } from '../destination.ts'
import { namingFor } from '../names.ts'
import type { Naming } from '../naming.ts'
import { expectations, noTable, suspicions } from '../plausibility.ts'
import { ownerLine, restoreGuide } from '../restore-guide.ts'
import { type Manifest, manifestHash, type Part, setTime, storedFiles, type Verified } from '../set.ts'
import { type PlannedPart, readPart, spooledSource } from '../spooled.ts'
import { differs, suspect, taken } from './store-problems.ts'

export interface StoreStep extends Step {
  readonly kind: 'backup.store'
  readonly destination: string
  /** Destinations whose sets tell as well what is usual. */
  readonly others: readonly string[]
  /** Without it the run goes on, with a warning. */
  readonly optional: boolean
  /** All destinations are optional and this is the last of them: one must have the set. */
  readonly decides: boolean
  readonly set: string
  readonly class: string
  readonly naming: 'sets' | 'dated'
  readonly head: Pick<Manifest, 'app' | 'environment' | 'run' | 'by' | 'release' | 'before'>
  readonly parts: readonly PlannedPart[]
  /** By database: what a dump must hold. */
  readonly expect: Readonly<
    Record<string, { readonly tables: readonly string[]; readonly minRows: Readonly<Record<string, number>> }>
  >
  readonly shrinkPercent: number
  /** A set that does not fit its history fails the step: before a migration nobody is there to look. */
  readonly strict: boolean
}

export function storeKind(deps: BackupDeps): HereKind<StoreStep> {
  return {
    at: 'here',
    run: async (step, context) => {
      try {
        return await store(step, context, deps)
      } catch (error) {
        if (!ProblemError.is(error)) throw error
        return await failed(step, context, error.problem, deps)
      }
    },
    describe: ({ destination, parts }) =>
      text(
        `Bring ${parts.length} parts to ${destination}, read them again there, then write the manifest`,
        `${parts.length} Teile zu ${destination} bringen, dort wieder lesen, dann das Manifest schreiben`,
      ),
  }
}

async function store(step: StoreStep, context: HereContext, deps: BackupDeps): Promise<HereOutcome> {
  const parts: Part[] = []
  const missing: Missing[] = []
  for (const planned of step.parts) {
    const spooled = await readPart(deps.hostNamed(planned.host), planned, context.signal)
    if (spooled.kind === 'skipped') return notNeeded
    if (spooled.kind === 'whole') parts.push(spooled.part)
    else missing.push({ store: planned.store, why: whyMissing(spooled.problem) })
  }
  if (parts.length === 0) return nothingSound
  const destination = await deps.destination(step.destination)
  const naming = namingFor(step.naming, step.head)
  const manifest = await manifestOf(step, { parts, missing }, destination, naming, deps)
  const doubts = manifest.suspicions
  if (doubts.length > 0 && step.strict) throw new ProblemError(suspect(step, doubts))
  const evidence = await complete(step, manifest, destination, naming, context, deps)
  await mark(step, deps, context)
  // What is live may be broken: that is why somebody restores, and the copy of it is evidence.
  if (doubts.length > 0 && !['safety', 'shadow'].includes(step.class) && missing.length === 0)
    throw new ProblemError(suspect(step, doubts))
  for (const { store, why } of missing) context.emit(warning(notIn(step, store, why)))
  const bytes = formatBytes(evidence.bytes)
  return {
    verdict: 'pass',
    observed: text(
      `${parts.length} parts, ${bytes}, read again there`,
      `${parts.length} Teile, ${bytes}, dort wieder gelesen`,
    ),
    data: { set: step.set, bytes: String(evidence.bytes) },
  }
}

type Missing = NonNullable<Manifest['missing']>[number]

function whyMissing({ what, why }: Problem): Missing['why'] {
  return text(why ? `${what.en}: ${why.en}` : what.en, why ? `${what.de}: ${why.de}` : what.de)
}

function notIn(step: StoreStep, store: string, why: Text): Text {
  return text(
    `${store} is not in the set at ${step.destination}, which counts for nothing: ${why.en}`,
    `${store} ist nicht im Satz bei ${step.destination}, der darum für nichts zählt: ${why.de}`,
  )
}

/** The step after the destinations says what failed. */
const nothingSound: HereOutcome = {
  verdict: 'pass',
  observed: text(
    'no store could be saved, nothing is kept',
    'nichts ließ sich sichern, nichts wird behalten',
  ),
}

/** All files of a set in the order that makes it one. A set that breaks off is removed again where that is still possible. */
async function complete(
  step: StoreStep,
  manifest: Manifest,
  destination: Destination,
  naming: Naming,
  context: HereContext,
  deps: BackupDeps,
): Promise<Verified> {
  const { parts } = manifest
  const names: string[] = []
  const write = (file: string, content: string) => {
    names.push(file)
    return destination.writeText(naming.path(step.class, step.set, file), content)
  }
  try {
    // First, because it shows whose parts these are when the rest never comes: among flat names nothing else would.
    await write(naming.documentFile(step.set, 'RESTORE.md'), restoreGuide(manifest))
    const files = parts.flatMap(storedFiles)
    names.push(...files.map(({ file }) => file))
    const evidence = await bring(step, parts, destination, naming, context, deps)
    for (const { file, sha256 } of files) {
      const sumFile = naming.sumFile(file)
      if (sumFile !== undefined) await write(sumFile, `${sha256}  ${file}\n`)
    }
    const sums = files.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join('')
    await write(naming.documentFile(step.set, 'SHA256SUMS'), sums)
    const written = json(manifest)
    await write(naming.documentFile(step.set, 'manifest.json'), written)
    const proof = { ...evidence, set: step.set, manifest: manifestHash(written) }
    await write(naming.documentFile(step.set, 'verified.json'), json(proof))
    return proof
  } catch (error) {
    await giveUp(destination, naming.pathsOf(step.class, step.set, names))
    throw error
  }
}

/** What cannot be removed now is a broken set, which retention removes later. */
async function giveUp(destination: Destination, paths: readonly string[]): Promise<void> {
  const remove = async () => {
    for (const path of paths) await destination.remove(path)
  }
  const over = new Promise(resolve => AbortSignal.timeout(giveUpTime).addEventListener('abort', resolve))
  await Promise.race([remove().catch(() => undefined), over])
}

/** Milliseconds: somebody waits for an answer, perhaps behind Ctrl-C. */
const giveUpTime = 5000

const notNeeded: HereOutcome = {
  verdict: 'pass',
  observed: text('nothing is pending, no set is needed', 'nichts steht an, kein Satz ist nötig'),
  data: { skipped: 'yes' },
}

async function manifestOf(
  step: StoreStep,
  { parts, missing }: { readonly parts: readonly Part[]; readonly missing: readonly Missing[] },
  destination: Destination,
  naming: Naming,
  deps: BackupDeps,
): Promise<Manifest> {
  if (await isTaken(step, destination, naming)) throw new ProblemError(taken(step))
  const history = await historyOf(step, destination, naming, deps)
  const manifest: Manifest = {
    schema: 'stellwerk.backup-set/1',
    id: step.set,
    class: step.class,
    ...step.head,
    // Named before the first dump began: what is lost after a disaster is counted from here, never from later.
    createdAt: new Date(setTime(step.set)).toISOString(),
    finishedAt: deps.now().toISOString(),
    stellwerk: deps.version,
    parts: [...parts],
    suspicions: [],
    ...(missing.length === 0 ? {} : { missing: [...missing] }),
  }
  const wanting = parts.flatMap(part => {
    const expect = step.expect[part.store]
    if (part.kind === 'files') return []
    const asked = expect ? expectations(part.store, part.facts, expect) : []
    return [...noTable(step.class, part), ...asked]
  })
  const raw = parts.flatMap(rawDoubt)
  // Files of a damaged database are evidence by themselves: they are compared with nothing.
  const odd =
    step.class === 'shadow' ? [] : suspicions(manifest, history, { shrinkPercent: step.shrinkPercent })
  const gone = missing.map(({ store, why }) =>
    text(`${store} could not be saved: ${why.en}`, `${store} ließ sich nicht sichern: ${why.de}`),
  )
  return { ...manifest, suspicions: [...gone, ...raw, ...wanting, ...odd] }
}

/** By a set; and where the time alone tells files apart, by whatever another app has put down for the same second. */
async function isTaken(step: StoreStep, destination: Destination, naming: Naming): Promise<boolean> {
  const read = (document: 'manifest.json' | 'RESTORE.md') =>
    destination.readText(naming.path(step.class, step.set, naming.documentFile(step.set, document)))
  if ((await read('manifest.json')) !== undefined) return true
  const { claim } = naming
  if (!claim) return false
  const entries = await destination.list(naming.classDirectory(step.class))
  const there = entries.filter(({ name }) => claim.touches(step.set, name) && name !== claim.fileOf(step.set))
  // What an earlier attempt of this very app left is written over.
  return there.length > 0 && !((await read('RESTORE.md'))?.includes(ownerLine(step.head)) ?? false)
}

function rawDoubt(part: Part): Manifest['suspicions'] {
  const said = part.kind === 'files' ? part.facts.integrity?.join('; ') : undefined
  if (said === undefined) return []
  return [
    text(
      `${part.store}: its files as they are, integrity_check: ${said}`,
      `${part.store}: seine Dateien, wie sie sind, integrity_check: ${said}`,
    ),
  ]
}

/** Every part is brought and read again before the first document is written. */
async function bring(
  step: StoreStep,
  parts: readonly Part[],
  destination: Destination,
  naming: Naming,
  context: HereContext,
  deps: BackupDeps,
): Promise<Verified> {
  const over = new AbortController()
  const signal = AbortSignal.any([context.signal, over.signal])
  const files = parts.flatMap(part =>
    sourcesOf(
      part,
      step.parts.find(({ file }) => file === part.file),
    ),
  )
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let before = 0
  const progress = stepwise(step, total, context)
  const prove = async (part: Sent): Promise<Verified['how']> => {
    const path = naming.path(step.class, step.set, part.file)
    const there = await destination.hash(path, { signal })
    if (there.sha256 === part.sha256 && there.bytes === part.bytes) return there.how
    await destination.remove(path)
    throw new ProblemError(differs(step, part))
  }
  const writes: Promise<void>[] = []
  const proofs: Promise<Verified['how']>[] = []
  try {
    // A part is read again while the next is on its way: the line has two directions.
    for (const part of files) {
      const done = before
      const path = naming.path(step.class, step.set, part.file)
      const source = spooledSource(deps.hostNamed(part.host), part, part.path, signal)
      writes.push(destination.write(path, source, { signal, onProgress: bytes => progress(done + bytes) }))
      await Promise.all([...writes, ...proofs])
      before += part.bytes
      proofs.push(prove(part))
    }
    await Promise.all(proofs)
  } catch (error) {
    // What is still under way must not bring a file after its set was given up.
    over.abort()
    await Promise.allSettled([...writes, ...proofs])
    throw error
  }
  const how = (await Promise.all(proofs)).includes('read-back') ? 'read-back' : 'hashed-there'
  return {
    schema: 'stellwerk.verified/1',
    at: deps.now().toISOString(),
    run: step.head.run,
    how,
    bytes: total,
  }
}

/** Manifests of the sets that count, wherever they lie: one that a person accepted at another destination is right here as well. */
async function historyOf(
  step: StoreStep,
  destination: Destination,
  naming: Naming,
  deps: BackupDeps,
): Promise<readonly Manifest[]> {
  const elsewhere = step.others.map(async name => {
    try {
      return await readCatalogue(await deps.destination(name), naming)
    } catch (error) {
      if (!ProblemError.is(error)) throw error
      return { sets: [] }
    }
  })
  const all = await Promise.all([readCatalogue(destination, naming), ...elsewhere])
  const counting = all
    .flatMap(({ sets }) => sets)
    .filter(({ state }) => state === 'verified' || state === 'drilled')
  return [...new Map(counting.map(({ id, manifest }) => [id, manifest])).values()]
}

type Sent = Pick<Part, 'file' | 'bytes' | 'sha256' | 'host'> & { readonly path: string }

/** The files of a part with the places where they lie in the spool. */
function sourcesOf(part: Part, planned: PlannedPart | undefined): readonly Sent[] {
  const places = planned ? [planned, ...(planned.sums ? [planned.sums] : [])] : []
  return storedFiles(part).map(({ file, bytes, sha256 }) => {
    const path = places.find(place => place.file === file)?.path
    if (path === undefined) throw new Error(`no plan for ${file}`)
    return { file, bytes, sha256, host: part.host, path }
  })
}

/** One event a percent: whoever reads them must not hold up the upload. */
function stepwise(step: StoreStep, total: number, context: HereContext): (done: number) => void {
  let shown = 0
  return done => {
    if (done < total && done - shown < total / 100) return
    shown = done
    context.emit({ code: 'STW-E007', type: 'progress', step: step.id, done, total, unit: 'bytes' })
  }
}

/** Tells the steps on the hosts that come later: the set is safe. */
async function mark(step: StoreStep, deps: BackupDeps, context: HereContext): Promise<void> {
  for (const { host, spool } of new Map(step.parts.map(part => [part.spool + part.host, part])).values())
    await deps.hostNamed(host).run(`umask 077; : >${quote(`${spool}/stored`)}\n`, {
      timeout: 60_000,
      plain: true,
      signal: context.signal,
    })
}

function json(document: unknown): string {
  return `${JSON.stringify(document, undefined, 2)}\n`
}

/** Whether a destination before this one has the set. */
async function isStored(step: StoreStep, deps: BackupDeps): Promise<boolean> {
  const [part] = step.parts
  if (!part) return false
  const script = `[ -e ${quote(`${part.spool}/stored`)} ]\n`
  const { ending } = await deps.hostNamed(part.host).run(script, { timeout: 60_000, plain: true })
  return ending.kind === 'exit' && ending.code === 0
}

async function failed(
  step: StoreStep,
  context: HereContext,
  problem: Problem,
  deps: BackupDeps,
): Promise<HereOutcome> {
  const located = { ...problem, where: { step: step.id, ...problem.where } }
  if (step.optional && (!step.decides || (await isStored(step, deps)))) {
    context.emit(
      warning(
        text(
          `No copy at ${step.destination}: ${problem.what.en}`,
          `Keine Kopie bei ${step.destination}: ${problem.what.de}`,
        ),
      ),
    )
    return { verdict: 'pass', observed: problem.what, data: { missing: step.destination } }
  }
  return { verdict: 'fail', observed: problem.what, problem: located }
}

function warning(words: Text): Parameters<HereContext['emit']>[0] {
  return { code: 'STW-E010', type: 'warning', text: words }
}
