// Asks before something is changed. Without a person and without --yes the answer is no, and says how to say yes.
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { type Context, switchFlag } from './context.ts'

/** Undefined when confirmed. `preface`: what a person reads before the question. */
export async function confirm(
  context: Context,
  preface: string,
  question: string,
  command: string,
): Promise<Problem | undefined> {
  if (switchFlag(context, 'yes')) return undefined
  if (!context.io.tty.in || switchFlag(context, 'json')) {
    return {
      code: 'STW-U002',
      what: text('Nobody is there to confirm', 'Es ist niemand da, der bestätigen könnte'),
      next: [text(`${command} --yes`, `${command} --yes`)],
    }
  }
  const hint = context.lang === 'de' ? '[j/N]' : '[y/N]'
  context.io.err(preface)
  const answer = (await context.io.ask(`${question} ${hint} `))?.trim()
  return /^(y|yes|j|ja)$/i.test(answer ?? '')
    ? undefined
    : { code: 'STW-U002', what: text('Declined, nothing was changed', 'Abgelehnt, es wurde nichts geändert') }
}
