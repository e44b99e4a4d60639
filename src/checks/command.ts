// A command says yes by its exit code and, if asked, by its output. A command that is not there says nothing.
import type { CommandCheck } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import { text } from '../core/lang.ts'
import { quote, words } from '../core/shell.ts'
import { commandByHand } from './by-hand-host.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { type Said, seconds } from './host-script.ts'
import { explained } from './known-errors.ts'
import { match } from './matcher.ts'
import type { Probe } from './probe.ts'
import type { References } from './references.ts'

export const commandProbe: Probe<CommandCheck> = {
  place: ({ on }) => on,
  ofHost: ({ on }) => on === 'host',
  byHand: commandByHand,
  describe: ({ command }) => text(command, command),
  script: {
    fragment: (check, context, references) =>
      commandFragment(check, directoriesOf(check, context), references),
    judge: (check, said, _, __, references) => judgeCommand(check, said, references),
  },
}

/** Where a command starts: as the user said, or in the release; before the first deploy there is none. */
function directoriesOf({ cwd, on }: CommandCheck, { root, directory }: CheckContext): readonly string[] {
  const base = on === 'here' ? directory : root && `${root}/current`
  if (cwd !== undefined) return [cwd.startsWith('/') || base === undefined ? cwd : `${base}/${cwd}`]
  if (base === undefined) return ['/']
  return on === 'here' ? [base] : [base, root ?? '/', '/']
}

/** `directories`: the first that exists is where the command starts; when none exists the check is unknown. */
function commandFragment(
  check: CommandCheck,
  directories: readonly string[],
  references: References,
): string {
  // Secrets are exported and stay references in the command: its text is visible to every user of the host.
  const exports = references
    .named(check.command)
    .map(({ name, value }) => `${name}=${quote(value)}; export ${name}\n`)
  const enter = directories.map(directory => `cd ${quote(directory)} 2>/dev/null || `).join('')
  return `${enter}{ sw_say nodir yes; exit; }\n${exports.join('')}sw_run ${seconds(check.timeout)} ${words('sh', '-euc', check.command)}`
}

function judgeCommand(check: CommandCheck, { values }: Said, references: References): Attempt {
  const output = references.redact(values['out'] ?? '')
  const error = references.redact(values['err'] ?? '').trimEnd()
  // Of a long one only the end was kept: it may begin in the middle of a secret.
  const shown = values['cut'] ? output.slice(-300) : output.slice(0, 300)
  const details = { output: shown, ...(error === '' ? {} : { error: error.slice(-300) }) }
  if (values['nodir']) {
    return attempt(
      'unknown',
      text('the directory it starts in does not exist', 'das Startverzeichnis existiert nicht'),
    )
  }
  if (!values['exit']) {
    const limit = formatDuration(seconds(check.timeout) * 1000)
    return attempt(
      'unknown',
      text(`did not end within ${limit}`, `endete nicht innerhalb von ${limit}`),
      details,
    )
  }
  const exit = Number(values['exit'])
  const all = { exit, ...details }
  const reason = error === '' ? '' : `: ${(error.split('\n').at(-1) ?? '').slice(0, 200)}`
  if (exit === 126 || exit === 127) {
    const line = `exit ${exit}${reason}`
    return attempt(
      'unknown',
      explained(
        text(`the command cannot be run (${line})`, `der Befehl ist nicht ausführbar (${line})`),
        error,
      ),
      all,
    )
  }
  if (exit !== check.expect.exit) {
    const wanted = check.expect.exit
    return attempt(
      'fail',
      explained(
        text(
          `ended with exit code ${exit}, expected ${wanted}${reason}`,
          `endete mit Endecode ${exit}, erwartet ${wanted}${reason}`,
        ),
        error,
      ),
      all,
    )
  }
  return judgeOutput(check, values, references, all)
}

function judgeOutput(
  check: CommandCheck,
  values: Said['values'],
  references: References,
  details: Attempt['details'],
): Attempt {
  const { exit, output: matcher } = check.expect
  const ended = attempt('pass', text(`exit code ${exit}`, `Endecode ${exit}`), details)
  if (matcher === undefined) return ended
  const output = values['out'] ?? ''
  if (values['cut']) {
    return attempt(
      'unknown',
      text('the output is too long to be looked at', 'die Ausgabe ist zu lang, um angesehen zu werden'),
      details,
    )
  }
  const name = text('the output', 'die Ausgabe')
  const failure = match(name, output.trimEnd(), matcher, { source: 'text', redact: references.redact })
  return failure ? attempt('fail', failure, details) : ended
}
