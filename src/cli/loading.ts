// What every command of one environment begins with: stellwerk.yaml as it holds there, or all its problems.
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import type { Problem } from '../core/problem.ts'
import type { Result } from '../core/result.ts'
import { type Context, textFlag } from './context.ts'
import { showProblems } from './outcome.ts'
import type { LoadedConfig, Wiring } from './wiring.ts'

type Secrets = Parameters<Wiring['load']>[0]['secrets']

/** The environment that the command line names, or the only one. */
export function loadConfig(
  context: Context,
  secrets?: Secrets,
): Promise<Result<LoadedConfig, readonly Problem[]>> {
  return context.wiring.load({
    file: textFlag(context, 'config'),
    environment: context.args['environment'],
    ...(secrets === undefined ? {} : { secrets }),
  })
}

/** For commands that ask no host. */
export async function withConfig(
  context: Context,
  action: (loaded: LoadedConfig) => ExitCode | Promise<ExitCode>,
  secrets?: Secrets,
): Promise<ExitCode> {
  const loaded = await loadConfig(context, secrets)
  if (loaded.ok) return action(loaded.value)
  showProblems(context, loaded.error)
  return exitCode.config
}
