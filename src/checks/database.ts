// A database of the app. What is asked there is written by procedures (see Given): a check knows no engine.
import type { DatabaseCheck } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { redactJson } from '../core/redact.ts'
import { quote } from '../core/shell.ts'
import type { Verdict } from '../core/verdict.ts'
import { type Answer, answerOf } from '../engine/host-probes.ts'
import { databaseByHand } from './by-hand-host.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { joinTexts } from './findings.ts'
import { type Said, seconds } from './host-script.ts'
import { explained } from './known-errors.ts'
import { match } from './matcher.ts'
import type { Probe } from './probe.ts'
import type { References } from './references.ts'

export const databaseProbe: Probe<DatabaseCheck> = {
  place: () => 'host',
  ofHost: () => true,
  byHand: databaseByHand,
  describe: ({ database, query }) =>
    text(`database ${database}: ${query}`, `Datenbank ${database}: ${query}`),
  script: {
    fragment: databaseFragment,
    judge: (check, said, _, __, references) => judgeDatabase(check, said, references),
  },
}

/** Secrets are exported: the script only names them. */
function databaseFragment(check: DatabaseCheck, context: CheckContext, references: References): string {
  const { given } = check
  if (given?.script === undefined) return 'sw_say nodatabase yes'
  const exports = (given.secrets ?? []).flatMap(name => {
    const value = context.secret(name)
    if (value === undefined) return [`sw_say nosecret ${quote(name)}; exit\n`]
    references.hide(value)
    return [`${name}=${quote(value)}; export ${name}\n`]
  })
  return `${exports.join('')}sw_run ${seconds(check.timeout)} sh -c ${quote(given.script)}`
}

interface Part {
  readonly verdict: Verdict
  readonly said: Text
}

function judgeDatabase(check: DatabaseCheck, { values }: Said, references: References): Attempt {
  const because = (en: string, de: string) => attempt('unknown', text(en, de))
  const name = check.database
  if (values['nodatabase'])
    return because(
      `nothing is known of the database ${name}`,
      `über die Datenbank ${name} ist nichts bekannt`,
    )
  const secret = values['nosecret']
  if (secret !== undefined) return because(`no value for ${secret}`, `kein Wert für ${secret}`)
  if (!values['exit']) {
    const time = formatDuration(seconds(check.timeout) * 1000)
    return because(`${name} did not answer within ${time}`, `${name} antwortete nicht innerhalb von ${time}`)
  }
  const output = values['out'] ?? ''
  const first = answerOf('query', output)
  const told = (key: string) => redactJson(answerOf(key, output), references.redact)
  const { expect } = check
  const parts: Part[] = [
    ...value(check, first, references),
    ...(expect.pool === undefined ? [] : [pool(expect.pool, told('pool'))]),
    ...(expect.pending === undefined ? [] : [pending(told('pending'))]),
    ...(expect.integrity === undefined ? [] : [integrity(told('integrity'))]),
  ]
  const bad = parts.filter(part => part.verdict !== 'pass')
  const verdict = bad.some(part => part.verdict === 'fail') ? 'fail' : bad.length > 0 ? 'unknown' : 'pass'
  return attempt(
    verdict,
    joinTexts(
      (bad.length > 0 ? bad : parts).map(part => part.said),
      '; ',
      '; ',
    ),
  )
}

/** The value of the query, and behind it the hundredths of seconds that it took. */
function value(check: DatabaseCheck, answer: Answer, references: References): Part[] {
  if (!answer.ok) return [refused(redactJson(answer, references.redact))]
  const lines = [...answer.lines]
  const took = /^took (\d+)$/.exec(lines.pop() ?? '')?.[1]
  if (took === undefined) return [unclear('its answer was cut', 'seine Antwort ist abgeschnitten')]
  const ms = Number(took) * 10
  const given = lines.join('\n')
  const { value: matcher, maxTime } = check.expect
  const time = formatDuration(ms)
  const failure =
    matcher === undefined
      ? undefined
      : match(text('the value', 'der Wert'), given, matcher, { source: 'text', redact: references.redact })
  return [
    failure === undefined
      ? { verdict: 'pass', said: text(`answers (${time})`, `antwortet (${time})`) }
      : { verdict: 'fail', said: failure },
    ...(maxTime !== undefined && ms > maxTime
      ? [
          {
            verdict: 'fail' as const,
            said: text(
              `answered in ${time}, expected at most ${formatDuration(maxTime)}`,
              `antwortete in ${time}, erwartet höchstens ${formatDuration(maxTime)}`,
            ),
          },
        ]
      : []),
  ]
}

function pool(most: number, answer: Answer): Part {
  if (!answer.ok) return refused(answer)
  const match = /^(\d+)\/(\d+)$/.exec(answer.lines[0]?.trim() ?? '')
  const [used, all] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || all === 0)
    return unclear('it does not tell its connections', 'sie nennt ihre Verbindungen nicht')
  const percent = Math.round((used / all) * 1000) / 10
  const seen = text(
    `${used} of ${all} connections (${percent} %)`,
    `${used} von ${all} Verbindungen (${percent} %)`,
  )
  return percent <= most
    ? { verdict: 'pass', said: seen }
    : {
        verdict: 'fail',
        said: text(`${seen.en}, expected at most ${most} %`, `${seen.de}, erwartet höchstens ${most} %`),
      }
}

function pending(answer: Answer): Part {
  if (!answer.ok) return refused(answer)
  const [line = ''] = answer.lines
  if (line === 'exit 3')
    return { verdict: 'pass', said: text('no migration is pending', 'keine Migration steht an') }
  if (line === 'exit 0')
    return {
      verdict: 'fail',
      said: text('migrations are pending, expected none', 'Migrationen stehen an, erwartet keine'),
    }
  return unclear(
    `migrate.pending ended with ${line.replace('exit ', '')}, neither 0 (pending) nor 3 (none)`,
    `migrate.pending endete mit ${line.replace('exit ', '')}, weder 0 (steht an) noch 3 (keine)`,
  )
}

function integrity(answer: Answer): Part {
  if (!answer.ok) {
    const said = answer.report.args.at(-1) ?? ''
    // The check itself could not be run; everything else it says is about the data.
    const cannot =
      answer.report.key !== 'query' || /permission denied|does not exist|not supported/i.test(said)
    return cannot ? refused(answer, 'unknown') : damaged(said.replace(/^psql:\S+ (ERROR: *)?/, ''))
  }
  const line = answer.lines[0]?.trim() ?? ''
  if (line === 'ok') return { verdict: 'pass', said: text('its data is sound', 'ihre Daten sind heil') }
  if (line === 'none')
    return unclear(
      'its integrity cannot be asked: PostgreSQL needs CREATE EXTENSION amcheck, MySQL has none',
      'ihre Unversehrtheit ist nicht zu erfragen: PostgreSQL braucht CREATE EXTENSION amcheck, MySQL hat keine',
    )
  if (line !== 'damaged') return unclear('its integrity is not known', 'ihre Unversehrtheit ist unbekannt')
  return damaged(answer.lines.slice(1, 3).join('; '))
}

function damaged(said: string): Part {
  const what = said.trim().slice(0, 200)
  return {
    verdict: 'fail',
    said: text(`its data is damaged: ${what}`, `ihre Daten sind beschädigt: ${what}`),
  }
}

function unclear(en: string, de: string): Part {
  return { verdict: 'unknown', said: text(en, de) }
}

/** What the server itself refuses is a fail; when nobody can tell whether there is one, nothing is known. */
const clear =
  /refused|authentication failed|access denied|does not exist|unknown database|is not permitted|no pg_hba|too many (clients|connections)/i

function refused({ report }: Exclude<Answer, { ok: true }>, verdict?: Verdict): Part {
  const { key, args } = report
  const said = (args.at(-1) ?? '').trim().slice(-300)
  if (key === 'tool') return unclear(`the host has no ${said}`, `auf dem Host fehlt ${said}`)
  if (key === 'missing')
    return { verdict: verdict ?? 'fail', said: text(`${said} does not exist`, `${said} existiert nicht`) }
  if (key === 'connect')
    return {
      verdict: verdict ?? (clear.test(said) ? 'fail' : 'unknown'),
      said: explained(text(`no connection: ${said}`, `keine Verbindung: ${said}`)),
    }
  const answered = key === 'query'
  return {
    verdict: verdict ?? (answered ? 'fail' : 'unknown'),
    said: explained(
      answered
        ? text(`the query failed: ${said}`, `die Abfrage scheiterte: ${said}`)
        : text(`it could not be asked: ${said}`, `sie ließ sich nicht fragen: ${said}`),
    ),
  }
}
