import { acceptable, acceptSet } from '../../backup/accept.ts'
import type { Accepted } from '../../backup/set.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import { type Problem, ProblemError } from '../../core/problem.ts'
import { namingOf } from '../backing-up.ts'
import { type Context, textFlag } from '../context.ts'
import { chosen, type Seen, seeDestinations } from '../destinations.ts'
import { exitFor, showProblems, showResult } from '../outcome.ts'
import { paletteFor } from '../present/palette.ts'
import { withSession } from '../session.ts'
import { typedFlag } from '../typed.ts'
import { refuse } from '../under-lock.ts'

/** At every destination where the set is suspect. One that cannot be asked is told, and keeps its doubt. */
export async function run(context: Context): Promise<ExitCode> {
  const given = textFlag(context, 'reason')?.trim() ?? ''
  const id = context.args['set']
  if (given === '' || id === undefined) {
    showProblems(context, [noReason(context)])
    return exitCode.usage
  }
  return withSession(context, async session => {
    const { config } = session
    const { environment } = config
    const reason = typedFlag(context, config, 'reason') ?? ''
    const wanted = chosen(config, textFlag(context, 'destination'))
    if (!wanted.ok) return refuse(context, [wanted.error])
    const seen = await seeDestinations(session, wanted.value)
    const answering = seen.filter(one => one.problem === undefined)
    const judged = acceptable(id, environment.name, answering)
    const { by } = context.wiring.self
    const at = context.wiring.clock.now().toISOString()
    const accepted: Accepted = { schema: 'stellwerk.accepted/1', by, at, reason }
    const problems: Problem[] = seen.flatMap(({ problem }) => problem ?? [])
    const done: { readonly destination: string; readonly verified: boolean }[] = []
    for (const { destination: name, set } of judged.found) {
      try {
        await acceptSet(destinationOf(answering, name), namingOf(config), set, accepted)
        done.push({ destination: name, verified: set.verified !== undefined })
      } catch (error) {
        if (!ProblemError.is(error)) throw error
        problems.push(error.problem)
      }
    }
    // Where a destination is silent nobody knows whether the set is there.
    if (problems.length === 0) problems.push(...judged.problems)
    session.presenter.end()
    showProblems(context, problems)
    showResult(
      context,
      'stellwerk.backup.accept/1',
      {
        environment: environment.name,
        set: id,
        accepted: done.length > 0 ? accepted : null,
        destinations: done,
      },
      () => done.map(one => render(context, id, one)).join(''),
    )
    const [first] = problems
    return first ? exitFor(first) : exitCode.done
  })
}

function destinationOf(seen: readonly Seen[], name: string) {
  const destination = seen.find(one => one.name === name)?.destination
  if (!destination) throw new Error(`no destination ${name}`)
  return destination
}

function render(
  context: Context,
  id: string,
  { destination, verified }: { readonly destination: string; readonly verified: boolean },
): string {
  const de = context.lang === 'de'
  const mark = paletteFor(context.io.color.out).green('✔')
  const said = de
    ? `${mark} Satz ${id} bei ${destination}: angenommen; er zählt, und die nächsten werden mit ihm verglichen\n`
    : `${mark} Set ${id} at ${destination}: accepted; it counts, and the next ones are compared with it\n`
  const environment = context.args['environment']
  const command = ['stellwerk backup verify', environment, id, '--destination', destination]
    .filter(word => word !== undefined)
    .join(' ')
  return verified ? said : `${said}→ ${command}\n`
}

function noReason(context: Context): Problem {
  const environment = context.args['environment'] ?? '<environment>'
  const set = context.args['set'] ?? '<set>'
  const command = `stellwerk backup accept ${environment} ${set} --reason`
  return {
    code: 'STW-U001',
    what: text(
      'To accept a set takes its id and a reason',
      'Um einen Satz anzunehmen, braucht es seine Kennung und einen Grund',
    ),
    next: [text(`${command} "<why>"`, `${command} "<warum>"`)],
  }
}
