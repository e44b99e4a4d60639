// A plan as a person reads it before saying yes: what, where, every step, and how each is taken back.
import { formatBytes } from '../../core/bytes.ts'
import { type Lang, type Text, text } from '../../core/lang.ts'
import type { Plan } from '../../engine/plan.ts'
import type { Kinds } from '../../engine/step.ts'
import { describeStep } from '../../procedures/kinds.ts'
import type { Palette } from './palette.ts'
import { waiverLine, waiversOf } from './waivers.ts'

interface HostSummary {
  readonly name: string
  readonly from: string | null
  readonly added?: readonly string[]
  readonly changed?: readonly string[]
  readonly removed?: readonly string[]
  readonly unchanged?: number
  readonly bytes?: number
}

function field(plan: Plan, key: string): string {
  const value = plan.summary[key]
  return typeof value === 'string' ? value : ''
}

/** What and where, in one line. */
export function planTitle(plan: Plan, lang: Lang): string {
  const version = field(plan, 'version')
  const sha = field(plan, 'gitSha').slice(0, 7)
  const what = [plan.app, version, sha === '' || sha === version ? '' : `(${sha})`]
    .filter(part => part !== '')
    .join(' ')
  const object = field(plan, 'release') || field(plan, 'set')
  const to = ['backup', 'drill'].includes(plan.procedure) ? { en: 'of', de: 'von' } : { en: 'to', de: 'auf' }
  return `${plan.procedure} ${what} ${to[lang]} ${plan.environment}: ${object}`
}

/** What and where, in a few lines. */
export function renderPlanHead(plan: Plan, lang: Lang): string {
  const de = lang === 'de'
  const lines = [planTitle(plan, lang)]
  if (plan.summary['dirty'] === true)
    lines.push(
      de
        ? '  ! aus einem Arbeitsverzeichnis mit ungesicherten Änderungen'
        : '  ! from a working tree with uncommitted changes',
    )
  if (typeof plan.summary['identityWaived'] === 'string')
    lines.push(
      `  ! ${de ? 'ohne Beweis, welches Release antwortet' : 'without proof of which release answers'}: ${plan.summary['identityWaived']}`,
    )
  const waived = plan.summary['backupWaived'] as { readonly by: string; readonly reason: string } | undefined
  if (waived)
    lines.push(
      de
        ? `  ! ohne Backup vor der Migration, von ${waived.by}: ${waived.reason}`
        : `  ! without a backup before the migration, by ${waived.by}: ${waived.reason}`,
    )
  for (const waiver of waiversOf(plan.summary)) lines.push(`  ! ${waiverLine(waiver, lang)}`)
  const unsaved = plan.summary['withoutSafetyCopy'] as typeof waived
  if (unsaved) lines.push(`  ${withoutCopy(unsaved.by, unsaved.reason)[lang]}`)
  for (const host of (plan.summary['hosts'] ?? []) as readonly HostSummary[]) {
    const now = host.from ?? (de ? 'nichts' : 'nothing')
    lines.push(`  ${host.name}  ${de ? 'jetzt' : 'now'} ${now}${files(host, lang)}`)
  }
  return `${lines.join('\n')}\n`
}

/** Said with the plan and before the name is asked for. */
export function withoutCopy(by: string, reason: string): Text {
  return text(`! without a safety copy, by ${by}: ${reason}`, `! ohne Sicherheitskopie, von ${by}: ${reason}`)
}

function files(host: HostSummary, lang: Lang): string {
  if (host.bytes === undefined) return ''
  const counts = `+${host.added?.length ?? 0} ~${host.changed?.length ?? 0} -${host.removed?.length ?? 0}`
  return lang === 'de'
    ? `; Dateien ${counts}, ${host.unchanged ?? 0} unverändert, ${formatBytes(host.bytes)} zu senden`
    : `; files ${counts}, ${host.unchanged ?? 0} unchanged, ${formatBytes(host.bytes)} to send`
}

export function renderPlan(
  plan: Plan,
  kinds: Kinds,
  lang: Lang,
  palette: Palette,
  options: { readonly files: boolean },
): string {
  const lines = [palette.bold(renderPlanHead(plan, lang).trimEnd())]
  if (options.files) lines.push(...changedFiles(plan, palette))
  for (const phase of plan.phases) {
    const mark =
      phase.id === plan.commit
        ? lang === 'de'
          ? '  (ab hier wird nichts mehr zurückgenommen)'
          : '  (from here nothing is taken back)'
        : ''
    lines.push('', `${palette.bold(`▸ ${phase.title[lang]}`)}${palette.dim(mark)}`)
    for (const step of phase.steps) {
      const undo = step.undo.how === 'auto' ? step.undo.title[lang] : `– (${step.undo.why[lang]})`
      lines.push(`  ${step.host ?? '·'}  ${describeStep(kinds, step)[lang]}`, palette.dim(`      ↶ ${undo}`))
    }
  }
  return `${lines.join('\n')}\n`
}

const shown = 40

function changedFiles(plan: Plan, palette: Palette): string[] {
  const [host] = (plan.summary['hosts'] ?? []) as readonly HostSummary[]
  if (!host) return []
  const all = [
    ...(host.added ?? []).map(path => palette.green(`  + ${path}`)),
    ...(host.changed ?? []).map(path => palette.yellow(`  ~ ${path}`)),
    ...(host.removed ?? []).map(path => palette.red(`  - ${path}`)),
  ]
  return all.length > shown ? [...all.slice(0, shown), palette.dim(`  … ${all.length - shown}`)] : all
}
