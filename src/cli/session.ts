// What every command over hosts begins with: the config, who takes part, connections, and a presenter.
import type { Destination } from '../backup/destination.ts'
import type { Config, HostConfig } from '../config/config.ts'
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import type { Problem } from '../core/problem.ts'
import { redactor } from '../core/secret.ts'
import type { EngineDeps } from '../engine/engine.ts'
import { inParallel } from '../engine/parallel.ts'
import type { Kinds } from '../engine/step.ts'
import { selectHosts } from '../procedures/fleet.ts'
import { type Context, listFlag } from './context.ts'
import { loadConfig } from './loading.ts'
import { exitFor, showProblems } from './outcome.ts'
import { choosePresenter } from './present/choose.ts'
import type { Presenter } from './present/presenter.ts'
import { mentionWarnings, showWarnings } from './present/warnings.ts'
import { withWaivers } from './waiving.ts'
import type { Fleet } from './wiring.ts'

export interface Session {
  readonly config: Config
  /** stellwerk.yaml as it was read. */
  readonly source: { readonly file: string; readonly text: string }
  /** Secrets without a value; empty unless the command only tells them. */
  readonly unresolved: readonly Problem[]
  /** Those of --hosts and --roles, sorted by name. */
  readonly hosts: readonly HostConfig[]
  readonly fleet: Fleet
  readonly presenter: Presenter
  /** A destination of backups by name, connected once. Rejects with ProblemError. */
  destination(name: string): Promise<Destination>
  /** Begins to connect while something else is done here. */
  connect(): void
  deps(kinds: Kinds): EngineDeps
}

/** Loads, connects, runs `action`, and closes whatever happens. Problems on the way are shown here. */
export async function withSession(
  context: Context,
  action: (session: Session) => Promise<ExitCode>,
  /** How warnings of the config are shown; one line where somebody comes to do something else. */
  warnings: 'whole' | 'mentioned' = 'mentioned',
  secrets?: 'told',
): Promise<ExitCode> {
  const { wiring } = context
  const loaded = await loadConfig(context, secrets)
  if (!loaded.ok) {
    showProblems(context, loaded.error)
    return exitCode.config
  }
  const show = warnings === 'whole' ? showWarnings : mentionWarnings
  show(context, loaded.value.warnings)
  const waived = withWaivers(context, loaded.value.config)
  if (!waived.ok) {
    showProblems(context, waived.error)
    return exitCode.usage
  }
  const config = waived.value
  const hosts = selectHosts(config, listFlag(context, 'hosts'), listFlag(context, 'roles'))
  if (!hosts.ok) {
    showProblems(context, hosts.error)
    return exitFor(hosts.error[0] ?? { code: 'STW-U001', what: { en: '', de: '' } })
  }
  const fleet = await wiring.connect(config)
  const presenter = choosePresenter(context)
  const destinations = new Map<string, Promise<Destination>>()
  try {
    const destination = (name: string) => {
      const known = destinations.get(name) ?? wiring.openDestination(config, name, fleet)
      destinations.set(name, known)
      return known
    }
    const deps = (kinds: Kinds): EngineDeps => ({
      hosts: fleet.hosts,
      kinds,
      emit: event => presenter.event(event),
      now: () => wiring.clock.now(),
      random: bytes => wiring.random(bytes),
      sleep: (ms, signal) => wiring.clock.sleep(ms, signal),
      secret: name => config.secrets.get(name)?.reveal(),
      redact: redactor(config.secrets.values()),
      parallel: config.environment.parallel,
      interrupt: context.interrupt,
    })
    const connect = () =>
      void inParallel(hosts.value, config.environment.parallel, async host =>
        fleet.hosts.get(host.name)?.connect?.(),
      )
    return await action({
      config,
      source: { file: loaded.value.file, text: loaded.value.source },
      unresolved: loaded.value.unresolved ?? [],
      hosts: hosts.value,
      fleet,
      presenter,
      destination,
      connect,
      deps,
    })
  } finally {
    presenter.end()
    for (const opened of await Promise.allSettled(destinations.values()))
      if (opened.status === 'fulfilled') await opened.value.close()
    await fleet.close()
  }
}

/** For commands that look at the config itself: each warning whole. */
export function withWholeWarnings(
  context: Context,
  action: (session: Session) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withSession(context, action, 'whole')
}
