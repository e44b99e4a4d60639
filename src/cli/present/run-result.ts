// The last lines of a run: what is true now, on which host, and what to do next. Success is said last, after the proof.
import { formatDuration } from '../../core/duration.ts'
import type { Lang } from '../../core/lang.ts'
import type { Plan } from '../../engine/plan.ts'
import type { RunResult } from '../../engine/run.ts'
import type { Context } from '../context.ts'
import { showProblems, showResult } from '../outcome.ts'
import { type Palette, paletteFor } from './palette.ts'

/** `recovered`: the run was a dead one, and to have it taken back is a success. */
export function showRunResult(context: Context, plan: Plan, result: RunResult, recovered = false): void {
  const problems = [
    ...(result.problem ? [result.problem] : []),
    ...result.more.filter(problem => problem !== result.problem),
  ]
  showProblems(context, problems)
  const document = {
    procedure: plan.procedure,
    app: plan.app,
    environment: plan.environment,
    run: plan.run,
    release: plan.summary['release'] ?? null,
    status: result.status,
    hosts: result.hosts,
    ms: result.ms,
    problems,
  }
  const palette = paletteFor(context.io.color.out)
  showResult(context, `stellwerk.${recovered ? 'recover' : plan.procedure}/1`, document, () =>
    recovered && result.status === 'undone'
      ? renderTakenBack(plan, result, context.lang, palette)
      : renderRunResult(plan, result, context.lang, palette),
  )
}

function renderRunResult(plan: Plan, result: RunResult, lang: Lang, palette: Palette): string {
  const de = lang === 'de'
  const release = String(plan.summary['release'] ?? '')
  const time = formatDuration(result.ms)
  const env = plan.environment
  const next = (command: string) => `  ${palette.cyan('→')} ${command}\n`
  switch (result.status) {
    case 'done':
      return `${palette.green('✔')} ${de ? `${release} dient auf ${env} und hat sich bewährt` : `${release} serves on ${env} and is proven`}  ${palette.dim(time)}\n${next(`stellwerk status ${env}`)}`
    case 'unchanged':
      return `${palette.red('✖')} ${de ? `Gescheitert, bevor etwas geändert wurde` : 'Failed before anything was changed'}  ${palette.dim(time)}\n`
    case 'undone':
      return `${palette.red('✖')} ${takenBack(plan, de)}  ${palette.dim(time)}\n${next(`stellwerk logs ${env} --run ${plan.run}`)}`
    case 'left-out':
      return `${palette.yellow('!')} ${de ? `${release} dient, aber nicht überall` : `${release} serves, but not everywhere`}  ${palette.dim(time)}\n${hostLines(result, lang)}${next(`stellwerk status ${env}`)}`
    case 'needs-a-look':
      return `${palette.red('✖')} ${de ? 'Der Zustand muss angesehen werden' : 'The state needs a look'}  ${palette.dim(time)}\n${hostLines(result, lang)}${next(`stellwerk status ${env}`)}${next(`stellwerk recover ${env}`)}`
  }
}

function renderTakenBack(plan: Plan, result: RunResult, lang: Lang, palette: Palette): string {
  const what =
    lang === 'de'
      ? `Der tote Lauf ${plan.run} ist zurückgenommen; die Sperren sind frei`
      : `The dead run ${plan.run} is taken back; the locks are free`
  return `${palette.green('✔')} ${what}  ${palette.dim(formatDuration(result.ms))}\n  ${palette.cyan('→')} stellwerk status ${plan.environment}\n`
}

function hostLines(result: RunResult, lang: Lang): string {
  const words =
    lang === 'de'
      ? { new: 'neues Release', old: 'altes Release', unclear: 'unklar' }
      : { new: 'new release', old: 'old release', unclear: 'unclear' }
  return result.hosts.map(host => `  ${host.name}  ${words[host.state]}\n`).join('')
}

function takenBack(plan: Plan, de: boolean): string {
  const hosts = (plan.summary['hosts'] ?? []) as readonly { readonly from?: string | null }[]
  const first = hosts.length > 0 && hosts.every(host => host.from === null)
  if (first)
    return de
      ? 'Gescheitert und vollständig zurückgenommen: wie zuvor dient kein Release'
      : 'Failed and taken back completely: as before, no release serves'
  return de
    ? 'Gescheitert und vollständig zurückgenommen: alle sehen das alte Release'
    : 'Failed and taken back completely: everybody sees the old release'
}
