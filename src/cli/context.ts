// Everything a command can reach. Commands never touch process, console or the file system themselves.
import type { Lang } from '../core/lang.ts'
import type { Io } from './io.ts'
import type { Wiring } from './wiring.ts'

export interface Context {
  readonly args: Readonly<Record<string, string | undefined>>
  /** All words of a rest argument. */
  readonly rest: readonly string[]
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
  readonly lang: Lang
  readonly io: Io
  readonly wiring: Wiring
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP. */
  readonly interrupt: AbortSignal
}

export function textFlag(context: Context, name: string): string | undefined {
  const value = context.flags[name]
  return typeof value === 'string' ? value : undefined
}

export function switchFlag(context: Context, name: string): boolean {
  return context.flags[name] === true
}

/** Comma-separated values of a flag. */
export function listFlag(context: Context, name: string): readonly string[] {
  const value = textFlag(context, name)
  return value === undefined
    ? []
    : value
        .split(',')
        .map(part => part.trim())
        .filter(part => part !== '')
}

/** Values of a flag that may be given several times. */
export function manyFlag(context: Context, name: string): readonly string[] {
  const value = context.flags[name]
  return Array.isArray(value) ? value : []
}
