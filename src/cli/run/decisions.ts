import { isDecided } from '../../config/schema/decision.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import type { Context } from '../context.ts'
import { withConfig } from '../loading.ts'
import { showProblems, showResult } from '../outcome.ts'
import { paletteFor } from '../present/palette.ts'
import { table } from '../present/table.ts'
import type { LoadedConfig } from '../wiring.ts'

/** All decisions, the open ones with where they stand. Exit 5 while one is open. Asks no host. */
export function run(context: Context): Promise<ExitCode> {
  return withConfig(context, loaded => listDecisions(context, loaded))
}

function listDecisions(context: Context, { config }: LoadedConfig): ExitCode {
  const decisions = Object.entries(config.decisions).map(([name, decision]) => ({
    name,
    decided: isDecided(decision),
    ...decision,
  }))
  const open = config.undecided
  showProblems(context, open)
  const palette = paletteFor(context.io.color.out)
  showResult(
    context,
    'stellwerk.decisions/1',
    { environment: config.environment.name, open: open.length, decisions },
    () => {
      const de = context.lang === 'de'
      if (decisions.length === 0) return de ? 'Keine Entscheidungen hinterlegt\n' : 'No decisions listed\n'
      return table(
        decisions.map(({ name, question, decided, answer, by, on }) => [
          decided ? palette.green('✔') : palette.red('✖'),
          name,
          question,
          decided && answer !== undefined ? answer : de ? 'offen' : 'open',
          by ?? '',
          on ?? '',
        ]),
      )
    },
  )
  return open.length > 0 ? exitCode.checkSaysNo : exitCode.done
}
