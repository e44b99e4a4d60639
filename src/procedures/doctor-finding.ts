// One thing that doctor found: a problem, the key of stellwerk.yaml that claims otherwise, and how much it weighs.
import type { Path } from '../config/path.ts'
import type { Problem } from '../core/problem.ts'

/** blocks: it is not so. unknown: nobody could see whether it is so, which is not fine either. warns: a deploy may go on. */
export type Weight = 'blocks' | 'unknown' | 'warns'

export interface DoctorFinding {
  readonly problem: Problem
  readonly weight: Weight
  /** Absent: the document says nothing about it. */
  readonly key?: Path
}

const weights: readonly Weight[] = ['blocks', 'unknown', 'warns']

/** Of problems that know no key of their own: where the document says what they are about. */
const keys: readonly (readonly [RegExp, Path])[] = [
  [/^STW-D102$/, ['release', 'shared', 'files']],
  [/^STW-D104$/, ['release', 'minFree']],
  [/^STW-D(703|704)$/, ['release', 'user']],
  [/^STW-D(705|706)$|^STW-S/, ['services']],
  [/^STW-T/, ['router']],
  [/^STW-B60[0-9]$/, ['backup', 'drill']],
  [/^STW-B/, ['backup']],
  [/^STW-M/, ['maintenance']],
  [/^STW-O8[0-1]/, ['signOffs']],
  [/^STW-O82/, ['afterCare']],
]

/** What nobody answered weighs less than what is known to be wrong, and is no better. */
const unanswered = ['STW-B594']

export function found(problem: Problem, environment: string): DoctorFinding {
  const place = /^STW-H|^STW-D701$/.test(problem.code) ? hostKey(problem, environment) : undefined
  const key = place ?? keys.find(([pattern]) => pattern.test(problem.code))?.[1]
  const weight = unanswered.includes(problem.code) ? 'unknown' : 'blocks'
  return { problem, weight, ...(key ? { key } : {}) }
}

function hostKey({ where }: Problem, environment: string): Path {
  const hosts: Path = ['environments', environment, 'hosts']
  return where?.host === undefined ? hosts : [...hosts, where.host]
}

/** The heaviest first; within a weight by place in the document, then by host and code. */
export function byWeight<F extends DoctorFinding>(findings: readonly F[]): readonly F[] {
  const place = ({ problem: { where, code } }: F) =>
    [String(where?.line ?? 0).padStart(6, '0'), where?.host ?? '', code].join(' ')
  return findings.toSorted(
    (a, b) =>
      weights.indexOf(a.weight) - weights.indexOf(b.weight) ||
      (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0),
  )
}

export function standsAgainst({ weight }: DoctorFinding): boolean {
  return weight !== 'warns'
}
