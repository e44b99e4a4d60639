import type { ExitCode } from '../../core/exit-code.ts'
import type { Context } from '../context.ts'
import { turn } from '../maintaining.ts'

export function run(context: Context): Promise<ExitCode> {
  return turn(context, 'on')
}
