// The last lines of a run: what is true now, on which host, and what to do next. Success is said last, after the proof.
import { formatDuration } from '../../core/duration.ts'
import type { Lang } from '../../core/lang.ts'
import type { Plan } from '../../engine/plan.ts'
import type { RunResult } from '../../engine/run.ts'
import type { Delivery } from '../../notify/announce.ts'
import { type Context, switchFlag } from '../context.ts'
import { showProblems, showResult } from '../outcome.ts'
import { type Palette, paletteFor } from './palette.ts'
import { wordsOf } from './run-words.ts'
import { waiverLine, waiversOf } from './waivers.ts'

export interface Around {
  /** The run was a dead one, and to have it taken back is a success. */
  readonly recovered?: boolean
  /** Who was told of it, and which channels were not reached. */
  readonly announcements?: readonly Delivery[]
}

export function showRunResult(context: Context, plan: Plan, result: RunResult, around: Around = {}): void {
  const { recovered = false, announcements = [] } = around
  const problems = [
    ...(result.problem ? [result.problem] : []),
    ...result.more.filter(problem => problem !== result.problem),
  ]
  showProblems(context, problems)
  const waivers = waiversOf(plan.summary)
  const document = {
    procedure: plan.procedure,
    app: plan.app,
    environment: plan.environment,
    run: plan.run,
    release: plan.summary['release'] ?? null,
    ...(plan.summary['set'] === undefined ? {} : { set: plan.summary['set'] }),
    status: result.status,
    ...(waivers.length > 0 ? { waivers } : {}),
    hosts: result.hosts,
    ms: result.ms,
    problems,
    ...(announcements.length > 0 ? { announcements } : {}),
  }
  const palette = paletteFor(context.io.color.out)
  showResult(context, `stellwerk.${recovered ? 'recover' : plan.procedure}/1`, document, () =>
    recovered && result.status === 'undone'
      ? renderTakenBack(plan, result, context.lang, palette)
      : renderRunResult(plan, result, context.lang, palette),
  )
  warnOfSilence(context, announcements)
}

// Last, and never an exit code: the run is what it is. With --json the document holds it.
function warnOfSilence(context: Context, announcements: readonly Delivery[]): void {
  if (switchFlag(context, 'json')) return
  const palette = paletteFor(context.io.color.err)
  for (const { event, problem } of announcements) {
    if (!problem) continue
    const { what, why, code } = problem
    const words = [`${what[context.lang]} (${event})`, why?.[context.lang]].filter(Boolean).join(': ')
    context.io.err(`${palette.yellow('!')} ${words}  ${palette.dim(code)}\n`)
    for (const next of problem.next ?? []) context.io.err(`  ${palette.cyan('→')} ${next[context.lang]}\n`)
  }
}

function renderRunResult(plan: Plan, result: RunResult, lang: Lang, palette: Palette): string {
  const de = lang === 'de'
  const release = String(plan.summary['release'] ?? '')
  const time = palette.dim(formatDuration(result.ms))
  const env = plan.environment
  const next = (...commands: readonly string[]) =>
    commands.map(command => `  ${palette.cyan('→')} ${command}\n`).join('')
  const words = wordsOf(plan)
  const waived = waiversOf(plan.summary)
    .map(waiver => `  ${palette.yellow('!')} ${waiverLine(waiver, lang)}\n`)
    .join('')
  switch (result.status) {
    case 'done':
      return `${palette.green('✔')} ${words.done[lang]}  ${time}\n${waived}${next(...words.next)}`
    case 'waiting':
      return `${palette.yellow('…')} ${de ? `${release} dient auf ${env} und wartet auf Unterschriften` : `${release} serves on ${env} and waits for sign-offs`}  ${time}\n${hostsOut(result, lang)}${next(`stellwerk sign-off ${env}`)}`
    case 'unchanged':
      return `${palette.red('✖')} ${de ? `Gescheitert, bevor etwas geändert wurde` : 'Failed before anything was changed'}  ${time}\n`
    case 'undone':
      return `${palette.red('✖')} ${words.undone[lang]}  ${time}\n${next(...words.look)}`
    case 'left-out':
      return `${palette.yellow('!')} ${de ? `${release} dient, aber nicht überall` : `${release} serves, but not everywhere`}  ${time}\n${hostLines(result, lang)}${next(`stellwerk status ${env}`)}`
    case 'needs-a-look':
      return `${palette.red('✖')} ${de ? 'Der Zustand muss angesehen werden' : 'The state needs a look'}  ${time}\n${hostLines(result, lang)}${next(...words.mend)}`
  }
}

function renderTakenBack(plan: Plan, result: RunResult, lang: Lang, palette: Palette): string {
  const what =
    lang === 'de'
      ? `Der tote Lauf ${plan.run} ist zurückgenommen; die Sperren sind frei`
      : `The dead run ${plan.run} is taken back; the locks are free`
  return `${palette.green('✔')} ${what}  ${palette.dim(formatDuration(result.ms))}\n  ${palette.cyan('→')} stellwerk status ${plan.environment}\n`
}

// Only when not all are alike.
function hostsOut(result: RunResult, lang: Lang): string {
  return result.hosts.every(host => host.state === 'new') ? '' : hostLines(result, lang)
}

function hostLines(result: RunResult, lang: Lang): string {
  const words =
    lang === 'de'
      ? { new: 'neues Release', old: 'altes Release', unclear: 'unklar' }
      : { new: 'new release', old: 'old release', unclear: 'unclear' }
  return result.hosts.map(host => `  ${host.name}  ${words[host.state]}\n`).join('')
}
