import { type StoredSet, setTime } from '../../backup/set.ts'
import { notAsStored, type Verification, verifySet } from '../../backup/verify.ts'
import { formatBytes } from '../../core/bytes.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import { type Problem, ProblemError } from '../../core/problem.ts'
import { namingOf } from '../backing-up.ts'
import { type Context, textFlag } from '../context.ts'
import { newRun } from '../deploying.ts'
import { chosen, type Seen, seeDestinations } from '../destinations.ts'
import { exitFor, showProblems, showResult } from '../outcome.ts'
import { paletteFor } from '../present/palette.ts'
import { type Session, withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'

interface Verified {
  readonly destination: string
  readonly set: string | null
  readonly verification?: Verification
  /** It is whole, and still counts for nothing. */
  readonly suspect?: boolean
  readonly problem?: Problem
}

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config } = session
    const wanted = chosen(config, textFlag(context, 'destination'))
    if (!wanted.ok) return refuse(context, [wanted.error])
    const id = context.args['set']
    const seen = await seeDestinations(session, wanted.value)
    const results: Verified[] = []
    for (const one of seen) results.push(...(await verifyAt(context, session, one, id)))
    const problems = results.flatMap(({ problem }) => problem ?? [])
    // A set that was named has to be somewhere; a destination that never had it is no failure.
    if (id !== undefined && results.length === 0) problems.push(noSuchSet(id, seen, config.environment.name))
    session.presenter.end()
    showProblems(context, problems)
    showResult(
      context,
      'stellwerk.backup.verify/1',
      { environment: config.environment.name, results: results.map(view) },
      () => results.map(result => render(context, result)).join(''),
    )
    return codeOf(problems)
  })
}

/** What is proven wrong weighs more than what could not be asked. */
function codeOf(problems: readonly Problem[]): ExitCode {
  const worst = problems.find(({ code }) => says.includes(code)) ?? problems[0]
  if (!worst) return exitCode.done
  return says.includes(worst.code) ? exitCode.checkSaysNo : exitFor(worst)
}

const says = ['STW-B521', 'STW-B523', 'STW-B524']

async function verifyAt(
  context: Context,
  session: Session,
  seen: Seen,
  id: string | undefined,
): Promise<readonly Verified[]> {
  const { config, presenter } = session
  const environment = config.environment.name
  if (seen.problem) return [{ destination: seen.name, set: id ?? null, problem: seen.problem }]
  const { destination, catalogue, name } = seen
  const broken = catalogue.broken.find(set => set.id === id)
  if (broken) return [{ destination: name, set: broken.id, problem: isBroken(broken.id, name, environment) }]
  const set = id === undefined ? newest(catalogue.sets) : catalogue.sets.find(one => one.id === id)
  if (!set)
    return id === undefined
      ? [{ destination: name, set: null, problem: noSuchSet(undefined, [seen], environment) }]
      : []
  try {
    const verification = await verifySet({
      destination,
      naming: namingOf(config),
      set,
      run: newRun(context, 'verify').run,
      now: () => context.wiring.clock.now(),
      signal: context.interrupt,
      onPart: ({ file, bytes }) =>
        presenter.event({
          code: 'STW-E009',
          type: 'note',
          text: text(
            `Reading ${file} again at ${name} (${formatBytes(bytes)})`,
            `${file} wird bei ${name} wieder gelesen (${formatBytes(bytes)})`,
          ),
        }),
    })
    const problem = verification.verdict === 'pass' ? undefined : notAsStored(set, name, verification.faults)
    const suspect = set.manifest.suspicions.length > 0
    return [{ destination: name, set: set.id, verification, suspect, ...(problem ? { problem } : {}) }]
  } catch (error) {
    if (!ProblemError.is(error)) throw error
    return [{ destination: name, set: set.id, problem: error.problem }]
  }
}

function newest(sets: readonly StoredSet[]): StoredSet | undefined {
  return sets.toSorted((a, b) => setTime(b.id) - setTime(a.id))[0]
}

function view({ destination, set, verification, suspect = false, problem }: Verified) {
  return {
    destination,
    set,
    verdict: verification?.verdict ?? (problem && says.includes(problem.code) ? 'fail' : 'unknown'),
    how: verification?.verified?.how ?? null,
    bytes: verification?.verified?.bytes ?? null,
    faults: verification?.faults ?? [],
    suspect,
    ...(problem ? { problem } : {}),
  }
}

function render(context: Context, { destination, set, verification, suspect }: Verified): string {
  const palette = paletteFor(context.io.color.out)
  const de = context.lang === 'de'
  if (!verification?.verified) return ''
  const size = formatBytes(verification.verified.bytes)
  if (suspect)
    return `${palette.yellow('!')} ${
      de
        ? `Satz ${set} bei ${destination}: unversehrt, aber weiterhin verdächtig; er zählt für nichts`
        : `Set ${set} at ${destination}: whole, but still suspect; it counts for nothing`
    }\n`
  return `${palette.green('✔')} ${
    de
      ? `Satz ${set} bei ${destination}: verifiziert, ${size} wieder gelesen`
      : `Set ${set} at ${destination}: verified, ${size} read again`
  }\n`
}

function noSuchSet(id: string | undefined, seen: readonly Seen[], environment: string): Problem {
  const names = seen.map(({ name }) => name).join(', ')
  const list = `stellwerk backup list ${environment}`
  return {
    code: 'STW-B523',
    what:
      id === undefined
        ? text(`There is no set at ${names}`, `Bei ${names} liegt kein Satz`)
        : text(`There is no set "${id}"`, `Es gibt keinen Satz „${id}“`),
    why: text(`asked: ${names}`, `gefragt: ${names}`),
    next: [text(list, list)],
  }
}

function isBroken(id: string, destination: string, environment: string): Problem {
  const list = `stellwerk backup list ${environment}`
  return {
    code: 'STW-B524',
    what: text(`Set ${id} at ${destination} is broken`, `Der Satz ${id} bei ${destination} ist defekt`),
    why: text(
      'its manifest is missing or cannot be read, so nobody knows what it should hold',
      'sein Manifest fehlt oder ist nicht lesbar, also weiß niemand, was er enthalten sollte',
    ),
    next: [text(list, list)],
  }
}
