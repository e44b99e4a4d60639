// From a commit or a bundle to a plan: what `deploy` and `plan deploy` share.
import type { HostConfig } from '../config/config.ts'
import { parseDuration } from '../core/duration.ts'
import { releaseId, releaseTime, runId } from '../core/ids.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { required } from '../core/required.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Owner } from '../engine/lease.ts'
import { acquireAll } from '../engine/lock.ts'
import { inParallel } from '../engine/parallel.ts'
import type { Kinds } from '../engine/step.ts'
import type { HostFacts } from '../procedures/facts.ts'
import { placeFor } from '../procedures/fleet.ts'
import { factsScript, parseFacts } from '../procedures/gather.ts'
import { makeKinds } from '../procedures/kinds.ts'
import type { Bundle } from '../release/bundle/bundle.ts'
import type { RouterFile } from '../traffic/index.ts'
import { ask } from './ask.ts'
import { type Context, switchFlag, textFlag } from './context.ts'
import type { Session } from './session.ts'
import type { UploadSource } from './uploads.ts'
import { ranHereAndIsGone } from './wiring.ts'

export interface Locked {
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly tokens: ReadonlyMap<string, number>
  readonly owner: Owner
}

/** Takes the locks of the hosts and learns, in the same round trip, what a plan needs. */
export async function lockAndLook(
  context: Context,
  session: Session,
  hosts: readonly HostConfig[],
  run: string,
  procedure: string,
  kinds: Kinds,
): Promise<Result<Locked>> {
  const { config } = session
  const { wiring } = context
  const now = wiring.clock.now()
  const byName = new Map(hosts.map(host => [host.name, host]))
  const wait = waitOf(context)
  if (!wait.ok) return wait
  const owner = ownerOf(context, session, run, procedure)
  // The first word on the screen: connecting to the hosts may take a while.
  session.presenter.event({ code: 'STW-E009', type: 'note', text: lockingNote(hosts) })
  const leases = await acquireAll(
    {
      places: hosts.map(placeFor),
      environment: config.environment.name,
      owner,
      payload: place => factsScript(config, required(byName, place.name)),
      wait: wait.value,
      isDead: owner => ranHereAndIsGone(wiring, owner),
    },
    session.deps(kinds),
  )
  if (!leases.ok) return leases
  const facts = new Map([...leases.value].map(([name, lease]) => [name, parseFacts(lease.output, now)]))
  const tokens = new Map([...leases.value].map(([name, lease]) => [name, lease.token]))
  return ok({ facts, tokens, owner })
}

function lockingNote(hosts: readonly HostConfig[]): Text {
  const [first] = hosts
  return hosts.length === 1 && first
    ? text(`Taking the lock on ${first.name}`, `Die Sperre auf ${first.name} wird genommen`)
    : text(
        `Taking the locks on ${hosts.length} hosts`,
        `Die Sperren auf ${hosts.length} Hosts werden genommen`,
      )
}

/** Who this command is, for the locks that it takes. */
export function ownerOf({ wiring }: Context, { config }: Session, run: string, procedure: string): Owner {
  const since = wiring.clock.now().toISOString()
  return { run, procedure, ...wiring.self, since, lease: Math.ceil(config.environment.lease / 1000) }
}

/** Milliseconds of --wait; 0 without it. */
export function waitOf(context: Context): Result<number> {
  const value = textFlag(context, 'wait')
  const wait = value === undefined ? 0 : parseDuration(value)
  if (wait !== undefined) return ok(wait)
  return err({
    code: 'STW-U001',
    what: text(`--wait takes a duration, not "${value}"`, `--wait erwartet eine Dauer, nicht „${value}“`),
    next: [text('--wait 5m', '--wait 5m')],
  })
}

/** The same without locks: for looking only. */
export async function look(
  context: Context,
  session: Session,
  hosts: readonly HostConfig[],
): Promise<Result<ReadonlyMap<string, HostFacts>, readonly Problem[]>> {
  const { config } = session
  const now = context.wiring.clock.now()
  const problems: Problem[] = []
  const facts = new Map<string, HostFacts>()
  await inParallel(hosts, config.environment.parallel, async host => {
    const answer = await ask(session, host, `${factsScript(config, host)}\nexit 0\n`)
    if (answer.ok) facts.set(host.name, parseFacts(answer.value, now))
    else problems.push(answer.error)
  })
  return problems.length > 0
    ? err(problems)
    : ok(new Map([...facts].toSorted(([a], [b]) => (a < b ? -1 : 1))))
}

/** Step kinds; without `source` the plan must not upload. */
export async function kindsFor(context: Context, session: Session, source?: UploadSource): Promise<Kinds> {
  const { wiring } = context
  return makeKinds({
    clock: wiring.clock,
    here: wiring.here,
    directory: session.config.directory,
    openUpload: step => {
      if (!source) throw new Error(`no bundle for ${step.id}`)
      return source.open(step)
    },
    openRouterFile: async () => (await wiring.routerFile()).open(),
    destination: name => session.destination(name),
    hostNamed: name => required(session.fleet.hosts, name),
    now: () => wiring.clock.now(),
    version: wiring.version,
  })
}

/** The bundle to deploy: the given file, or a fresh build. */
export async function bundleFor(context: Context, session: Session): Promise<Result<Bundle>> {
  const { wiring, interrupt } = context
  const file = textFlag(context, 'bundle')
  if (file !== undefined) {
    const opened = await wiring.openBundle(file, session.config.release.trust)
    if (opened.ok && opened.value.manifest.app !== session.config.app)
      return err(foreignBundle(opened.value, session.config.app))
    return opened
  }
  const ref = textFlag(context, 'ref')
  return wiring.buildBundle(session.config, {
    ...(ref === undefined ? {} : { ref }),
    dirty: switchFlag(context, 'dirty'),
    emit: event => session.presenter.event(event),
    signal: interrupt,
  })
}

function foreignBundle({ manifest, path }: Bundle, app: string): Problem {
  return {
    code: 'STW-D305',
    what: text(
      `This bundle holds the app "${manifest.app}", not "${app}"`,
      `Dieses Bundle enthält die App „${manifest.app}“, nicht „${app}“`,
    ),
    where: { file: path },
    next: [text('stellwerk build', 'stellwerk build')],
  }
}

export function newRun(context: Context, procedure: string): { readonly run: string; readonly now: Date } {
  const now = context.wiring.clock.now()
  return { now, run: runId(now, procedure, context.wiring.random(3)) }
}

/** A name that sorts behind every release of the hosts: two that begin in the same second, or on a laptop whose clock is
 *  behind, must not change the order that a rollback goes by. */
export function newRelease(now: Date, bundle: Bundle, facts: ReadonlyMap<string, HostFacts>): string {
  const newest = [...facts.values()]
    .flatMap(({ release }) => [...release.releases.map(({ id }) => id), ...release.strangers])
    .flatMap(name => releaseTime(name) ?? [])
    .reduce((latest, time) => Math.max(latest, time), 0)
  return releaseId(new Date(Math.max(now.getTime(), newest + 1000)), bundle.manifest.gitSha)
}

/** What a plan says about the embedded router of this version; plans hold data only. */
export async function routerFileFor(context: Context, session: Session): Promise<RouterFile | undefined> {
  if (session.config.router?.kind !== 'embedded') return undefined
  const { sha256, bytes } = await context.wiring.routerFile()
  return { sha256, bytes }
}
