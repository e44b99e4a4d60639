// Lines of a log since a moment. The logs of services are cut on the host; a file is cut here, at the time its lines begin with.
// Lines are looked at as they stream by and none is kept but the first bad one, which is shown without secrets.
import type { LogCheck } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import type { Ending } from '../engine/host.ts'
import { logByHand } from './by-hand-host.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { belowRoot } from './findings.ts'
import { stopped } from './http-failure.ts'
import { explained } from './known-errors.ts'
import { type Cut, LogReader } from './log-reader.ts'
import type { Probe } from './probe.ts'
import { References } from './references.ts'

export const logProbe: Probe<LogCheck> = {
  place: () => 'program',
  ofHost: () => true,
  byHand: logByHand,
  describe: ({ service, file }) => {
    const place = service ?? file ?? ''
    return text(`log of ${place}`, `Log von ${place}`)
  },
  attempt: tryLog,
}

/** Bytes of a log that are read: more than that is unknown, not quietly left out. */
const longest = 64_000_000

async function tryLog(check: LogCheck, context: CheckContext): Promise<Attempt> {
  const { host, root, signal } = context
  const because = (en: string, de: string) => attempt('unknown', text(en, de))
  const place = check.service ?? check.file ?? ''
  if (host === undefined)
    return because('there is no host to ask', 'es gibt keinen Host, der gefragt werden könnte')
  if (root === undefined && check.since === 'switch')
    return because(
      'there is no release that was switched to',
      'es gibt kein Release, auf das umgeschaltet wurde',
    )
  const script = check.service === undefined ? fileScript(check, root) : check.given?.script
  if (script === undefined)
    return because(
      `${place} has a log that only its own commands know`,
      `${place} hat ein Log, das nur eigene Befehle kennen`,
    )
  const full = new AbortController()
  const reader = new LogReader(check, cutOf(check), context.clock.now().getTime())
  const { ending, stderr } = await host.run(`${momentScript(check, root)}${script}`, {
    timeout: check.timeout,
    signal: AbortSignal.any([signal, full.signal]),
    onLine: (line, stream) => {
      if (stream === 'stdout') reader.read(line)
      if (reader.bytes > longest || reader.isEndless) full.abort()
    },
  })
  reader.end()
  if (signal.aborted) return stopped()
  const references = new References(context)
  for (const name of check.given?.secrets ?? []) references.hide(context.secret(name) ?? '')
  return references.cleaned(judgeLog(check, reader, ending, stderr, references.redact))
}

/** Who knows which lines are new: the script, the lines themselves, or all are. */
function cutOf({ since, service, given }: LogCheck): Cut {
  if (since === 'all') return 'all'
  return service !== undefined && (since === 'switch' || given?.cuts === true) ? 'script' : 'lines'
}

/** The first line says when that was, and when the file was last written to; ends with 6 when nobody has switched yet. */
function momentScript({ since, file, service }: LogCheck, root: string | undefined): string {
  const path = service === undefined ? belowRoot(file ?? '', root) : undefined
  const changed = path === undefined ? '' : `$(stat -L -c %Y ${quote(path)} 2>/dev/null)`
  const moment =
    since === 'switch'
      ? `sw_since=$(stat -c %Y ${quote(`${root}/current`)} 2>/dev/null) || exit 6`
      : since === 'all'
        ? 'sw_since='
        : `sw_since=$(($(date +%s) - ${Math.ceil(since / 1000)}))`
  return `${moment}
sw_switch=${since === 'switch' ? 'yes' : 'no'}
export sw_since sw_switch
printf '%s %s %s %s\\n' "$(date +%s)" "$(date +%z)" "$sw_since" "${changed}"
`
}

function fileScript(check: LogCheck, root: string | undefined): string | undefined {
  const path = belowRoot(check.file ?? '', root)
  if (path === undefined) return undefined
  // The file before the rotation too: it may hold what was written since. What was rotated on from there, packed or under a date, is not
  // read, but must not hold such lines either. Opened first, or a rotation on the way would take it away.
  return `f=${quote(path)}
[ -e "$f" ] || { echo "$f: No such file or directory" >&2; exit 5; }
exec 3<"$f"
if [ -f "$f.1" ] && { [ -z "$sw_since" ] || [ "$(stat -L -c %Y "$f.1")" -ge "$sw_since" ]; }; then cat "$f.1" || exit 5; fi
cat <&3 || exit 5
[ -n "$sw_since" ] || exit 0
for g in "$f".[0-9]* "$f"-[0-9]* "$f".old*; do
  if [ "$g" != "$f.1" ] && [ -f "$g" ] && [ "$(stat -L -c %Y "$g")" -ge "$sw_since" ]; then echo "\${g##*/}" >&2; exit 7; fi
done`
}

function judgeLog(
  check: LogCheck,
  reader: LogReader,
  ending: Ending,
  stderr: string,
  redact: (input: string) => string,
): Attempt {
  const { lines, bad, bytes } = reader
  // Before it is shortened, or half a secret would stay readable.
  const first = reader.first === undefined ? undefined : redact(reader.first)
  const details = { lines, forbidden: bad }
  // Among more than is allowed it does not matter what was not seen.
  if (first !== undefined && bad > check.max && reader.isTimed)
    return attempt('fail', found(check, bad, first), details)
  if (reader.isEndless) {
    return attempt(
      'unknown',
      text(
        `/${check.forbid}/ or what it ignores takes too long on a line: an expression without nested repetition does not`,
        `/${check.forbid}/ oder was ignoriert wird, braucht für eine Zeile zu lange: ein Ausdruck ohne verschachtelte Wiederholung nicht`,
      ),
      details,
    )
  }
  if (bytes > longest) {
    return attempt(
      'unknown',
      text(
        'more lines than can be looked at: a shorter time in since, such as since: 5m, narrows it',
        'mehr Zeilen, als angesehen werden können: eine kürzere Zeit in since, etwa since: 5m, grenzt ein',
      ),
      details,
    )
  }
  const unknown = cannotTell(check, ending, redact(stderr))
  if (unknown !== undefined) return unknown
  if (!reader.isTimed)
    return attempt(
      'unknown',
      text(
        'no line begins with a time, so nothing tells which are new: since: all reads every line',
        'keine Zeile beginnt mit einer Zeit, also sagt nichts, welche neu sind: since: all liest jede Zeile',
      ),
    )
  if (reader.doubtful !== undefined) {
    const line = JSON.stringify(redact(reader.doubtful).slice(0, 200))
    return attempt(
      'unknown',
      text(
        `a line without a time stands behind an old one, and nobody can tell whether it is new: ${line}`,
        `eine Zeile ohne Zeit steht hinter einer alten, und niemand kann sagen, ob sie neu ist: ${line}`,
      ),
      details,
    )
  }
  if (lines < check.minLines) {
    const least = check.minLines
    return attempt(
      'fail',
      text(`${lines} lines, expected at least ${least}`, `${lines} Zeilen, erwartet mindestens ${least}`),
      details,
    )
  }
  return attempt(
    'pass',
    text(`${lines} lines, ${bad} forbidden`, `${lines} Zeilen, ${bad} verbotene`),
    details,
  )
}

function cannotTell(check: LogCheck, ending: Ending, stderr: string): Attempt | undefined {
  const because = (en: string, de: string) => attempt('unknown', text(en, de))
  const place = check.service ?? check.file ?? ''
  const limit = formatDuration(check.timeout)
  if (ending.kind === 'timeout')
    return because(`the log was not read within ${limit}`, `das Log war innerhalb von ${limit} nicht gelesen`)
  if (ending.kind !== 'exit') return because('the host did not answer', 'der Host antwortete nicht')
  switch (ending.code) {
    case 0:
      return undefined
    case 3:
      return because(`${place} has not written anything yet`, `${place} hat noch nichts geschrieben`)
    case 4:
      return because(
        `nothing tells which lines of ${place} are new`,
        `nichts sagt, welche Zeilen von ${place} neu sind`,
      )
    case 6:
      return because(
        'there is no release that was switched to',
        'es gibt kein Release, auf das umgeschaltet wurde',
      )
    case 7: {
      const part = stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
      return because(
        `part of it was rotated away: ${part} was written to since then, and is not read`,
        `ein Teil wurde fortrotiert: ${part} wurde seither beschrieben und wird nicht gelesen`,
      )
    }
    default: {
      const error = stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
      return attempt(
        'unknown',
        explained(text(`the log cannot be read: ${error}`, `das Log ist nicht lesbar: ${error}`)),
      )
    }
  }
}

function found(check: LogCheck, count: number, line: string): Text {
  const most =
    check.max === 0
      ? { en: 'none', de: 'keine' }
      : { en: `at most ${check.max}`, de: `höchstens ${check.max}` }
  const lines = {
    en: count === 1 ? 'line matches' : 'lines match',
    de: count === 1 ? 'Zeile passt' : 'Zeilen passen',
  }
  const first = JSON.stringify(line.slice(0, 200))
  return explained(
    text(
      `${count} ${lines.en} /${check.forbid}/, expected ${most.en}; the first: ${first}`,
      `${count} ${lines.de} zu /${check.forbid}/, erwartet ${most.de}; die erste: ${first}`,
    ),
    line,
  )
}
