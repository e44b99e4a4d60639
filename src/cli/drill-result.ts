// The end of a drill: its verdict in a few lines, and the report in two files.
import type { DrillDocument } from '../backup/drill-record.ts'
import { drillReport } from '../backup/drill-report.ts'
import type { Config } from '../config/config.ts'
import { formatDuration } from '../core/duration.ts'
import type { Problem } from '../core/problem.ts'
import { ok, type Result } from '../core/result.ts'
import { type Context, textFlag } from './context.ts'
import { showProblems, showResult } from './outcome.ts'
import { paletteFor } from './present/palette.ts'

/** False when the report could not be written. */
export async function showDrill(
  context: Context,
  config: Config,
  document: DrillDocument,
  history: readonly DrillDocument[],
  problems: readonly Problem[],
): Promise<boolean> {
  const { markdown, json } = drillReport(document, config.language, history)
  const files = [
    await write(context, config, document.run, 'md', markdown),
    await write(context, config, document.run, 'json', `${JSON.stringify(json, undefined, 2)}\n`),
  ]
  const unwritten = files.flatMap(file => (file.ok ? [] : [file.error]))
  showProblems(context, [...problems, ...unwritten])
  const report = files.flatMap(file => (file.ok ? [file.value] : []))
  const { schema: _, ...rest } = json
  showResult(context, 'stellwerk.drill/1', { ...rest, report }, () => render(context, document, report))
  return unwritten.length === 0
}

function write(
  context: Context,
  { directory }: Config,
  run: string,
  ending: 'md' | 'json',
  content: string,
): Promise<Result<string>> {
  const asked = textFlag(context, 'report')
  if (asked === undefined) return context.wiring.keepBeside(directory, `drills/${run}.${ending}`, content)
  const file = `${asked}.${ending}`
  return context.wiring
    .writeFile(file, content, { overwrite: true })
    .then(written => (written.ok ? ok(file) : written))
}

function render(context: Context, document: DrillDocument, report: readonly string[]): string {
  const { verdict, set, destination, checks, rto, rpo, environment } = document
  const palette = paletteFor(context.io.color.out)
  const de = context.lang === 'de'
  const passed = checks.filter(check => check.verdict === 'pass').length
  const lines = report.map(file => `  ${palette.cyan('→')} ${file}\n`).join('')
  const next = `  ${palette.cyan('→')} stellwerk backup check ${environment}\n`
  if (verdict === 'green' && set && rto !== null && rpo !== null) {
    const [took, lost] = [formatDuration(rto), formatDuration(rpo)]
    const words = de
      ? `Übung grün: Satz ${set.id} von ${destination} in ${took} wiederhergestellt, ${passed} Prüfungen bestanden, Stand ${lost} alt`
      : `Drill green: set ${set.id} from ${destination} restored in ${took}, ${passed} checks passed, data ${lost} old`
    return `${palette.green('✔')} ${words}\n${lines}${next}`
  }
  const what = set
    ? de
      ? `Satz ${set.id} von ${destination} ist nicht bewiesen, ${passed} von ${checks.length} Prüfungen bestanden`
      : `set ${set.id} from ${destination} is not proven, ${passed} of ${checks.length} checks passed`
    : de
      ? `von ${destination} wurde nichts wiederhergestellt`
      : `nothing was restored from ${destination}`
  return `${palette.red('✖')} ${de ? 'Übung rot' : 'Drill red'}: ${what}\n${lines}${next}`
}
