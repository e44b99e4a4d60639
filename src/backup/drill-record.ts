// What a drill saw, from its first byte to its verdict. Filled while it runs, kept as a document at the destination for every drill,
// green or red: `drills/<app>/<environment>/<run>.json`.
import { z } from 'zod'
import type { Text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { Event } from '../engine/events.ts'
import type { Destination } from './destination.ts'
import type { StoredSet } from './set.ts'

const bilingual = z.object({ en: z.string(), de: z.string() })
const verdict = z.enum(['pass', 'fail', 'unknown'])

const common = {
  /** Unique in the drill: `database/main`, `query/main/1`. */
  id: z.string(),
  /** unknown: it was not looked at, or could not be. */
  verdict,
  /** What is not as it was saved. */
  differences: z.array(bilingual),
}

export const tableCheck = z.object({
  name: z.string(),
  /** null: the table is not there. */
  saved: z.number().nullable(),
  restored: z.number().nullable(),
  /** rows: only counted. */
  content: z.enum(['equal', 'differs', 'rows']),
})
export type TableCheck = z.infer<typeof tableCheck>

export const drillCheck = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('database'), store: z.string(), tables: z.array(tableCheck) }),
  z.object({
    ...common,
    kind: z.literal('files'),
    store: z.string(),
    saved: z.number(),
    restored: z.number().nullable(),
    /** Files that changed while they were saved: nothing is known of them. Absent: none. */
    moved: z.number().optional(),
    bytes: z.number(),
  }),
  z.object({
    ...common,
    kind: z.literal('query'),
    store: z.string(),
    sql: z.string(),
    expect: z.string(),
    answer: z.string().optional(),
  }),
  z.object({ ...common, kind: z.literal('app'), command: z.string() }),
])
export type DrillCheck = z.infer<typeof drillCheck>

export const drillDocument = z.object({
  schema: z.literal('stellwerk.drill/1'),
  verdict: z.enum(['green', 'red']),
  app: z.string(),
  environment: z.string(),
  run: z.string(),
  by: z.string(),
  destination: z.string(),
  /** Where it was restored. */
  host: z.string(),
  /** Absent: there was none to try. */
  set: z.object({ id: z.string(), class: z.string(), createdAt: z.string(), bytes: z.number() }).optional(),
  startedAt: z.string(),
  finishedAt: z.string(),
  /** Milliseconds: age of the set when the drill began. null: unknown. */
  rpo: z.number().nullable(),
  /** Milliseconds: first byte asked for to last check. null: it did not get that far. */
  rto: z.number().nullable(),
  goals: z.object({ rpo: z.number(), rto: z.number() }),
  phases: z.array(z.object({ id: z.string(), title: bilingual, ms: z.number(), ok: z.boolean() })),
  checks: z.array(drillCheck),
  problems: z.array(z.object({ code: z.string(), what: bilingual, why: bilingual.optional() })),
})
export type DrillDocument = z.infer<typeof drillDocument>

export interface DrillHead
  extends Pick<DrillDocument, 'app' | 'environment' | 'run' | 'by' | 'destination' | 'host' | 'goals'> {
  readonly set?: StoredSet
  readonly startedAt: Date
  /** Everything that will be looked at, each still unknown: what is skipped stays visible and is never passed. */
  readonly planned: readonly DrillCheck[]
}

export interface DrillRecord {
  /** The first byte is asked for; later calls change nothing. */
  fetching(at: Date): void
  /** Takes the place of the planned check of that id. */
  note(check: DrillCheck): void
  /** Follows the events of the run: durations of the phases, and how the app's own check ended. */
  watch(event: Event): void
  /** Everything has been looked at: milliseconds since the first byte, or undefined when that is unknown. */
  measure(at: Date): number | undefined
  /** Checks that did not pass. */
  open(): readonly DrillCheck[]
  document(at: Date, problems: readonly Problem[]): DrillDocument
}

/** Id of the check of one query. */
export function queryId(store: string, index: number): string {
  return `query/${store}/${index + 1}`
}

/** Id of the step that runs the app's own check, whatever the host. */
const appStep = /^app\//

export function makeDrillRecord(head: DrillHead): DrillRecord {
  const checks = new Map(head.planned.map(check => [check.id, check]))
  const phases: DrillDocument['phases'] = []
  const titles = new Map<string, Text>()
  let began: number | undefined
  let rto: number | undefined
  const open = () => [...checks.values()].filter(check => check.verdict !== 'pass')
  return {
    fetching: at => {
      began ??= at.getTime()
    },
    note: check => void checks.set(check.id, check),
    watch: event => {
      if (event.type === 'phase.begin') titles.set(event.phase, event.title)
      else if (event.type === 'phase.end') {
        const title = titles.get(event.phase) ?? { en: event.phase, de: event.phase }
        phases.push({ id: event.phase, title, ms: event.ms, ok: event.ok })
      } else if (event.type === 'step.end' && !event.undo && appStep.test(event.step)) {
        const check = checks.get('app')
        if (check) checks.set('app', { ...check, verdict: event.verdict })
      }
    },
    measure: at => {
      const ms = began === undefined ? -1 : at.getTime() - began
      // A clock that was set back has measured nothing.
      rto = ms >= 0 ? ms : undefined
      return rto
    },
    open,
    document: (at, problems) => {
      const { set, startedAt, planned, ...rest } = head
      const rpo = set === undefined ? null : ageOf(set, startedAt)
      const green =
        problems.length === 0 &&
        checks.size > 0 &&
        open().length === 0 &&
        rto !== undefined &&
        rto <= head.goals.rto &&
        rpo !== null &&
        rpo <= head.goals.rpo
      return {
        schema: 'stellwerk.drill/1',
        verdict: green ? 'green' : 'red',
        ...rest,
        ...(set === undefined ? {} : { set: briefly(set) }),
        startedAt: startedAt.toISOString(),
        finishedAt: at.toISOString(),
        rpo,
        rto: rto ?? null,
        phases: [...phases],
        checks: [...checks.values()],
        problems: problems.map(({ code, what, why }) => ({ code, what, ...(why ? { why } : {}) })),
      }
    },
  }
}

function briefly({ id, class: setClass, manifest }: StoredSet) {
  const bytes = manifest.parts.reduce((sum, part) => sum + part.bytes, 0)
  return { id, class: setClass, createdAt: manifest.createdAt, bytes }
}

/** Two clocks are never quite equal. */
const skew = 10 * 60_000

/** Milliseconds since the earliest snapshot of the set; null when that lies in the future or cannot be read. */
export function ageOf(set: StoredSet, at: Date): number | null {
  const age = at.getTime() - Date.parse(set.manifest.createdAt)
  return age >= -skew ? Math.max(age, 0) : null
}

function directoryOf({ app, environment }: Pick<DrillDocument, 'app' | 'environment'>): string {
  return `drills/${app}/${environment}`
}

/** The same for every naming of sets. */
export function drillPath(document: Pick<DrillDocument, 'app' | 'environment' | 'run'>): string {
  return `${directoryOf(document)}/${document.run}.json`
}

/** Throws ProblemError when the destination does not take it. */
export async function writeDrill(destination: Destination, document: DrillDocument): Promise<void> {
  await destination.writeText(drillPath(document), `${JSON.stringify(document, undefined, 2)}\n`)
}

/** The newest drills first. One that cannot be read is left out; it was kept for people. */
export async function readDrills(
  destination: Destination,
  of: Pick<DrillDocument, 'app' | 'environment'>,
  limit: number,
): Promise<readonly DrillDocument[]> {
  const directory = directoryOf(of)
  const names = (await destination.list(directory))
    .filter(({ kind, name }) => kind === 'file' && name.endsWith('.json'))
    .map(({ name }) => name)
    .toSorted()
    .toReversed()
  const found: DrillDocument[] = []
  for (const name of names.slice(0, limit)) {
    const document = parse((await destination.readText(`${directory}/${name}`)) ?? '')
    if (document) found.push(document)
  }
  return found
}

function parse(content: string): DrillDocument | undefined {
  try {
    return drillDocument.safeParse(JSON.parse(content)).data
  } catch {
    return undefined
  }
}
