// Fail closed: a verdict is pass, fail or unknown, and unknown never counts as pass.
export type Verdict = 'pass' | 'fail' | 'unknown'

/** The verdict of several: one fail makes fail, else one unknown makes unknown. No verdict at all is unknown: a check
 *  list that saw nothing proves nothing. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail'
  if (verdicts.includes('unknown') || verdicts.length === 0) return 'unknown'
  return 'pass'
}
