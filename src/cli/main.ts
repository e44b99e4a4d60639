// From words to an exit code. The one place where a bug is caught, printed and turned into exit 70.
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import type { Lang } from '../core/lang.ts'
import { ProblemError } from '../core/problem.ts'
import { commands } from './commands.ts'
import type { Context } from './context.ts'
import type { Io } from './io.ts'
import { exitFor, showProblems } from './outcome.ts'
import { parseArguments } from './program.ts'
import type { Wiring } from './wiring.ts'

export async function runCli(
  argv: readonly string[],
  io: Io,
  interrupt: AbortSignal,
  wire: () => Promise<Wiring>,
  facts: { version: string; env: Wiring['env'] },
): Promise<ExitCode> {
  const lang = languageOf(argv, facts.env)
  const parsed = parseArguments(argv.length === 0 ? ['--help'] : argv, commands, lang, facts.version, io)
  if (parsed.kind === 'exit') return argv.length === 0 ? exitCode.usage : parsed.code
  const { command, args, rest, flags } = parsed.invocation
  const quietColor = flags['color'] === false ? { ...io, color: { out: false, err: false } } : io
  let context: Context | undefined
  try {
    const implementation = await command.load()
    context = { args, rest, flags, lang, io: quietColor, wiring: await wire(), interrupt }
    return await implementation.run(context)
  } catch (error) {
    if (ProblemError.is(error) && context) {
      showProblems(context, [error.problem])
      return exitFor(error.problem)
    }
    io.err(bugReport(error, facts.version, lang))
    return exitCode.bug
  }
}

/** --lang, then STELLWERK_LANG, then the locale; English when nothing says German. A config's `language` is for what is
 *  written for the team (runbooks, mails), not for the person at this terminal. */
function languageOf(argv: readonly string[], env: Wiring['env']): Lang {
  const at = argv.indexOf('--lang')
  const asked =
    at >= 0
      ? argv[at + 1]
      : (argv.find(word => word.startsWith('--lang='))?.slice(7) ?? env['STELLWERK_LANG'])
  if (asked === 'de' || asked === 'en') return asked
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || ''
  return locale.toLowerCase().startsWith('de') ? 'de' : 'en'
}

function bugReport(error: unknown, version: string, lang: Lang): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const intro =
    lang === 'de'
      ? `Das ist ein Fehler in Stellwerk ${version}, nicht in Ihrer Konfiguration. Läuft gerade ein Deploy, hilft: stellwerk recover`
      : `This is a bug in Stellwerk ${version}, not in your configuration. If a deploy was under way: stellwerk recover`
  return `✖ ${intro}\n${stack}\n`
}
