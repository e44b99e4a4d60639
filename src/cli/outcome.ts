// How results and problems leave the program: text for people, documents for machines, and the exit code.
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import type { Problem } from '../core/problem.ts'
import type { RunStatus } from '../engine/events.ts'
import { type Context, switchFlag } from './context.ts'
import { isConfigProblem, renderConfig } from './present/config-problem.ts'
import { paletteFor } from './present/palette.ts'
import { renderProblem } from './present/problem.ts'

/** Problems go to stderr: as text, or with --json as one document each line. */
export function showProblems(context: Context, problems: readonly Problem[]): void {
  const { lang } = context
  const palette = paletteFor(context.io.color.err)
  for (const problem of problems) {
    context.io.err(
      switchFlag(context, 'json')
        ? `${JSON.stringify({ schema: 'stellwerk.problem/1', ...problem })}\n`
        : isConfigProblem(problem)
          ? renderConfig(problem, { lang, palette, warning: false })
          : renderProblem(problem, lang, palette),
    )
  }
}

/** Exit code of a problem that stopped a command before any change. */
export function exitFor(problem: Problem): ExitCode {
  if (problem.code.startsWith('STW-C')) return exitCode.config
  if (['STW-E110', 'STW-E112', 'STW-E113'].includes(problem.code)) return exitCode.locked
  if (problem.code === 'STW-E114' || problem.code.startsWith('STW-H')) return exitCode.unreachable
  if (destinationIsOff.includes(problem.code)) return exitCode.unreachable
  if (problem.code === 'STW-U001') return exitCode.usage
  if (['STW-U002', 'STW-B500', 'STW-B501'].includes(problem.code)) return exitCode.declined
  if (['STW-O800', 'STW-O813'].includes(problem.code)) return exitCode.waiting
  if (['STW-O801', 'STW-O804', 'STW-O805'].includes(problem.code)) return exitCode.checkSaysNo
  if (
    ['STW-O802', 'STW-O803', 'STW-O806', 'STW-O807', 'STW-O811', 'STW-O812', 'STW-O820', 'STW-O821'].includes(
      problem.code,
    )
  )
    return exitCode.usage
  if (problem.code.startsWith('STW-K')) return exitCode.checkSaysNo
  if (problem.code === 'STW-O814') return exitCode.needsALook
  return exitCode.failedAndUnchanged
}

/** It does not answer, breaks off, lets nobody in, or is not the one that it should be. */
const destinationIsOff = ['209', '211', '213', '220', '226', '227', '228', '260', '281', '282', '285'].map(
  number => `STW-B${number}`,
)

/** Of problems in the order of their hosts: a host that was not reached decides, else the first. Who answered last does not. */
export function exitForAll(problems: readonly Problem[]): ExitCode {
  const codes = problems.map(exitFor)
  return codes.find(code => code === exitCode.unreachable) ?? codes[0] ?? exitCode.done
}

export function exitForRun(status: RunStatus): ExitCode {
  switch (status) {
    case 'done':
      return exitCode.done
    case 'undone':
    case 'unchanged':
      return exitCode.failedAndUnchanged
    case 'left-out':
    case 'needs-a-look':
      return exitCode.needsALook
    case 'waiting':
      return exitCode.waiting
  }
}

/** One result: a document with --json, else the given text. */
export function showResult(
  context: Context,
  schema: string,
  document: Readonly<Record<string, unknown>>,
  text: () => string,
): void {
  if (switchFlag(context, 'json')) context.io.out(`${JSON.stringify({ schema, ...document })}\n`)
  else context.io.out(text())
}
