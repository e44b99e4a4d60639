// A document's own checklist, ticked by evidence. A box names what would prove it; a tick needs that to be found, and passed, in what the
// commands of the story said with --json: events and documents. Whatever is missing leaves the box open, with the reason.
import type { CheckResult } from '../../src/engine/check-result.ts'
import type { Event } from '../../src/engine/events.ts'

/** What one command said; `Ended` of command.ts is one. In the order in which the commands ran. */
export interface Said {
  readonly events: readonly Event[]
  readonly document: Readonly<Record<string, unknown>> | undefined
  /** What a program on the host printed. */
  readonly lines?: readonly string[]
}

export type Proof =
  | {
      readonly holds: true
      /** What was observed, in one line. */
      readonly observed: string
      /** Where it comes from, such as `gate settings`. */
      readonly source: string
      readonly ms?: number
    }
  | { readonly holds: false; readonly reason: string }

export type Selector = (said: readonly Said[]) => Proof

export interface Box {
  readonly title: string
  readonly proof: Selector
  /** Boxes below it. */
  readonly boxes?: readonly Box[]
}

export interface Section {
  readonly title: string
  readonly boxes: readonly Box[]
}

export interface Checklist {
  readonly title: string
  readonly sections: readonly Section[]
}

/** A line for people: shortens what was observed, and may take one group of it. */
export interface Shown {
  /** Replaces what the program observed; the group of the first match, or all of it. */
  readonly pick?: RegExp
  readonly prefix?: string
  readonly suffix?: string
  /** Why there is nothing to see, when there is nothing. */
  readonly missing?: string
}

/** The newest result of this check on each host passed. */
export function check(name: string, shown: Shown = {}): Selector {
  return said => {
    const results = said.flatMap(checkResults).filter(result => result.check === name)
    const newest = [...new Map(results.map(result => [result.host ?? '', result])).values()]
    const [first] = newest
    if (first === undefined) return open(`Prüfung ${name}: nicht gelaufen`)
    const bad = newest.find(({ verdict }) => verdict !== 'pass')
    if (bad !== undefined) return open(`${name}: ${bad.observed.de}${waived(bad)}`)
    return {
      holds: true,
      observed: pick(first.observed.de, shown),
      source: `Prüfung ${name}`,
      ms: Math.max(...newest.map(({ ms }) => ms)),
    }
  }
}

/** Steps whose id matches were run, all of them passed, and none was taken back later. */
export function step(id: RegExp, title: string, shown: Shown = {}): Selector {
  return said => {
    const events = said.flatMap(one => one.events)
    const ends = events.filter(event => event.type === 'step.end').filter(event => id.test(event.step))
    const last = ends.at(-1)
    if (last === undefined) return open(shown.missing ?? `${title}: nicht gelaufen`)
    const undone = ends.find(({ undo }) => undo === true)
    if (undone !== undefined) return open(`${title}: zurückgenommen`)
    const bad = ends.find(({ verdict }) => verdict !== 'pass')
    if (bad !== undefined) return open(`${title}: ${bad.observed?.de ?? bad.verdict}`)
    const lines = events.flatMap(event =>
      event.type === 'output' && event.step !== undefined && id.test(event.step) ? [event.line] : [],
    )
    const found = shown.pick && lines.map(line => shown.pick?.exec(line)).findLast(match => match !== null)
    // Asked for a number of its output that is not there: nothing is known.
    if (shown.pick !== undefined && !found) return open(`${title}: seine Ausgabe sagt nichts dazu`)
    const observed = found ? dressed(found, shown) : (last.observed?.de ?? '')
    return { holds: true, observed, source: title, ms: ends.reduce((sum, { ms }) => sum + ms, 0) }
  }
}

/** A command of the build, as the document writes it. */
export function command(words: string, shown: Shown = {}): Selector {
  return said => {
    const begun = said
      .flatMap(one => one.events)
      .findLast(event => event.type === 'step.begin' && event.title.en === words)
    if (begun?.type !== 'step.begin') return open(`${words}: nicht gelaufen`)
    return step(new RegExp(`^${begun.step}$`), words, shown)(said)
  }
}

/** The newest document of this schema, as `judge` reads it. */
export function document(
  schema: string,
  source: string,
  judge: (document: Readonly<Record<string, unknown>>) => Proof,
): Selector {
  return said => {
    const last = said.findLast(one => one.document?.['schema'] === schema)?.document
    return last === undefined ? open(`${source}: nicht gelaufen`) : judge(last)
  }
}

/** The same proof, found in runs of this procedure alone; commands that are no run count as well. */
export function during(procedure: string, selector: Selector): Selector {
  return said => selector(said.filter(one => [undefined, procedure].includes(procedureOf(one))))
}

/** A program on the host printed a line like this, and did not fail. */
export function printed(schema: string, pattern: RegExp, source: string): Selector {
  return said => {
    const ran = said.filter(({ document: one }) => one?.['schema'] === schema && (one['exit'] ?? 0) === 0)
    const lines = ran.flatMap(one => one.lines ?? [])
    const found = lines.map(line => pattern.exec(line)).findLast(match => match !== null)
    if (!found) return open(`${source}: ${lines.length === 0 ? 'nicht gelaufen' : 'sagt nichts dazu'}`)
    return { holds: true, observed: found[1] ?? found[0], source }
  }
}

/** It is signed, as the record of the run on the host or the command that signed it says, and nobody refused. */
export function signOff(id: string): Selector {
  return said => {
    const documents = said.flatMap(({ document: one }) => (one === undefined ? [] : [one]))
    // Of a run that waited: it is done only when all that it asked for was signed.
    const runs = documents.flatMap(one => listOf(one['runs'])).filter(run => run['status'] === 'done')
    const before = documents.flatMap(one => listOf(one['signOffs'])).filter(one => one['missing'] === 0)
    const signatures = [
      ...runs.flatMap(run => listOf(run['signOffs'])),
      ...before.filter(one => one['id'] === id).flatMap(one => listOf(one['signatures'])),
    ].filter(signature => signature['id'] === id)
    const [first] = signatures
    if (first === undefined) return open(`die Unterschrift „${id}“ fehlt`)
    if (signatures.some(({ type }) => type !== 'sign')) return open(`abgelehnt von ${String(first['by'])}`)
    const names = [...new Set(signatures.map(({ by }) => String(by)))].join(' und ')
    const evidence = first['evidence'] === undefined ? '' : `: ${String(first['evidence'])}`
    return { holds: true, observed: `${names}${evidence}`, source: `Unterschrift ${id}` }
  }
}

/** All of them hold; the first that does not is the reason. */
export function all(...selectors: readonly Selector[]): Selector {
  return said => {
    const proofs = selectors.map(selector => selector(said))
    const broken = proofs.find(({ holds }) => !holds)
    if (broken !== undefined) return broken
    const held = proofs.filter(proof => proof.holds)
    const ms = held.reduce((sum, proof) => sum + (proof.ms ?? 0), 0)
    return {
      holds: true,
      observed: held.flatMap(({ observed }) => (observed === '' ? [] : [observed])).join('; '),
      source: held.map(({ source }) => source).join(', '),
      ...(held.some(proof => proof.ms !== undefined) ? { ms } : {}),
    }
  }
}

const width = 96

export function open(reason: string): Proof {
  return { holds: false, reason }
}

/** The lines of the checklist, with how many boxes are ticked. */
export function render(
  { title, sections }: Checklist,
  said: readonly Said[],
): { readonly lines: readonly string[]; readonly ticked: number; readonly open: number } {
  let ticked = 0
  let missing = 0
  const linesOf = (box: Box, indent: string): readonly string[] => {
    const proof = box.proof(said)
    if (proof.holds) ticked += 1
    else missing += 1
    const mark = `${indent}[${proof.holds ? 'x' : ' '}] ${box.title}`
    const below = (box.boxes ?? []).flatMap(one => linesOf(one, `${indent}    `))
    return [...wrap(`${mark}  ${tail(proof)}`, `${indent}      `), ...below]
  }
  const lines = [
    title,
    ...sections.flatMap(section => ['', section.title, ...section.boxes.flatMap(box => linesOf(box, '  '))]),
  ]
  return { lines, ticked, open: missing }
}

/** Breaks between words. */
function wrap(text: string, indent: string): readonly string[] {
  if (text.length <= width) return [text]
  const at = text.lastIndexOf(' ', width)
  if (at <= indent.length) return [text]
  return [text.slice(0, at).trimEnd(), ...wrap(`${indent}${text.slice(at + 1)}`, indent)]
}

function tail(proof: Proof): string {
  if (!proof.holds) return proof.reason
  const time = proof.ms === undefined ? [] : [duration(proof.ms)]
  return [proof.observed, `(${[proof.source, ...time].join(', ')})`].filter(part => part !== '').join(' ')
}

function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1).replace('.', ',')} s`
}

function procedureOf({ events }: Said): string | undefined {
  const begun = events.find(event => event.type === 'run.begin')
  return begun?.type === 'run.begin' ? begun.plan.procedure : undefined
}

function checkResults({ events, document: one }: Said): readonly CheckResult[] {
  const seen = events.flatMap(event => (event.type === 'check.result' ? [event.result] : []))
  // What was written by `stellwerk check` is of this type by its schema.
  const asked = one?.['schema'] === 'stellwerk.check/1' ? (one['results'] as readonly CheckResult[]) : []
  return [...seen, ...asked]
}

function pick(observed: string, shown: Shown): string {
  const match = shown.pick?.exec(observed)
  return match ? dressed(match, shown) : observed
}

function dressed(match: RegExpExecArray, { prefix = '', suffix = '' }: Shown): string {
  return `${prefix}${match[1] ?? match[0]}${suffix}`
}

function waived({ waiver }: CheckResult): string {
  return waiver === undefined ? '' : ` (Ausnahme von ${waiver.by} bis ${waiver.until}: ${waiver.reason})`
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value : []
}
