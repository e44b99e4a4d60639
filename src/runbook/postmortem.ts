// A post-mortem as far as the evidence goes: facts from the hosts, and the questions that only people can answer.
import { formatDuration } from '../core/duration.ts'
import { type Lang, text } from '../core/lang.ts'
import { localTime } from '../core/local-time.ts'
import type { Plan } from '../engine/plan.ts'
import { cellOf, markdownTable } from './markdown.ts'
import { replaced } from './replaced.ts'
import type { RunOnHost, RunReport } from './run-evidence.ts'
import { type Exposure, exposures, timeline } from './timeline.ts'

export interface Evidence {
  readonly app: string
  readonly environment: string
  readonly run: string
  readonly timeZone: string
  /** The run itself and what came after it, of every host. */
  readonly found: readonly RunOnHost[]
}

type Say = (en: string, de: string) => string

export function postmortem(evidence: Evidence, lang: Lang): string {
  const say: Say = (en, de) => text(en, de)[lang]
  const own = evidence.found.filter(({ run }) => run === evidence.run)
  const plan = own.find(one => one.plan)?.plan
  const reports = distinct(own.flatMap(({ reports: each }) => each))
  const times = exposures(evidence.run, evidence.found)
  const sections = [
    `# ${say('Post-mortem', 'Nachbetrachtung')}: ${evidence.app}, ${evidence.environment}, ${evidence.run}\n`,
    say(
      'Drawn up from what the run left on the hosts. Lines with _…_ are for people to fill in.\n',
      'Entworfen aus dem, was der Lauf auf den Hosts hinterließ. Zeilen mit _…_ füllen Menschen aus.\n',
    ),
    section(say('What', 'Was'), what(plan, own, reports, say)),
    section(say('How it was noticed', 'Wie es bemerkt wurde'), noticed(own, reports, lang, say)),
    section(say('How it was mended', 'Wie es behoben wurde'), mended(evidence, own, times, say)),
    section(say('How long', 'Wie lange'), durations(own, times, evidence.timeZone, say)),
    section(say('Data', 'Daten'), data(evidence, own, plan, say)),
    section(say('Checks', 'Prüfungen'), checks(reports, lang, say)),
    section(say('Signatures and waivers', 'Unterschriften und Ausnahmen'), people(own, plan, say)),
    section(say('Timeline', 'Ablauf'), timeline(own, plan, reports, evidence.timeZone, lang)),
    section(say('Open questions', 'Offene Fragen'), questions(say)),
  ]
  return sections.join('\n')
}

function section(title: string, body: string): string {
  return `## ${title}\n\n${body}`
}

// Each host has the same lines of the command that wrote them.
function distinct(reports: readonly RunReport[]): readonly RunReport[] {
  return [...new Map(reports.map(report => [`${report.at} ${report.by}`, report])).values()]
}

function what(
  plan: Plan | undefined,
  own: readonly RunOnHost[],
  reports: readonly RunReport[],
  say: Say,
): string {
  const summary = plan?.summary ?? {}
  const from = list(summary['hosts']).flatMap(host =>
    typeof host['from'] === 'string' ? [host['from']] : [],
  )
  const rows: readonly (readonly [string, string])[] = [
    [say('Procedure', 'Vorgang'), plan?.procedure ?? say('plan not readable', 'Plan nicht lesbar')],
    ['Release', word(summary['release'])],
    ['Version', word(summary['version'])],
    [say('Before', 'Vorher'), [...new Set(from)].join(', ')],
    [say('Notes', 'Notizen'), word(summary['notes'])],
    [say('By', 'Von'), word(summary['by'])],
    ['Hosts', own.map(({ host }) => host).join(', ')],
    [say('Outcome', 'Ausgang'), outcome(own, reports, say)],
    [say('What users saw', 'Was die Benutzer sahen'), '_…_'],
  ]
  return rows
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `- ${key}: ${cellOf(value)}\n`)
    .join('')
}

function outcome(own: readonly RunOnHost[], reports: readonly RunReport[], say: Say): string {
  const ends = own.map(({ records }) => records.findLast(record => record.type === 'end')?.status)
  const known = [...new Set(ends.filter(end => end !== undefined))]
  const open = own.filter((one, index) => ends[index] === undefined && !one.waits).map(({ host }) => host)
  const parts = [
    ...known,
    ...(own.some(({ waits }) => waits) ? [say('waits for sign-offs', 'wartet auf Unterschriften')] : []),
    ...(open.length > 0
      ? [say(`unfinished on ${open.join(', ')}`, `unvollendet auf ${open.join(', ')}`)]
      : []),
  ]
  const last = reports.at(-1)?.status
  return [...parts, ...(last !== undefined && !known.includes(last) ? [last] : [])].join('; ')
}

function noticed(own: readonly RunOnHost[], reports: readonly RunReport[], lang: Lang, say: Say): string {
  const lines = reports.flatMap(({ problems, at }) =>
    problems.flatMap(({ code, what: words, why, where }) => [
      `- ${at} ${where?.host ?? ''} **${cellOf(words[lang])}** (${code})${why ? `: ${cellOf(why[lang])}` : ''}\n`.replace(
        / {2,}/g,
        ' ',
      ),
    ]),
  )
  const failed = own.flatMap(({ host, records }) =>
    records.flatMap(record =>
      record.type === 'outcome' && record.status === 'failed'
        ? [
            say(
              `- ${record.at} ${host}: step ${record.step} failed with ${record.code}\n`,
              `- ${record.at} ${host}: Schritt ${record.step} scheiterte mit ${record.code}\n`,
            ),
          ]
        : [],
    ),
  )
  const refused = distinctSignatures(own)
    .filter(({ type }) => type === 'reject')
    .map(({ at, by, reason }) =>
      say(
        `- ${at} ${cellOf(by)} refused it: ${cellOf(reason ?? '')}\n`,
        `- ${at} ${cellOf(by)} lehnte es ab: ${cellOf(reason ?? '')}\n`,
      ),
    )
  const all = [...lines, ...failed, ...refused]
  const nobody = say(
    '- The run itself holds no failure. Who or what noticed it: _…_\n',
    '- Der Lauf selbst enthält kein Scheitern. Wer oder was es bemerkte: _…_\n',
  )
  return all.length === 0 ? nobody : all.join('')
}

function mended(evidence: Evidence, own: readonly RunOnHost[], times: readonly Exposure[], say: Say): string {
  const undone = own.flatMap(({ records }) => records.filter(({ type }) => type === 'undo-outcome'))
  const failed = undone.filter(record => 'status' in record && record.status === 'failed')
  const later = [...new Map(laterRuns(evidence).map(one => [one.run, one])).values()]
  const lines = [
    ...(undone.length === 0
      ? []
      : [
          say(
            `- The run took itself back: ${undone.length - failed.length} of ${undone.length} steps\n`,
            `- Der Lauf nahm sich selbst zurück: ${undone.length - failed.length} von ${undone.length} Schritten\n`,
          ),
        ]),
    ...later.map(({ run, plan, records }) => {
      const end =
        records.findLast(record => record.type === 'end')?.status ?? say('unfinished', 'unvollendet')
      return `- ${plan?.createdAt ?? ''} ${plan?.procedure ?? ''} ${run}: ${end}\n`
    }),
  ]
  if (lines.length > 0) return lines.join('')
  return times.some(({ to }) => to === undefined)
    ? say('- Not yet: the release serves. _…_\n', '- Noch nicht: das Release dient. _…_\n')
    : say('- Nothing had to be taken back. _…_\n', '- Nichts musste zurückgenommen werden. _…_\n')
}

// What a later deploy, rollback or restore did is part of the mending; a backup is not.
function laterRuns({ found, run }: Evidence): readonly RunOnHost[] {
  return found.filter(
    one =>
      one.run !== run &&
      ['deploy', 'rollback', 'restore', 'database-rebuild'].includes(one.plan?.procedure ?? ''),
  )
}

function durations(
  own: readonly RunOnHost[],
  times: readonly Exposure[],
  timeZone: string,
  say: Say,
): string {
  const stamps = own.flatMap(({ records }) => records.map(({ at }) => Date.parse(at))).filter(Number.isFinite)
  const span = stamps.length === 0 ? undefined : Math.max(...stamps) - Math.min(...stamps)
  const lines = times.map(({ host, from, to, by }) => {
    const since = `${from} (${localTime(from, timeZone)})`
    if (to === undefined)
      return say(
        `- ${host}: users have the release since ${since}\n`,
        `- ${host}: die Benutzer haben das Release seit ${since}\n`,
      )
    const time = formatDuration(Date.parse(to) - Date.parse(from))
    const how = by === undefined ? '' : ` (${by})`
    return say(
      `- ${host}: users were on this release for ${time}, from ${since} to ${to}${how}\n`,
      `- ${host}: die Benutzer waren ${time} auf diesem Release, von ${since} bis ${to}${how}\n`,
    )
  })
  const none = say('- No user was on this release.\n', '- Kein Benutzer war auf diesem Release.\n')
  const whole =
    span === undefined
      ? ''
      : say(
          `- The run took ${formatDuration(span)}, by the clocks of the hosts, to the second.\n`,
          `- Der Lauf dauerte ${formatDuration(span)}, nach den Uhren der Hosts, auf die Sekunde.\n`,
        )
  return `${lines.length === 0 ? none : lines.join('')}${whole}`
}

function data(evidence: Evidence, own: readonly RunOnHost[], plan: Plan | undefined, say: Say): string {
  const lines = replaced([...own, ...laterRuns(evidence)], say)
  const backup = word(record(plan?.summary['backup'])['set'])
  const before =
    backup === ''
      ? ''
      : say(`- Set made before the migration: ${backup}\n`, `- Satz vor der Migration: ${backup}\n`)
  if (lines.length > 0)
    return `${before}${lines.join('')}${say('- Which of it is missed, and by whom: _…_\n', '- Was davon fehlt, und wem: _…_\n')}`
  // Who cannot read a plan cannot say what it did not do.
  const blind = evidence.found.some(one => one.plan === undefined)
  const none = blind
    ? say(
        '- No restore is known, but not every plan is readable. _…_\n',
        '- Keine Wiederherstellung ist bekannt, doch nicht jeder Plan ist lesbar. _…_\n',
      )
    : say('- No restore: nothing was replaced.\n', '- Keine Wiederherstellung: Nichts wurde ersetzt.\n')
  return `${before}${none}`
}

function checks(reports: readonly RunReport[], lang: Lang, say: Say): string {
  const rows = reports.flatMap(report =>
    report.checks.map(({ at, check, host, verdict, observed }) => [
      at,
      host ?? '',
      check,
      verdict,
      observed[lang],
    ]),
  )
  if (rows.length === 0)
    return say('No results were kept with the run.\n', 'Beim Lauf liegen keine Ergebnisse.\n')
  return markdownTable([
    ['UTC', 'Host', say('Check', 'Prüfung'), say('Verdict', 'Urteil'), say('Observed', 'Gesehen')],
    ...rows,
  ])
}

function people(own: readonly RunOnHost[], plan: Plan | undefined, say: Say): string {
  const signed = distinctSignatures(own).map(
    ({ at, by, role, id, type, evidence, reason }) =>
      `- ${at} ${cellOf(by)} (${cellOf(role)}): ${type === 'sign' ? say('signed', 'unterschrieb') : say('refused', 'lehnte ab')} ${id} ${cellOf(evidence ?? reason ?? '')}`.trimEnd() +
      '\n',
  )
  const waived = list(plan?.summary['waivers']).map(
    waiver =>
      `- ${word(waiver['check'])}: ${word(waiver['by'])}, ${word(waiver['until'])}: ${cellOf(word(waiver['reason']))}\n`,
  )
  const without = word(record(plan?.summary['backupWaived'])['reason'])
  const backup =
    without === ''
      ? []
      : [say(`- Without a backup: ${cellOf(without)}\n`, `- Ohne Backup: ${cellOf(without)}\n`)]
  const all = [...signed, ...waived, ...backup]
  return all.length === 0 ? say('None.\n', 'Keine.\n') : all.join('')
}

function distinctSignatures(own: readonly RunOnHost[]) {
  return [
    ...new Map(
      own.flatMap(one => one.signatures).map(one => [`${one.at} ${one.by} ${one.id}`, one]),
    ).values(),
  ]
}

function questions(say: Say): string {
  return [
    say('Who was affected, and how badly?', 'Wer war betroffen, und wie schwer?'),
    say(
      'What was the cause? Ask why until the answer can be changed.',
      'Was war die Ursache? So lange „warum“ fragen, bis sich die Antwort ändern lässt.',
    ),
    say(
      'Why did no gate or earlier check see it?',
      'Warum hat es kein Gate und keine frühere Prüfung gesehen?',
    ),
    say('What went well, and what was luck?', 'Was lief gut, und was war Glück?'),
    say('What is done, by whom, until when?', 'Was wird getan, von wem, bis wann?'),
  ]
    .map(question => `- [ ] ${question} _…_\n`)
    .join('')
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(record) : []
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
