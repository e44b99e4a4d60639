// Puts the schedule into systemd or cron of this machine: what install and remove share.

import { systemdTimers, type TimerProps } from '../backup/timers.ts'
import { crontab, withCrontab } from '../backup/timers-crontab.ts'
import { readCrontab, runsSystemd, unitsScript, writeCrontab } from '../backup/timers-install.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Execution } from '../engine/host.ts'
import { type Context, switchFlag } from './context.ts'
import type { Scheduled } from './scheduling.ts'

export interface Place {
  readonly kind: 'systemd' | 'cron'
  /** Of the person instead of the system. */
  readonly user: boolean
}

export async function placeFor(context: Context): Promise<Result<Place>> {
  const [systemd, cron] = [switchFlag(context, 'systemd'), switchFlag(context, 'cron')]
  if (systemd && cron) return err(both())
  const root = (await here(context, 'id -u\n')).stdout.trim() === '0'
  const user = switchFlag(context, 'user') || !root
  if (systemd || cron) return ok({ kind: cron ? 'cron' : 'systemd', user })
  const { ending } = await here(context, runsSystemd)
  const runs = ending.kind === 'exit' && ending.code === 0
  return ok({ kind: runs ? 'systemd' : 'cron', user })
}

/** Neither systemd nor cron knows the variables of this shell: a secret that comes from one is missing when the timer runs. */
export function secretsOfShell({ config }: Scheduled): readonly string[] {
  const { secrets, secretFiles, secretCommands } = config
  return [...secrets.keys()].filter(name => !secretFiles.has(name) && !secretCommands.has(name)).toSorted()
}

/** What would be written, for systemd one file after the other. */
export function printed(context: Context, scheduled: Scheduled, { kind }: Place): string {
  if (kind === 'cron') return `${crontab(timersOf(context, scheduled)).join('\n')}\n`
  return unitsOf(context, scheduled)
    .map(({ name, content }) => `# ${name}\n${content}`)
    .join('\n')
}

/** `remove`: everything of this app and environment goes. Says whether something already runs it. */
export async function install(
  context: Context,
  scheduled: Scheduled,
  { kind, user }: Place,
  remove = false,
): Promise<Result<'enabled' | 'written'>> {
  const { config } = scheduled
  const [app, environment] = [config.app, config.environment.name]
  if (kind === 'systemd') {
    const units = remove ? [] : unitsOf(context, scheduled)
    const done = await here(context, unitsScript({ app, environment, user }, units))
    if (!isGood(done)) return err(failed('systemd', done))
    return ok(done.stdout.includes('enabled') ? 'enabled' : 'written')
  }
  const existing = await here(context, readCrontab)
  // A crontab that cannot be read must not be replaced.
  if (!isGood(existing)) return err(failed('crontab', existing))
  const lines = remove ? [] : crontab(timersOf(context, scheduled))
  const changed = withCrontab(existing.stdout, app, environment, lines)
  if (!changed.ok) return changed
  if (changed.value === existing.stdout) return ok('enabled')
  const done = await here(context, writeCrontab(changed.value))
  return isGood(done) ? ok('enabled') : err(failed('crontab', done))
}

function unitsOf(context: Context, scheduled: Scheduled) {
  return systemdTimers({ ...timersOf(context, scheduled), now: context.wiring.clock.now() })
}

function timersOf({ wiring }: Context, { config, entries, file }: Scheduled): TimerProps {
  const environment = config.environment.name
  const options = ['--config', file, '--wait', '1h']
  return {
    app: config.app,
    environment,
    zone: config.timezone,
    entries,
    command: entry => [
      ...wiring.program,
      ...(entry === 'drill'
        ? ['drill', environment, ...options]
        : entry === 'aftercare'
          ? ['aftercare', environment, 'run', '--config', file]
          : ['backup', environment, '--class', entry, ...options]),
    ],
  }
}

function here({ wiring, interrupt }: Context, script: string): Promise<Execution> {
  return wiring.here.run(script, { timeout: 60_000, signal: interrupt })
}

function isGood({ ending }: Execution): boolean {
  return ending.kind === 'exit' && ending.code === 0
}

function both(): Problem {
  return {
    code: 'STW-U001',
    what: text('It is --systemd or --cron, not both', 'Es ist --systemd oder --cron, nicht beides'),
  }
}

function failed(what: 'systemd' | 'crontab', { stderr, ending }: Execution): Problem {
  const last = stderr.trim().split('\n').at(-1) || ending.kind
  return {
    code: 'STW-B542',
    what:
      what === 'systemd'
        ? text('The timers could not be set up', 'Die Timer ließen sich nicht einrichten')
        : text('The crontab could not be changed', 'Die Crontab ließ sich nicht ändern'),
    why: text(last, last),
    next: [text('stellwerk schedule install --print', 'stellwerk schedule install --print')],
  }
}
