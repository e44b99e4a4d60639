// Waivers as every report shows them: which check, who, until when, why.
import type { Waiver } from '../../config/schema/waiver.ts'
import type { Lang } from '../../core/lang.ts'
import type { Plan } from '../../engine/plan.ts'

export type ShownWaiver = Waiver & { readonly check: string }

/** Those that a run had, from its plan. */
export function waiversOf(summary: Plan['summary']): readonly ShownWaiver[] {
  const found = summary['waivers']
  return Array.isArray(found) ? found.filter(isWaiver) : []
}

function isWaiver(value: unknown): value is ShownWaiver {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['check', 'reason', 'until', 'by'].every(key => typeof Reflect.get(value, key) === 'string')
  )
}

/** `disk does not count, by Anna until 2026-12-01: disk is replaced on Monday`. */
export function waiverLine({ check, by, until, reason }: ShownWaiver, lang: Lang): string {
  return lang === 'de'
    ? `${check} zählt nicht, von ${by} bis ${until}: ${reason}`
    : `${check} does not count, by ${by} until ${until}: ${reason}`
}
