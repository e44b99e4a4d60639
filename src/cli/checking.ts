// What checks of one host are given when a command asks them outside of a run.
import type { CheckContext } from '../checks/index.ts'
import type { HostConfig } from '../config/config.ts'
import { redactor } from '../core/secret.ts'
import { addressOf, passOf } from '../procedures/verify-steps.ts'
import { connectionTo } from './ask.ts'
import type { Context } from './context.ts'
import type { Session } from './session.ts'

export function checkContextFor(context: Context, session: Session, host: HostConfig): CheckContext {
  const { config } = session
  const address = addressOf(config, host)
  return {
    clock: context.wiring.clock,
    here: context.wiring.here,
    directory: config.directory,
    root: host.root,
    signal: context.interrupt,
    secret: (name: string) => config.secrets.get(name)?.reveal(),
    redact: redactor(config.secrets.values()),
    host: connectionTo(session, host),
    ...(address ? { address } : {}),
    ...passOf(config),
  }
}
