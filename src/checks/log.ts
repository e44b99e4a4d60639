// Lines of a log since a moment. Stellwerk's own logs and those of systemd are cut on the host; a file is cut here, at the time its
// lines begin with. Lines are looked at in memory; only the first bad one is shown, without secrets.
import type { LogCheck } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { belowRoot } from './findings.ts'
import type { Said } from './host-script.ts'
import { seconds } from './host-script.ts'
import { explained } from './known-errors.ts'
import { timeOfLine } from './log-time.ts'
import type { Probe } from './probe.ts'
import type { References } from './references.ts'

export const logProbe: Probe<LogCheck> = {
  place: () => 'host',
  ofHost: () => true,
  describe: ({ service, file }) => {
    const place = service ?? file ?? ''
    return text(`log of ${place}`, `Log von ${place}`)
  },
  script: {
    fragment: (check, { root }) => logFragment(check, root),
    judge: (check, said, _, context, references) => judgeLog(check, said, context, references),
  },
}

/** Bytes of a log that are read: more than that is unknown, not quietly left out. */
const longest = 60_000

/** A script of `given` finds in the environment: sw_since, seconds since 1970 of the moment, or nothing for all; sw_switch, `yes` when
 *  that moment is the switch. It prints the lines, or ends with 3 (nothing was ever written) or 4 (cannot tell since when). */
export function logFragment(check: LogCheck, root: string | undefined): string {
  const script = check.service === undefined ? fileScript(check, root) : check.given?.script
  if (script === undefined) return 'sw_say nolog yes'
  const moment =
    check.since === 'switch'
      ? root === undefined
        ? 'sw_say noswitch yes; exit'
        : `sw_since=$(stat -c %Y ${quote(`${root}/current`)} 2>/dev/null) || { sw_say noswitch yes; exit; }`
      : check.since === 'all'
        ? 'sw_since='
        : `sw_since=$(($(date +%s) - ${Math.ceil(check.since / 1000)}))`
  return `${moment}
sw_switch=${check.since === 'switch' ? 'yes' : 'no'}
export sw_since sw_switch
sw_say since "$sw_since"
sw_say now "$(date +%s)"
sw_say zone "$(date +%z)"
sw_run ${seconds(check.timeout)} sh -c ${quote(script)}`
}

function fileScript(check: LogCheck, root: string | undefined): string | undefined {
  const path = belowRoot(check.file ?? '', root)
  if (path === undefined) return undefined
  // The file before the rotation too: it may hold what was written since.
  return `f=${quote(path)}
[ -e "$f" ] || { echo "$f: No such file or directory" >&2; exit 5; }
if [ -f "$f.1" ] && { [ -z "$sw_since" ] || [ "$(stat -c %Y "$f.1")" -ge "$sw_since" ]; }; then cat "$f.1" || exit 5; fi
cat "$f"`
}

export function judgeLog(
  check: LogCheck,
  { values }: Said,
  context: CheckContext,
  references: References,
): Attempt {
  const unknown = cannotTell(check, values, references)
  if (unknown !== undefined) return unknown
  const output = values['out'] ?? ''
  const whole = Number(values['size']) === Buffer.byteLength(output)
  const cut =
    check.service === undefined
      ? sinceMoment(output, values, context)
      : { lines: linesOf(output), timed: true }
  if (!cut.timed)
    return attempt(
      'unknown',
      text(
        'no line begins with a time, so nothing tells which are new: since: all reads every line',
        'keine Zeile beginnt mit einer Zeit, also sagt nichts, welche neu sind: since: all liest jede Zeile',
      ),
    )
  const known = (line: string) => check.ignore.some(one => new RegExp(one, 'u').test(line))
  const { forbid } = check
  const bad =
    forbid === undefined ? [] : cut.lines.filter(line => new RegExp(forbid, 'u').test(line) && !known(line))
  const details = { lines: cut.lines.length, forbidden: bad.length }
  // Among more than is allowed it does not matter what was not seen.
  if (bad.length > check.max) return attempt('fail', found(check, bad, references), details)
  if (!whole || Buffer.byteLength(output) > longest) return tooMuch(details)
  if (cut.lines.length < check.minLines) {
    const [has, least] = [cut.lines.length, check.minLines]
    return attempt(
      'fail',
      text(`${has} lines, expected at least ${least}`, `${has} Zeilen, erwartet mindestens ${least}`),
      details,
    )
  }
  const count = cut.lines.length
  return attempt(
    'pass',
    text(`${count} lines, ${bad.length} forbidden`, `${count} Zeilen, ${bad.length} verbotene`),
    details,
  )
}

function cannotTell(check: LogCheck, values: Said['values'], references: References): Attempt | undefined {
  const because = (en: string, de: string) => attempt('unknown', text(en, de))
  const place = check.service ?? check.file ?? ''
  if (values['nolog'])
    return because(
      `${place} has a log that only its own commands know`,
      `${place} hat ein Log, das nur eigene Befehle kennen`,
    )
  if (values['noswitch'])
    return because(
      'there is no release that was switched to',
      'es gibt kein Release, auf das umgeschaltet wurde',
    )
  const exit = values['exit']
  if (!exit) {
    const limit = formatDuration(seconds(check.timeout) * 1000)
    return because(`the log was not read within ${limit}`, `das Log war innerhalb von ${limit} nicht gelesen`)
  }
  if (exit === '3')
    return because(`${place} has not written anything yet`, `${place} hat noch nichts geschrieben`)
  if (exit === '4')
    return because(
      `nothing tells which lines of ${place} are new`,
      `nichts sagt, welche Zeilen von ${place} neu sind`,
    )
  if (exit === '0') return undefined
  const error =
    references
      .redact(values['err'] ?? '')
      .trim()
      .split('\n')
      .at(-1)
      ?.slice(0, 200) ?? ''
  return attempt(
    'unknown',
    explained(text(`the log cannot be read: ${error}`, `das Log ist nicht lesbar: ${error}`)),
  )
}

function tooMuch(details: Attempt['details']): Attempt {
  return attempt(
    'unknown',
    text(
      'more lines than can be looked at: a shorter time in since, such as since: 5m, narrows it',
      'mehr Zeilen, als angesehen werden können: eine kürzere Zeit in since, etwa since: 5m, grenzt ein',
    ),
    details,
  )
}

/** A line without a time belongs to the one before it; before the first time nobody knows, so those count. */
function sinceMoment(output: string, values: Said['values'], { clock }: CheckContext) {
  const lines = linesOf(output)
  const since = values['since'] ?? ''
  if (!/^\d+$/.test(since)) return { lines, timed: true }
  const sign = /^([+-])(\d\d)(\d\d)$/.exec((values['zone'] ?? '').trim())
  const zone = sign === null ? 0 : (sign[1] === '-' ? -1 : 1) * (Number(sign[2]) * 60 + Number(sign[3]))
  const now = Number(values['now']) * 1000 || clock.now().getTime()
  const from = Number(since) * 1000
  let isNew = true
  let timed = lines.length === 0
  const kept = lines.filter(line => {
    const at = timeOfLine(line, zone, now)
    if (at !== undefined) {
      timed = true
      // Whole seconds on both sides: the second of the switch counts.
      isNew = at + 999 >= from
    }
    return isNew
  })
  return { lines: kept, timed }
}

function linesOf(output: string): readonly string[] {
  return output.split('\n').filter(line => line.trim() !== '')
}

function found(check: LogCheck, bad: readonly string[], references: References): Text {
  const [count, first] = [bad.length, references.redact(bad[0] ?? '').slice(0, 200)]
  const most =
    check.max === 0
      ? { en: 'none', de: 'keine' }
      : { en: `at most ${check.max}`, de: `höchstens ${check.max}` }
  const lines = {
    en: count === 1 ? 'line matches' : 'lines match',
    de: count === 1 ? 'Zeile passt' : 'Zeilen passen',
  }
  return explained(
    text(
      `${count} ${lines.en} /${check.forbid}/, expected ${most.en}; the first: ${JSON.stringify(first)}`,
      `${count} ${lines.de} zu /${check.forbid}/, erwartet ${most.de}; die erste: ${JSON.stringify(first)}`,
    ),
    bad[0],
  )
}
