// Compares what was restored with what the manifest says was saved: every table, every count, every fingerprint, every file. The
// manifest, not production, which has moved on.

import { type Text, text } from '../../../core/lang.ts'
import { type Problem, ProblemError } from '../../../core/problem.ts'
import { quote } from '../../../core/shell.ts'
import { type DatabaseFacts, parseFacts } from '../../../databases/facts.ts'
import type { HereContext, HereKind, HereOutcome, Step } from '../../../engine/step.ts'
import { compareDatabases, compareFileFacts, type Difference } from '../../compare.ts'
import type { BackupDeps } from '../../context.ts'
import { fileCount, tableCount } from '../../counts.ts'
import type { DrillRecord, TableCheck } from '../../drill-record.ts'
import { parseFileFacts } from '../../files.ts'
import type { FileFacts } from '../../set.ts'
import { readAll } from '../../spooled.ts'

interface Compared<Facts> {
  readonly store: string
  /** What the manifest says. */
  readonly saved: Facts
  /** File on the host with what came out. */
  readonly facts: string
}

export type ComparedDatabase = Compared<DatabaseFacts>
export type ComparedFiles = Compared<FileFacts>

export interface DrillCompareStep extends Step {
  readonly kind: 'drill.compare'
  readonly host: string
  readonly databases: readonly ComparedDatabase[]
  readonly files: readonly ComparedFiles[]
}

type Deps = BackupDeps & { readonly record: DrillRecord }

export function drillCompareKind(deps: Deps): HereKind<DrillCompareStep> {
  return {
    at: 'here',
    run: async (step, context) => {
      try {
        return await compare(step, context, deps)
      } catch (error) {
        if (!ProblemError.is(error)) throw error
        return { verdict: 'unknown', observed: error.problem.what, problem: error.problem }
      }
    },
    describe: ({ databases, files }) => {
      const tables = databases.reduce((sum, { saved }) => sum + saved.tables.length, 0)
      const all = files.reduce((sum, { saved }) => sum + saved.files, 0)
      const [counted, listed] = [tableCount(tables), fileCount(all)]
      return text(
        `Compare schema, ${counted.en} and ${listed.en} with the manifest`,
        `Schema, ${counted.de} und ${listed.de} mit dem Manifest vergleichen`,
      )
    },
  }
}

/** Every store is looked at, also after the first difference: a person wants to see them all. */
async function compare(step: DrillCompareStep, context: HereContext, deps: Deps): Promise<HereOutcome> {
  const read = (file: string) => readAll(deps.hostNamed(step.host), `cat ${quote(file)}`, context.signal)
  const wrong: { readonly store: string; readonly differences: readonly Text[] }[] = []
  for (const { store, saved, facts } of step.databases) {
    const restored = parseFacts(await read(facts))
    const differences = restored ? databaseDifferences(saved, restored) : [cut]
    if (differences.length > 0) wrong.push({ store, differences })
    deps.record.note({
      kind: 'database',
      id: `database/${store}`,
      store,
      verdict: differences.length === 0 ? 'pass' : 'fail',
      differences: [...differences],
      tables: restored ? tablesOf(saved, restored) : [],
    })
  }
  for (const { store, saved, facts } of step.files) {
    const restored = parseFileFacts(await read(facts))
    const differences = restored ? compareFileFacts(saved, restored).map(wordsOf) : [cut]
    if (differences.length > 0) wrong.push({ store, differences })
    deps.record.note({
      kind: 'files',
      id: `files/${store}`,
      store,
      verdict: differences.length === 0 ? 'pass' : 'fail',
      differences: [...differences],
      saved: saved.files,
      restored: restored?.files ?? null,
      ...(saved.moved === undefined ? {} : { moved: saved.moved }),
      bytes: restored?.bytes ?? 0,
    })
  }
  if (wrong.length > 0) return failed(differs(step, wrong))
  const count = step.databases.length + step.files.length
  if (count === 0) return failed(nothing(step))
  const moved = step.files.reduce((sum, { saved }) => sum + (saved.moved ?? 0), 0)
  const known = text(`${count} stores as they were saved`, `${count} Bestände wie gesichert`)
  if (moved === 0) return { verdict: 'pass', observed: known }
  return {
    verdict: 'pass',
    observed: text(
      `${known.en}; nothing is known of ${moved} files that changed while they were saved`,
      `${known.de}; nichts bekannt ist von ${moved} Dateien, die sich beim Sichern änderten`,
    ),
  }
}

const cut = text(
  'the facts of what was restored are cut',
  'die Angaben zum Wiederhergestellten sind abgeschnitten',
)

const wordsOf = ({ what }: Difference): Text => what

/** Two that are equally empty prove nothing. */
function databaseDifferences(saved: DatabaseFacts, restored: DatabaseFacts): readonly Text[] {
  const differences = compareDatabases(saved, restored).map(wordsOf)
  if (differences.length > 0) return differences
  if (saved.tables.some(({ rows }) => rows > 0)) return []
  return [
    saved.tables.length === 0
      ? text('there is no table to compare', 'es gibt keine Tabelle zum Vergleichen')
      : text(
          'no table holds a row, so there is nothing to compare',
          'keine Tabelle enthält eine Zeile, also gibt es nichts zu vergleichen',
        ),
  ]
}

function tablesOf(saved: DatabaseFacts, restored: DatabaseFacts): TableCheck[] {
  const names = new Set([...saved.tables, ...restored.tables].map(({ name }) => name))
  return [...names].toSorted().map(name => {
    const was = saved.tables.find(table => table.name === name)
    const is = restored.tables.find(table => table.name === name)
    const counted = was?.fingerprint === undefined
    const same = was !== undefined && was.rows === is?.rows && was.fingerprint === is.fingerprint
    return {
      name,
      saved: was?.rows ?? null,
      restored: is?.rows ?? null,
      content: counted && was?.rows === is?.rows ? 'rows' : same ? 'equal' : 'differs',
    }
  })
}

function failed(problem: Problem): HereOutcome {
  return { verdict: 'fail', observed: problem.what, problem }
}

function differs(
  step: DrillCompareStep,
  wrong: readonly { readonly store: string; readonly differences: readonly Text[] }[],
): Problem {
  const told = wrong.flatMap(({ store, differences }) =>
    differences.map(({ en, de }) => text(`${store}: ${en}`, `${store}: ${de}`)),
  )
  return {
    code: 'STW-B431',
    what: text('What was restored is not what was saved', 'Wiederhergestellt wurde nicht, was gesichert war'),
    where: { host: step.host, step: step.id },
    why: text(told.map(({ en }) => en).join('; '), told.map(({ de }) => de).join('; ')),
  }
}

function nothing({ host, id }: DrillCompareStep): Problem {
  return {
    code: 'STW-B432',
    what: text('There is nothing to compare', 'Es gibt nichts zu vergleichen'),
    where: { host, step: id },
  }
}
