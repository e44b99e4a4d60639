// Tells the channels of `notify` what becomes of a run. At most once for each event: nothing is kept to be sent later.
import type { Config } from '../config/config.ts'
import { type Text, text } from '../core/lang.ts'
import { redactor } from '../core/secret.ts'
import type { Plan } from '../engine/plan.ts'
import type { RunResult } from '../engine/run.ts'
import type { AnnounceDeps, Delivery } from '../notify/announce.ts'
import type { Announcement, Happening } from '../notify/message.ts'
import type { HostFacts } from '../procedures/facts.ts'
import type { ReleaseRecord } from '../release/record.ts'
import type { Context } from './context.ts'
import { wordsOf } from './present/run-words.ts'

export interface Announcer {
  /** The lock is held and a person has agreed. Nobody waits for it: the run begins meanwhile. */
  begin(plan: Plan): void
  /** `how`: what a run means that somebody else began; default: what it says itself. */
  end(plan: Plan, result: RunResult, how?: 'recovered' | 'rejected'): Promise<readonly Delivery[]>
}

// A dry run changes nothing, so there is nothing to tell.
function isAnnounced({ procedure, summary }: Plan): boolean {
  return ['deploy', 'rollback', 'restore'].includes(procedure) && summary['dryRun'] !== true
}

export function announcerFor(
  context: Context,
  config: Config,
  facts: ReadonlyMap<string, HostFacts> = new Map(),
): Announcer {
  const releases = [...facts.values()].flatMap(({ release }) => release.releases)
  let begun: Promise<readonly Delivery[]> = Promise.resolve([])
  const tell = async (plan: Plan, announcement: Told): Promise<readonly Delivery[]> => {
    const names = config.notify?.announce[announcement.happening] ?? []
    return send(context, config, names, { ...about(plan, releases, context), ...announcement })
  }
  return {
    begin: plan => {
      if (!isAnnounced(plan)) return
      begun = tell(plan, {
        happening: 'start',
        headline: begins(plan),
        next: [`stellwerk status ${plan.environment}`],
      })
    },
    end: async (plan, result, how) =>
      isAnnounced(plan) ? [...(await begun), ...(await tell(plan, endOf(plan, result, how)))] : [],
  }
}

/** Also for `notify test`. */
export async function send(
  context: Context,
  config: Config,
  names: readonly string[],
  announcement: Announcement,
): Promise<readonly Delivery[]> {
  const { notify } = config
  if (!notify || names.length === 0) return []
  const { announce } = await import('../notify/announce.ts')
  return announce(notify, names, announcement, depsFor(context, config))
}

function depsFor({ wiring }: Context, config: Config): AnnounceDeps {
  return {
    clock: wiring.clock,
    secret: name => config.secrets.get(name)?.reveal(),
    readFile: path => wiring.readFile(path.startsWith('/') ? path : `${config.directory}/${path}`),
    lang: config.language,
    timeZone: config.timezone,
    redact: redactor(config.secrets.values()),
  }
}

type Told = Pick<Announcement, 'headline' | 'next' | 'problem'> & {
  readonly happening: Exclude<Happening, 'test'>
}

function endOf(plan: Plan, result: RunResult, how: 'recovered' | 'rejected' | undefined): Told {
  const env = plan.environment
  const words = wordsOf(plan)
  const { status, problem } = result
  switch (status) {
    case 'done':
      return {
        happening: plan.procedure === 'rollback' ? 'rollback' : 'success',
        headline: words.done,
        next: words.next,
      }
    case 'waiting': {
      const release = field(plan, 'release')
      const headline = text(
        `${release} serves on ${env} and waits for sign-offs`,
        `${release} dient auf ${env} und wartet auf Unterschriften`,
      )
      return { happening: 'waiting', headline, next: [`stellwerk sign-off ${env}`], problem }
    }
    case 'unchanged':
      return { happening: 'failure', headline: unchanged, next: words.look, problem }
    case 'undone':
      return {
        happening: how === 'rejected' ? 'rollback' : 'failure',
        headline: how === 'recovered' ? died : words.undone,
        next: words.look,
        problem,
      }
    case 'left-out':
      return { happening: 'failure', headline: leftOut, next: words.mend, problem }
    case 'needs-a-look':
      return { happening: 'failure', headline: needsALook, next: words.mend, problem }
  }
}

const unchanged = text('Failed before anything was changed', 'Gescheitert, bevor etwas geändert wurde')
const died = text(
  'The run had died and is taken back completely: everything is as before',
  'Der Lauf war gestorben und ist vollständig zurückgenommen: alles ist wie zuvor',
)
const leftOut = text('The release serves, but not everywhere', 'Das Release dient, aber nicht überall')
const needsALook = text('The state needs a look', 'Der Zustand muss angesehen werden')

function begins(plan: Plan): Text {
  const { environment: env } = plan
  const release = field(plan, 'release')
  switch (plan.procedure) {
    case 'rollback':
      return text(`${env} is being rolled back to ${release}`, `${env} wird auf ${release} zurückgerollt`)
    case 'restore': {
      const set = field(plan, 'set')
      return text(`Set ${set} is being restored on ${env}`, `Satz ${set} wird auf ${env} wiederhergestellt`)
    }
    default:
      return text(`${release} is being deployed to ${env}`, `${release} wird auf ${env} ausgerollt`)
  }
}

function about(plan: Plan, releases: readonly ReleaseRecord[], { wiring }: Context) {
  const { app, environment, procedure, run, summary } = plan
  const record = (id: string) => releases.find(release => release.id === id)
  const release = field(plan, 'release')
  const hosts = Array.isArray(summary['hosts']) ? (summary['hosts'] as readonly { from?: unknown }[]) : []
  const from = [...new Set(hosts.flatMap(host => (typeof host.from === 'string' ? [host.from] : [])))]
  return {
    ...{ app, environment, procedure, run, release },
    version: field(plan, 'version') || record(release)?.version,
    from: from.map(id => [id, record(id)?.version].filter(Boolean).join(' ')).join(', '),
    by: field(plan, 'by'),
    notes: field(plan, 'notes') || record(release)?.notes,
    at: wiring.clock.now().toISOString(),
  }
}

function field({ summary }: Plan, key: string): string {
  const value = summary[key]
  return typeof value === 'string' ? value : ''
}
