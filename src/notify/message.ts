// What people are told: one message for every channel, cleaned of secrets before any channel sees it.
import { type Lang, type Text, text } from '../core/lang.ts'
import { localTime } from '../core/local-time.ts'
import { oneLine } from '../core/one-line.ts'
import type { Problem } from '../core/problem.ts'

export type Happening = 'start' | 'success' | 'failure' | 'rollback' | 'waiting' | 'test'

/** What happened, as far as it is known. */
export interface Announcement {
  readonly happening: Happening
  /** One sentence: what is true now. */
  readonly headline: Text
  readonly app: string
  readonly environment: string
  readonly procedure: string
  readonly run: string
  readonly release?: string | undefined
  readonly version?: string | undefined
  /** The release, and its version, that users had before. */
  readonly from?: string | undefined
  readonly by?: string | undefined
  readonly notes?: string | undefined
  readonly problem?: Problem | undefined
  /** Commands to go on with. */
  readonly next: readonly string[]
  /** ISO 8601, UTC. */
  readonly at: string
}

export interface Message {
  readonly subject: string
  readonly text: string
  /** The same for programs: `stellwerk.announcement/1`. */
  readonly document: Readonly<Record<string, unknown>>
}

const words: Readonly<Record<Happening, Text>> = {
  start: text('begins', 'beginnt'),
  success: text('done', 'fertig'),
  failure: text('failed', 'gescheitert'),
  rollback: text('rolled back', 'zurückgerollt'),
  waiting: text('waits for sign-offs', 'wartet auf Unterschriften'),
  test: text('test', 'Test'),
}

const procedures: Readonly<Record<string, Text>> = {
  deploy: text('Deploy', 'Deploy'),
  rollback: text('Rollback', 'Rollback'),
  restore: text('Restore', 'Wiederherstellung'),
  notify: text('Notification', 'Benachrichtigung'),
}

/** The only maker of messages: `redact` takes the known secrets out, the patterns take out what looks like one. */
export function makeMessage(
  announcement: Announcement,
  options: { readonly lang: Lang; readonly timeZone: string; readonly redact: (text: string) => string },
): Message {
  const { lang, timeZone } = options
  const clean = (value: string) => withoutPatterns(options.redact(value))
  const { app, environment, happening, procedure, problem, version } = announcement
  const what = procedures[procedure]?.[lang] ?? procedure
  const subject = clean(
    // A mail header ends where its line ends.
    oneLine(
      `[${app}][${environment}] ${[what, version].filter(Boolean).join(' ')}: ${words[happening][lang]}`,
    ),
  )
  const body = clean(render(announcement, lang, timeZone))
  const { headline, next, ...rest } = announcement
  const document = {
    schema: 'stellwerk.announcement/1',
    ...rest,
    headline: headline[lang],
    problem: problem && { code: problem.code, what: problem.what[lang], where: problem.where },
    next,
  }
  return { subject, text: body, document: JSON.parse(JSON.stringify(document, cleanIn(clean))) }
}

function render(announcement: Announcement, lang: Lang, timeZone: string): string {
  const de = lang === 'de'
  const { problem, release, version, from, by, notes, run, next, at } = announcement
  const host = problem?.where?.host
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['App', announcement.app],
    [de ? 'Umgebung' : 'Environment', announcement.environment],
    ['Release', release],
    ['Version', version],
    [de ? 'Vorher' : 'Before', from],
    [de ? 'Von' : 'By', by],
    // An older record may hold lines that look like those around it.
    [de ? 'Notizen' : 'Notes', notes && oneLine(notes).slice(0, 2000)],
    [
      de ? 'Gescheitert' : 'Failed',
      problem && `${problem.what[lang]} (${problem.code}${host === undefined ? '' : `, ${host}`})`,
    ],
    [de ? 'Lauf' : 'Run', run],
    [de ? 'Zeit' : 'Time', localTime(at, timeZone)],
  ]
  const lines = facts.flatMap(([key, value]) => (value ? [`${key}: ${value}`] : []))
  const commands = next.length === 0 ? [] : ['', de ? 'Weiter mit:' : 'Next:', ...next.map(one => `  ${one}`)]
  return [announcement.headline[lang], '', ...lines, ...commands, ''].join('\n')
}

function cleanIn(clean: (value: string) => string) {
  return (_: string, value: unknown) => (typeof value === 'string' ? clean(value) : value)
}

const assigned =
  /\b([\w-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|credentials?)[\w-]*["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&"']+)/gi

/** What looks like a secret although nobody declared it. */
export function withoutPatterns(input: string): string {
  return input
    .replaceAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[secret]')
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*:[^\s/@]*@/gi, '$1[secret]@')
    .replaceAll(/https:\/\/hooks\.slack\.com\/\S+/gi, '[secret]')
    .replaceAll(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/g, '$1 [secret]')
    .replaceAll(/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, '[secret]')
    .replaceAll(/\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|xox[abpr]-[A-Za-z0-9-]{10,})\b/g, '[secret]')
    .replaceAll(assigned, '$1[secret]')
}
