import type { Config, HostConfig } from '../../config/config.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { factsScript, parseFacts } from '../../procedures/gather.ts'
import { missing } from '../../procedures/maintenance.ts'
import { wayOf } from '../../procedures/maintenance-steps.ts'
import { type Located, stateScript, stateSecrets } from '../../traffic/maintenance/index.ts'
import type { Context } from '../context.ts'
import { onEveryHost } from '../on-every-host.ts'
import { showResult } from '../outcome.ts'
import { paletteFor } from '../present/palette.ts'
import { withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'

interface HostMaintenance {
  readonly host: string
  readonly state: 'on' | 'off' | 'unknown'
  readonly run: string | null
  readonly until: string | null
  readonly reason: string | null
}

/** Exit 5 when a host does not say whether it is on. */
export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config, hosts } = session
    const problems = missing(config, hosts)
    if (problems.length > 0) return refuse(context, problems)
    const concerned = hosts.filter(host => locatedOn(config, host, hosts) !== undefined)
    const found: HostMaintenance[] = []
    const failed = await onEveryHost(
      context,
      { ...session, hosts: concerned },
      host => {
        const located = locatedOn(config, host, hosts)
        return `(${located === undefined ? ':' : `\n${stateScript(located, secretsFor(config, located))}`})\n${factsScript(config, host)}\nexit 0\n`
      },
      (host, output) => {
        const { maintenance = {} } = parseFacts(output, context.wiring.clock.now())
        const state = /^maintenance (on|off)$/m.exec(output)?.[1]
        found.push({
          host: host.name,
          state: state === 'on' || state === 'off' ? state : 'unknown',
          run: maintenance.order ?? null,
          until: maintenance.until ?? null,
          reason: maintenance.reason ?? null,
        })
      },
    )
    if (failed !== undefined) return failed
    found.sort((a, b) => (a.host < b.host ? -1 : 1))
    const { name } = config.environment
    showResult(context, 'stellwerk.maintenance-status/1', { environment: name, hosts: found }, () =>
      render(found, context),
    )
    return found.some(({ state }) => state === 'unknown') ? exitCode.checkSaysNo : exitCode.done
  })
}

function locatedOn(config: Config, host: HostConfig, hosts: readonly HostConfig[]): Located | undefined {
  const way = wayOf(config, host, hosts[0]?.name)
  const known = [...config.secrets.keys(), ...config.secretCommands.keys()]
  return way && { root: host.root, environment: config.environment.name, known, way }
}

function secretsFor(config: Config, located: Located): Record<string, string> {
  const values = stateSecrets(located).map(name => [name, config.secrets.get(name)?.reveal() ?? ''] as const)
  return Object.fromEntries(values)
}

function render(hosts: readonly HostMaintenance[], context: Context): string {
  const de = context.lang === 'de'
  const palette = paletteFor(context.io.color.out)
  return hosts
    .map(({ host, state, run, until, reason }) => {
      const words = {
        on: de ? 'in Wartung' : 'under maintenance',
        off: de ? 'offen' : 'open',
        unknown: de ? 'unbekannt' : 'unknown',
      }
      const mark = { on: palette.yellow('!'), off: palette.green('✔'), unknown: palette.red('✖') }[state]
      const more = [run, until && `${de ? 'bis' : 'until'} ${until}`, reason].filter(Boolean).join(', ')
      return `${mark} ${palette.bold(host)}  ${words[state]}${state === 'on' && more !== '' ? `  (${more})` : ''}\n`
    })
    .join('')
}
