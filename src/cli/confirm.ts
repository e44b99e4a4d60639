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
  if (!context.io.tty.in || switchFlag(context, 'json')) return nobody(command)
  const hint = context.lang === 'de' ? '[j/N]' : '[y/N]'
  context.io.err(preface)
  const answer = (await context.io.ask(`${question} ${hint} `))?.trim()
  return /^(y|yes|j|ja)$/i.test(answer ?? '') ? undefined : declined()
}

/** The same where data is lost for good: a word is typed, which no habit does. */
export async function confirmTyped(
  context: Context,
  preface: string,
  word: string,
  command: string,
): Promise<Problem | undefined> {
  if (switchFlag(context, 'yes')) return undefined
  if (!context.io.tty.in || switchFlag(context, 'json')) return nobody(command)
  context.io.err(preface)
  const question = context.lang === 'de' ? `Zum Bestätigen „${word}“ tippen: ` : `Type "${word}" to confirm: `
  return (await context.io.ask(question))?.trim() === word ? undefined : declined()
}

function nobody(command: string): Problem {
  return {
    code: 'STW-U002',
    what: text('Nobody is there to confirm', 'Es ist niemand da, der bestätigen könnte'),
    next: [text(`${command} --yes`, `${command} --yes`)],
  }
}

function declined(): Problem {
  return {
    code: 'STW-U002',
    what: text('Declined, nothing was changed', 'Abgelehnt, es wurde nichts geändert'),
  }
}
