// Waivers by the calendar: one that ended has no effect, and one without an end in sight is none.
import { type Draft, keys } from '../draft.ts'
import { formatPath, type Path, valueAt } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'
import { holds, latestDay } from '../waivers.ts'

export function tooLongWaivers(draft: Draft, now: Date): Finding[] {
  const latest = latestDay(now)
  return untils(draft).flatMap(({ until, path }) =>
    until > latest
      ? [
          finding(faults.waiverTooLong(formatPath(path), until, latest), {
            path: [...path, 'until'],
            on: 'value',
          }),
        ]
      : [],
  )
}

export function expiredWaivers(draft: Draft, now: Date): Finding[] {
  return untils(draft).flatMap(({ check, until, path }) =>
    holds({ until }, now)
      ? []
      : [
          finding(faults.waiverExpired(formatPath(path), check, until), {
            path: [...path, 'until'],
            on: 'value',
          }),
        ],
  )
}

function untils({
  raw,
}: Draft): readonly { readonly check: string; readonly until: string; readonly path: Path }[] {
  return keys(raw, ['waivers']).flatMap(({ value: check, path }) => {
    const until = valueAt(raw, [...path, 'until'])
    return typeof until === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(until) ? [{ check, until, path }] : []
  })
}
