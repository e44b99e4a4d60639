// Asks for the exact name of what is about to be replaced or destroyed. A script gives it with --confirm; --yes is not enough.
import { type GuardedOperation, guardDestructive } from '../backup/guard.ts'
import type { Problem } from '../core/problem.ts'
import { type Context, switchFlag, textFlag } from './context.ts'

/** Undefined when it may go on. `preface`: what a person reads before the question. */
export async function confirmName(
  context: Context,
  preface: string,
  operation: Omit<GuardedOperation, 'typed'>,
): Promise<Problem | undefined> {
  const { target } = operation
  // What no name can mend is said before anybody types one.
  const blocked = guardDestructive({ ...operation, typed: target })
  if (blocked) return blocked
  const machine = switchFlag(context, 'json')
  const given = textFlag(context, 'confirm')
  if (given === undefined && (machine || !context.io.tty.in)) {
    const refused = guardDestructive({ ...operation, typed: undefined })
    return refused && { ...refused, evidence: preface }
  }
  if (!machine) context.io.err(preface)
  return guardDestructive({ ...operation, typed: given ?? (await typedName(context, target)) })
}

async function typedName(context: Context, target: string): Promise<string | undefined> {
  const question =
    context.lang === 'de' ? `Zum Bestätigen „${target}“ tippen: ` : `Type "${target}" to confirm: `
  return (await context.io.ask(question))?.trim()
}
