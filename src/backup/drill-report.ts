// What a drill proved, for people and for programs. The verdict stands first, and what was skipped is never called passed.

import { formatBytes } from '../core/bytes.ts'
import { formatDuration } from '../core/duration.ts'
import { type Lang, type Text, text } from '../core/lang.ts'
import type { Verdict } from '../core/verdict.ts'
import { rowCount, tableCount } from './counts.ts'
import type { DrillCheck, DrillDocument } from './drill-record.ts'

export interface DrillReport {
  readonly markdown: string
  readonly json: DrillDocument & { readonly history: readonly DrillSummary[] }
}

/** One earlier drill, for the trend. */
export type DrillSummary = Pick<DrillDocument, 'run' | 'verdict' | 'startedAt' | 'rpo' | 'rto'> & {
  readonly bytes: number | null
}

/** `history`: earlier drills of the same app and environment, in any order; this one may be among them. */
export function drillReport(
  document: DrillDocument,
  lang: Lang,
  history: readonly DrillDocument[] = [],
): DrillReport {
  const earlier = history
    .filter(({ run }) => run !== document.run)
    .map(summaryOf)
    .toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
  const say = (en: string, de: string) => text(en, de)[lang]
  const sections = [
    headline(document, say),
    reasons(document, lang, say),
    overview(document, say),
    checks(document, lang, say),
    ...document.checks.map(check => (check.kind === 'database' ? tables(check, say) : '')),
    times(document, lang, say),
    trend(document, earlier, say),
  ]
  return {
    markdown: `${sections.filter(section => section !== '').join('\n\n')}\n`,
    json: { ...document, history: earlier },
  }
}

type Say = (en: string, de: string) => string

function summaryOf({ run, verdict, startedAt, rpo, rto, set }: DrillDocument): DrillSummary {
  return { run, verdict, startedAt, rpo, rto, bytes: set?.bytes ?? null }
}

function headline({ verdict, app, environment, destination, set, checks }: DrillDocument, say: Say): string {
  const title = `${app} ${environment}`
  if (verdict === 'green')
    return say(
      `# Drill green: ${title}\n\nSet ${set?.id} from ${destination} was restored, and all ${checks.length} checks passed.`,
      `# Übung grün: ${title}\n\nDer Satz ${set?.id} von ${destination} wurde wiederhergestellt, alle ${checks.length} Prüfungen sind bestanden.`,
    )
  const passed = checks.filter(check => check.verdict === 'pass').length
  return set === undefined
    ? say(
        `# Drill red: ${title}\n\nNothing was restored from ${destination}.`,
        `# Übung rot: ${title}\n\nVon ${destination} wurde nichts wiederhergestellt.`,
      )
    : say(
        `# Drill red: ${title}\n\nSet ${set.id} from ${destination} is not proven: ${passed} of ${checks.length} checks passed.`,
        `# Übung rot: ${title}\n\nDer Satz ${set.id} von ${destination} ist nicht bewiesen: ${passed} von ${checks.length} Prüfungen bestanden.`,
      )
}

function reasons({ problems, checks }: DrillDocument, lang: Lang, say: Say): string {
  const told = problems.map(({ code, what, why }) => `- ${code} ${what[lang]}${why ? `: ${why[lang]}` : ''}`)
  const seen = checks.flatMap(({ id, differences }) => differences.map(each => `- ${id}: ${each[lang]}`))
  if (told.length + seen.length === 0) return ''
  return [say('## Why', '## Warum'), '', ...told, ...seen].join('\n')
}

function overview(document: DrillDocument, say: Say): string {
  const { set, rpo, rto, goals, host, startedAt, by, run } = document
  const measured = (ms: number | null, goal: number) => {
    if (ms === null)
      return say(
        `not measured (goal ${formatDuration(goal)})`,
        `nicht gemessen (Ziel ${formatDuration(goal)})`,
      )
    const met = ms <= goal
    return say(
      `${formatDuration(ms)} (goal ${formatDuration(goal)}: ${met ? 'met' : 'missed'})`,
      `${formatDuration(ms)} (Ziel ${formatDuration(goal)}: ${met ? 'erreicht' : 'verfehlt'})`,
    )
  }
  return table(
    ['', ''],
    [
      [say('Begun', 'Begonnen'), `${seconds(startedAt)}, ${by}, ${run}`],
      ...(set === undefined
        ? []
        : [
            [
              say('Set', 'Satz'),
              `${set.id} (${set.class}, ${formatBytes(set.bytes)}, ${seconds(set.createdAt)})`,
            ],
          ]),
      [say('Restored on', 'Wiederhergestellt auf'), host],
      [say('Restore time (RTO)', 'Wiederherstellungszeit (RTO)'), measured(rto, goals.rto)],
      [say('Age of the set (RPO)', 'Alter des Satzes (RPO)'), measured(rpo, goals.rpo)],
    ],
  )
}

function checks(document: DrillDocument, lang: Lang, say: Say): string {
  if (document.checks.length === 0) return ''
  const rows = document.checks.map(check => [check.id, wordOf(check.verdict)[lang], detailOf(check, say)])
  return `${say('## Checks', '## Prüfungen')}\n\n${table(
    [say('check', 'Prüfung'), say('verdict', 'Ergebnis'), say('seen', 'gesehen')],
    rows,
  )}`
}

function wordOf(verdict: Verdict): Text {
  switch (verdict) {
    case 'pass':
      return text('passed', 'bestanden')
    case 'fail':
      return text('**failed**', '**durchgefallen**')
    case 'unknown':
      return text('**not looked at**', '**nicht angesehen**')
  }
}

function detailOf(check: DrillCheck, say: Say): string {
  switch (check.kind) {
    case 'database': {
      const rows = check.tables.reduce((sum, { restored }) => sum + (restored ?? 0), 0)
      if (check.tables.length === 0) return ''
      const [tables, all] = [tableCount(check.tables.length), rowCount(rows)]
      return say(`${tables.en}, ${all.en}`, `${tables.de}, ${all.de}`)
    }
    case 'files':
      return check.restored === null || check.verdict === 'unknown'
        ? ''
        : say(
            `${check.restored} of ${check.saved} files, ${formatBytes(check.bytes)}${check.moved ? `; ${check.moved} more changed while they were saved` : ''}`,
            `${check.restored} von ${check.saved} Dateien, ${formatBytes(check.bytes)}${check.moved ? `; ${check.moved} weitere änderten sich beim Sichern` : ''}`,
          )
    case 'query':
      return `${code(check.sql)} → ${check.answer === undefined ? '–' : code(check.answer)} (${code(check.expect)})`
    case 'app':
      return code(check.command)
  }
}

function tables(check: Extract<DrillCheck, { kind: 'database' }>, say: Say): string {
  if (check.tables.length === 0) return ''
  const content = {
    equal: say('equal', 'gleich'),
    differs: say('**differs**', '**weicht ab**'),
    rows: say('counted only', 'nur gezählt'),
  }
  const count = (rows: number | null) => (rows === null ? say('**missing**', '**fehlt**') : String(rows))
  const rows = check.tables.map(each => [
    each.name,
    count(each.saved),
    count(each.restored),
    content[each.content],
  ])
  return `${say('## Tables of', '## Tabellen von')} ${check.store}\n\n${table(
    [
      say('table', 'Tabelle'),
      say('rows saved', 'Zeilen gesichert'),
      say('rows restored', 'Zeilen wiederhergestellt'),
      say('content', 'Inhalt'),
    ],
    rows,
  )}`
}

function times({ phases }: DrillDocument, lang: Lang, say: Say): string {
  if (phases.length === 0) return ''
  const rows = phases.map(({ title, ms, ok }) => [
    title[lang],
    formatDuration(ms) + (ok ? '' : say(' (**broke off**)', ' (**abgebrochen**)')),
  ])
  return `${say('## Time', '## Zeit')}\n\n${table([say('phase', 'Phase'), say('took', 'dauerte')], rows)}`
}

/** Drills shown beside this one. */
const shown = 6

function trend(document: DrillDocument, earlier: readonly DrillSummary[], say: Say): string {
  if (earlier.length === 0) return ''
  const measured = (ms: number | null) => (ms === null ? '–' : formatDuration(ms))
  const rows = [summaryOf(document), ...earlier.slice(0, shown)].map(each => [
    each.startedAt.slice(0, 16).replace('T', ' '),
    each.verdict === 'green' ? say('green', 'grün') : say('**red**', '**rot**'),
    measured(each.rto),
    measured(each.rpo),
    each.bytes === null ? '–' : formatBytes(each.bytes),
  ])
  return `${say('## The last drills', '## Die letzten Übungen')}\n\n${table(
    [say('begun (UTC)', 'begonnen (UTC)'), say('verdict', 'Ergebnis'), 'RTO', 'RPO', say('size', 'Größe')],
    rows,
  )}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

function cell(content: string): string {
  return content.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
}

function seconds(iso: string): string {
  return iso.replace(/\.\d+Z$/, 'Z')
}

/** Answers and commands are shown as they are, whatever they hold. */
function code(content: string): string {
  const fence = content.includes('`') ? '``' : '`'
  return `${fence}${content}${fence}`
}
