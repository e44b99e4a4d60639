import { concerns } from '../../config/roles.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { unknownName } from '../../procedures/unknown-name.ts'
import { shellScript } from '../../services/index.ts'
import type { Context } from '../context.ts'
import { exitFor, showProblems } from '../outcome.ts'
import { withSession } from '../session.ts'
import { atTerminal, noTerminal, oneHost } from '../terminal-session.ts'

/** A shell in `current`, or inside the container of a service. */
export async function run(context: Context): Promise<ExitCode> {
  const absent = noTerminal(context, 'stellwerk exec <environment> -- <command>')
  if (absent) {
    showProblems(context, [absent])
    return exitCode.usage
  }
  return withSession(context, async session => {
    const { config } = session
    const name = context.args['service']
    const service = name === undefined ? undefined : config.services[name]
    if (name !== undefined && service === undefined) {
      showProblems(context, [unknownName('service', name, Object.keys(config.services))])
      return exitCode.usage
    }
    const host = oneHost(session.hosts.filter(each => concerns(service?.roles, each)))
    if (!host.ok) {
      showProblems(context, [host.error])
      return exitFor(host.error)
    }
    const { root, env } = host.value
    const place = { app: config.app, environment: config.environment.name, root, env }
    return atTerminal(context, session, host.value, shellScript(name, service, place))
  })
}
