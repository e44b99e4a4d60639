// A command is data: its definition is cheap and always loaded, its implementation is loaded when it runs. Help, usage,
// reference and completion are made from the same data.
import type { ExitCode } from '../core/exit-code.ts'
import type { Text } from '../core/lang.ts'
import type { Context } from './context.ts'

export interface Argument {
  readonly name: string
  readonly about: Text
  readonly required?: boolean
  /** Takes all remaining words. */
  readonly rest?: boolean
}

export interface Flag {
  /** Long name without dashes. */
  readonly name: string
  /** Placeholder of its value; absent: a switch. */
  readonly value?: string
  readonly about: Text
  readonly values?: readonly string[]
  /** May be given several times. */
  readonly many?: boolean
}

export interface Command {
  /** Words of the verb: `deploy`, `keys generate`. */
  readonly name: string
  readonly about: Text
  readonly args?: readonly Argument[]
  readonly flags?: readonly Flag[]
  /** Lines that can be pasted. */
  readonly examples: readonly string[]
  readonly exits: readonly ExitCode[]
  readonly load: () => Promise<{ readonly run: (context: Context) => Promise<ExitCode> }>
}
