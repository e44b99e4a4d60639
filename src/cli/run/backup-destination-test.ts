import { type TrialStep, tryDestination } from '../../backup/trial.ts'
import { formatDuration } from '../../core/duration.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { type Text, text } from '../../core/lang.ts'
import { type Problem, ProblemError } from '../../core/problem.ts'
import type { Context } from '../context.ts'
import { chosen } from '../destinations.ts'
import { exitFor, showProblems, showResult } from '../outcome.ts'
import { markOf } from '../present/mark.ts'
import { paletteFor } from '../present/palette.ts'
import { table } from '../present/table.ts'
import { type Session, withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'

interface Tried {
  readonly destination: string
  readonly title?: string
  readonly steps: readonly TrialStep[]
}

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config } = session
    const wanted = chosen(config, context.args['destination'])
    if (!wanted.ok) return refuse(context, [wanted.error])
    const tried: Tried[] = []
    for (const name of wanted.value.names) tried.push(await tryOne(context, session, name))
    session.presenter.end()
    const problems = tried.flatMap(({ steps }) => steps.flatMap(({ problem }) => problem ?? []))
    showProblems(context, problems)
    showResult(
      context,
      'stellwerk.backup.destination.test/1',
      { environment: config.environment.name, pass: problems.length === 0, destinations: tried },
      () => tried.map(one => render(context, one)).join('\n'),
    )
    return codeOf(problems)
  })
}

/** One that is off could not be tried; one that was reached and cannot do it says no. */
function codeOf(problems: readonly Problem[]): ExitCode {
  if (problems.length === 0) return exitCode.done
  return problems.every(problem => exitFor(problem) === exitCode.unreachable)
    ? exitCode.unreachable
    : exitCode.checkSaysNo
}

async function tryOne(context: Context, session: Session, name: string): Promise<Tried> {
  const { wiring, interrupt } = context
  try {
    const destination = await session.destination(name)
    const steps = await tryDestination({
      destination,
      content: wiring.random(200_000),
      name: Buffer.from(wiring.random(4)).toString('hex'),
      elapsed: () => wiring.clock.elapsed(),
      signal: interrupt,
    })
    return { destination: name, title: destination.title, steps }
  } catch (error) {
    if (!ProblemError.is(error)) throw error
    return { destination: name, steps: [{ step: 'list', verdict: 'fail', ms: 0, problem: error.problem }] }
  }
}

const words: Readonly<Record<TrialStep['step'], Text>> = {
  list: text('reach and list', 'erreichen und auflisten'),
  write: text('write', 'schreiben'),
  read: text('read', 'lesen'),
  rename: text('rename', 'umbenennen'),
  hash: text('hash', 'hashen'),
  free: text('free space', 'freier Platz'),
  delete: text('delete', 'löschen'),
}

function render(context: Context, { destination, title, steps }: Tried): string {
  const { lang } = context
  const palette = paletteFor(context.io.color.out)
  const rows = steps.map(({ step, verdict, ms, observed, problem }) => [
    `  ${words[step][lang]}`,
    verdict === 'unknown' ? '' : formatDuration(ms),
    observed?.[lang] ?? problem?.code ?? (verdict === 'unknown' ? notTried[lang] : ''),
  ])
  const lines = table(rows)
    .split('\n')
    .filter(line => line !== '')
    .map((line, index) => `  ${markOf(steps[index]?.verdict ?? 'unknown', palette)}${line.slice(1)}\n`)
  return `${destination}${title === undefined ? '' : `  ${title}`}\n${lines.join('')}`
}

const notTried = text('not tried', 'nicht versucht')
