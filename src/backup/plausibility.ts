// Whether a set fits the ones before it. A dump can be complete and still be of the wrong, of an emptied or of a half-restored
// database; what does not fit is said, and a person decides.
import { formatBytes } from '../core/bytes.ts'
import { type Text, text } from '../core/lang.ts'
import type { DatabaseFacts } from '../databases/facts.ts'
import type { FileFacts, Manifest, Part } from './set.ts'

type DatabasePart = Extract<Part, { format: unknown }>

/** Sets before this one that it is compared with. */
const memory = 7

/** `history`: manifests of verified sets, in any order; newer ones and other apps' are left out. The first set has nothing to
 *  be compared with, and is not suspicious for it. */
export function suspicions(
  manifest: Manifest,
  history: readonly Manifest[],
  { shrinkPercent }: { readonly shrinkPercent: number },
): readonly Text[] {
  const before = history
    .filter(
      ({ id, app, environment }) =>
        id < manifest.id && app === manifest.app && environment === manifest.environment,
    )
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
  return [
    ...goneStores(manifest, before),
    ...manifest.parts.flatMap(part => oddPart(part, earlier(part, before), shrinkPercent)),
  ]
}

/** Against the newest set of the same class: other classes may hold less. */
function goneStores(manifest: Manifest, before: readonly Manifest[]): readonly Text[] {
  const last = before.find(one => one.class === manifest.class)
  // What could not be saved is said already.
  const known = [...manifest.parts, ...(manifest.missing ?? [])]
  const held = new Set(known.map(({ store }) => store))
  return (last?.parts ?? [])
    .filter(({ store }) => !held.has(store))
    .map(({ store }) =>
      text(
        `${store} is not in this set; it was in ${last?.id}`,
        `${store} ist nicht in diesem Satz; in ${last?.id} war es`,
      ),
    )
}

/** The same store in the sets before, newest first, whatever their class: it is the same data. */
function earlier<P extends Part>(part: P, before: readonly Manifest[]): readonly P[] {
  return before
    .flatMap(({ parts }) => parts.filter(one => one.store === part.store && one.kind === part.kind))
    .slice(0, memory) as readonly Part[] as readonly P[]
}

function oddPart(part: Part, before: readonly Part[], shrinkPercent: number): readonly Text[] {
  const restless = part.kind === 'files' ? oddMoves(part, before) : []
  if (restless.length > 0) return restless
  if (before.some(one => isSameContent(part, one))) return []
  const rule: Rule = { name: part.store, shrinkPercent }
  // Another packing has other sizes.
  const alike = before.filter(one => packing(one) === packing(part))
  const packed = shrunk(rule, words.size, part.bytes, bytesOf(alike))
  if (part.kind !== 'files') return [...packed, ...oddDatabase(part, before as readonly DatabasePart[], rule)]
  const facts = before.flatMap(one => (one.kind === 'files' ? one.facts : []))
  return [
    ...packed,
    ...shrunk(rule, words.files, allFiles(part.facts), facts.map(allFiles)),
    ...shrunk(
      rule,
      words.bytes,
      part.facts.bytes,
      facts.map(({ bytes }) => bytes),
    ),
  ]
}

type FilesPart = Extract<Part, { kind: 'files' }>

/** Percent of the files that may move while they are saved: nothing is promised of those. */
const mostMoved = 10

/** A person who accepted a restless store has accepted it. */
function oddMoves({ store, facts }: FilesPart, before: readonly Part[]): readonly Text[] {
  const isRestless = (one: FileFacts) => (one.moved ?? 0) * 100 > allFiles(one) * mostMoved
  const [last] = before
  if (!isRestless(facts) || (last?.kind === 'files' && isRestless(last.facts))) return []
  const [moved, all] = [facts.moved ?? 0, allFiles(facts)]
  return [
    text(
      `${store}: ${moved} of ${all} files changed while they were saved`,
      `${store}: ${moved} von ${all} Dateien änderten sich, während sie gesichert wurden`,
    ),
  ]
}

function allFiles({ files, moved = 0 }: FileFacts): number {
  return files + moved
}

function oddDatabase(part: DatabasePart, before: readonly DatabasePart[], rule: Rule): readonly Text[] {
  const rows = ({ facts }: DatabasePart) => facts.tables.reduce((sum, table) => sum + table.rows, 0)
  const now = new Map(part.facts.tables.map(table => [table.name, table.rows]))
  const tables = (before[0]?.facts.tables ?? []).flatMap(({ name }) => {
    const count = now.get(name)
    if (count === undefined)
      return text(`${part.store}: table ${name} is gone`, `${part.store}: die Tabelle ${name} fehlt`)
    const counts = before.flatMap(({ facts }) => facts.tables.find(table => table.name === name)?.rows ?? [])
    return oddTable(rule, name, count, Math.min(...counts))
  })
  return [...tables, ...shrunk(rule, words.rows, rows(part), before.map(rows))]
}

/** Queues and sessions come and go, so a table is compared with the fewest rows that it had. */
function oddTable(
  { name: store, shrinkPercent }: Rule,
  name: string,
  rows: number,
  fewest: number,
): readonly Text[] {
  if (rows === 0 && fewest >= several)
    return [
      text(
        `${store}: table ${name} is empty; it had at least ${fewest} rows`,
        `${store}: die Tabelle ${name} ist leer; sie hatte mindestens ${fewest} Zeilen`,
      ),
    ]
  if (fewest < many || rows >= limitOf(fewest, shrinkPercent)) return []
  return [
    text(
      `${store}: table ${name} has ${rows} rows; it had at least ${fewest}`,
      `${store}: die Tabelle ${name} hat ${rows} Zeilen; sie hatte mindestens ${fewest}`,
    ),
  ]
}

/** From here on an empty table is odd, and from here on one that has shrunk. */
const several = 10
const many = 100

interface Rule {
  readonly name: string
  readonly shrinkPercent: number
}

interface Measure {
  readonly en: string
  readonly de: string
  readonly show: (value: number) => string
}

const words = {
  size: { en: 'packed size', de: 'gepackte Größe', show: formatBytes },
  bytes: { en: 'size of all files', de: 'Größe aller Dateien', show: formatBytes },
  files: { en: 'number of files', de: 'Zahl der Dateien', show: String },
  rows: { en: 'number of rows', de: 'Zahl der Zeilen', show: String },
} satisfies Record<string, Measure>

function shrunk(
  rule: Rule,
  { en, de, show }: Measure,
  now: number,
  before: readonly number[],
): readonly Text[] {
  const usual = usualOf(before, rule.shrinkPercent)
  if (usual === undefined || now >= limitOf(usual, rule.shrinkPercent)) return []
  return [
    text(
      `${rule.name}: ${en} is ${show(now)}, usual is ${show(usual)}`,
      `${rule.name}: ${de} ist ${show(now)}, üblich ist ${show(usual)}`,
    ),
  ]
}

/** The median; once a person has accepted a smaller set, that one: else the next would be suspect again. */
function usualOf(newestFirst: readonly number[], shrinkPercent: number): number | undefined {
  const [newest] = newestFirst
  const sorted = newestFirst.toSorted((a, b) => a - b)
  const median = sorted[Math.floor((sorted.length - 1) / 2)]
  if (newest === undefined || median === undefined) return undefined
  return newest < limitOf(median, shrinkPercent) ? newest : median
}

function limitOf(usual: number, shrinkPercent: number): number {
  return usual * (1 - shrinkPercent / 100)
}

function bytesOf(parts: readonly Part[]): readonly number[] {
  return parts.map(({ bytes }) => bytes)
}

function packing(part: Part): string {
  return [part.compression, part.encrypted, part.kind === 'files' ? '' : part.format].join(' ')
}

/** As it was in a set before, such as after a restore: then nothing is lost that was not lost knowingly. */
function isSameContent(a: Part, b: Part): boolean {
  if (a.kind === 'files') return b.kind === 'files' && a.facts.digest === b.facts.digest
  if (b.kind === 'files' || a.facts.tables.length === 0) return false
  const content = ({ facts }: DatabasePart) =>
    JSON.stringify([
      facts.schema,
      facts.tables.map(({ name, rows, fingerprint }) => [name, rows, fingerprint]),
    ])
  return a.facts.tables.every(table => table.fingerprint !== undefined) && content(a) === content(b)
}

/** A database without any table is the wrong one or an emptied one, even when nothing came before it. What is saved before a change may
 *  be new: a first deploy has no table yet, and evidence is kept as it is. */
export function noTable(setClass: string, { store, facts }: DatabasePart): readonly Text[] {
  if (facts.tables.length > 0 || ['pre-deploy', 'safety', 'shadow'].includes(setClass)) return []
  return [text(`${store} holds no table`, `${store} enthält keine Tabelle`)]
}

export interface Expectation {
  /** Tables that must be there. */
  readonly tables: readonly string[]
  readonly minRows: Readonly<Record<string, number>>
}

/** What a dump of `store` lacks of what the configuration asks for. A table may be named with its schema or without. */
export function expectations(store: string, facts: DatabaseFacts, expect: Expectation): readonly Text[] {
  const named = (name: string) =>
    facts.tables.filter(table => table.name === name || table.name.endsWith(`.${name}`))
  const missing = [...new Set([...expect.tables, ...Object.keys(expect.minRows)])]
    .filter(name => named(name).length === 0)
    .map(name => text(`${store}: there is no table ${name}`, `${store}: es gibt keine Tabelle ${name}`))
  const tooFew = Object.entries(expect.minRows).flatMap(([name, least]) => {
    const rows = named(name).map(table => table.rows)
    if (rows.length === 0 || Math.max(...rows) >= least) return []
    const most = Math.max(...rows)
    return text(
      `${store}: table ${name} has ${most} rows, at least ${least} are expected`,
      `${store}: die Tabelle ${name} hat ${most} Zeilen, erwartet sind mindestens ${least}`,
    )
  })
  return [...missing, ...tooFew]
}
