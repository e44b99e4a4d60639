import { readCatalogue } from '../../backup/catalogue.ts'
import type { Destination } from '../../backup/destination.ts'
import {
  type DrillDocument,
  type DrillRecord,
  makeDrillRecord,
  readDrills,
  writeDrill,
} from '../../backup/drill-record.ts'
import { isFuture, type StoredSet } from '../../backup/set.ts'
import { drillKinds } from '../../backup/steps/drill/kinds.ts'
import type { Config } from '../../config/config.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import { type Problem, ProblemError } from '../../core/problem.ts'
import { required } from '../../core/required.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { Host } from '../../engine/host.ts'
import type { Plan } from '../../engine/plan.ts'
import type { RunResult } from '../../engine/run.ts'
import type { Kinds } from '../../engine/step.ts'
import { compileDrill, type DrillInput, drillHead, here } from '../../procedures/drill.ts'
import { noSetToDrill } from '../../procedures/drill-problems.ts'
import { unknownName } from '../../procedures/unknown-name.ts'
import { namingOf, runBeside } from '../backing-up.ts'
import { type Context, textFlag } from '../context.ts'
import { kindsFor, newRun } from '../deploying.ts'
import { chosen } from '../destinations.ts'
import { liveServers } from '../drill-live.ts'
import { showDrill } from '../drill-result.ts'
import { drillSource } from '../drill-source.ts'
import { exitFor } from '../outcome.ts'
import { type Session, withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'
import { tell } from './backup.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, session => drill(context, session))
}

type Head = Omit<DrillInput, 'set' | 'live'>

/** One drill with the pings of its name around it, and its report. */
export async function drill(context: Context, session: Session): Promise<ExitCode> {
  const { config } = session
  const wanted = chosen(config, textFlag(context, 'destination'))
  if (!wanted.ok) return refuse(context, [wanted.error])
  const { drill: settings, ping } = wanted.value.backup
  const host = config.hosts.find(({ name }) => name === settings.host)
  if (settings.host !== undefined && !host)
    return refuse(context, [
      unknownName(
        'host',
        settings.host,
        config.hosts.map(({ name }) => name),
      ),
    ])
  const destination = textFlag(context, 'destination') ?? settings.from ?? drillSource(config)
  const { run, now } = newRun(context, 'drill')
  const { wiring } = context
  const head: Head = { config, destination, host, run, by: wiring.self.by, now, random: wiring.random(2) }
  const urls = ping['drill'] ?? {}
  await tell(context, session, urls.start)
  const code = await attempt(context, session, head)
  await tell(context, session, code === exitCode.done ? urls.ok : urls.fail, `exit ${code}`)
  return code
}

async function attempt(context: Context, session: Session, head: Head): Promise<ExitCode> {
  const red = (problems: readonly Problem[], set?: StoredSet) => {
    const record = makeDrillRecord(drillHead({ ...head, ...(set ? { set } : {}) }))
    return report(context, session, record.document(context.wiring.clock.now(), problems), problems)
  }
  const found = await findSet(context, session, head)
  if (!found.ok) return red([found.error])
  const set = found.value
  const input: DrillInput = { ...head, set, live: await liveServers(context, session, set, head.run) }
  const plan = compileDrill(input)
  if (!plan.ok) return red(plan.error, set)
  const record = makeDrillRecord(drillHead(input))
  const ended = await carryOut(context, session, input, plan.value, record)
  if (!ended.ok) {
    // Another drill is at work: this one was never begun, and proves nothing either way.
    if (exitFor(ended.error) === exitCode.locked || ended.error.code === 'STW-U001')
      return refuse(context, [ended.error])
    return red([ended.error], set)
  }
  const { problem, more, status } = ended.value
  const problems = [...(problem ? [problem] : []), ...more.filter(other => other !== problem)]
  const document = record.document(context.wiring.clock.now(), problems)
  return report(context, session, document, problems, status)
}

/** The newest set that would be restored, or the one that was named. */
async function findSet(
  context: Context,
  session: Session,
  { config, destination, now }: Head,
): Promise<Result<StoredSet>> {
  const id = textFlag(context, 'set')
  try {
    const { sets } = await readCatalogue(await session.destination(destination), namingOf(config))
    const set =
      id === undefined
        ? sets.find(one => (one.state === 'verified' || one.state === 'drilled') && !isFuture(one, now))
        : sets.find(one => one.id === id)
    if (set) return ok(set)
    return err(id === undefined ? noSetToDrill(config, destination) : noSuchSet(config, destination, id))
  } catch (error) {
    if (!ProblemError.is(error)) throw error
    return err(error.problem)
  }
}

async function carryOut(
  context: Context,
  session: Session,
  { host }: DrillInput,
  plan: Plan,
  record: DrillRecord,
): Promise<Result<RunResult>> {
  const { wiring } = context
  // The name of this machine in a plan; a host of that name takes part only when it was chosen.
  const hosts = new Map<string, Host>(session.fleet.hosts)
  if (!host) hosts.set(here, wiring.here)
  const kinds: Kinds = {
    ...(await kindsFor(context, session)),
    ...(drillKinds({
      destination: name => session.destination(name),
      hostNamed: name => required(hosts, name),
      now: () => wiring.clock.now(),
      version: wiring.version,
      record,
    }) as unknown as Kinds),
  }
  return runBeside(context, session, plan, kinds, {
    hosts,
    emit: event => {
      record.watch(event)
      session.presenter.event(event)
    },
  })
}

/** What was seen goes to the destination, to this machine and to the terminal, green or red. */
async function report(
  context: Context,
  session: Session,
  document: DrillDocument,
  problems: readonly Problem[],
  status?: RunResult['status'],
): Promise<ExitCode> {
  const there = await session.destination(document.destination).catch(() => undefined)
  const history = there ? await keptDrills(there, document) : []
  session.presenter.end()
  const written = await showDrill(context, session.config, document, history, problems)
  if (document.verdict === 'green' && status === 'done')
    return written ? exitCode.done : exitCode.failedAndUnchanged
  if (status === 'needs-a-look') return exitCode.needsALook
  const [first] = problems
  return status === undefined && first && exitFor(first) === exitCode.unreachable
    ? exitCode.unreachable
    : exitCode.checkSaysNo
}

/** A green drill has written its own document; that of a red one is written here. */
async function keptDrills(there: Destination, document: DrillDocument): Promise<readonly DrillDocument[]> {
  try {
    if (document.verdict === 'red') await writeDrill(there, document)
    return await readDrills(there, document, 7)
  } catch (error) {
    if (!ProblemError.is(error)) throw error
    return []
  }
}

function noSuchSet(config: Config, destination: string, id: string): Problem {
  const list = `stellwerk backup list ${config.environment.name} --destination ${destination}`
  return {
    code: 'STW-B530',
    what: text(`There is no set "${id}" at ${destination}`, `Bei ${destination} gibt es keinen Satz „${id}“`),
    next: [text(list, list)],
  }
}
