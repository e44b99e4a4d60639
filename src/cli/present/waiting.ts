// A run that waits for people, in one line of a status; loud once somebody is late.
import { formatDuration } from '../../core/duration.ts'
import type { Lang } from '../../core/lang.ts'
import { judge } from '../../runbook/judge.ts'
import { openWords } from '../../runbook/problems.ts'
import type { PeopleFacts } from '../../runbook/waiting.ts'

export interface WaitingRun {
  readonly run: string
  readonly release: string
  readonly since: string
  readonly state: 'open' | 'signed' | 'rejected'
  readonly overdue: readonly string[]
  readonly words: readonly string[]
}

export function waitingRuns(
  { waiting, unreadable }: PeopleFacts,
  now: Date,
  lang: Lang,
): readonly WaitingRun[] {
  const de = lang === 'de'
  const read = waiting.map(({ asked, signatures }) => {
    const judgement = judge(asked, signatures, now)
    const { state, signOffs, rejection } = judgement
    const late = signOffs.flatMap(one => (one.overdue === undefined ? [] : [{ ...one, by: one.overdue }]))
    const first = {
      open: de
        ? `${asked.release} wartet seit ${asked.since}: ${openWords(judgement).de}`
        : `${asked.release} waits since ${asked.since}: ${openWords(judgement).en}`,
      signed: de
        ? `${asked.release} ist unterschrieben und nicht abgeschlossen: stellwerk recover`
        : `${asked.release} is signed and not settled: stellwerk recover`,
      rejected: de
        ? `${asked.release} wurde von ${rejection?.by ?? '?'} abgelehnt und dient noch: stellwerk rollback`
        : `${asked.release} was refused by ${rejection?.by ?? '?'} and still serves: stellwerk rollback`,
    }
    const shouts = late.map(one =>
      de
        ? `ÜBERFÄLLIG seit ${formatDuration(one.by)}: ${one.asked.title} (${one.asked.role})`
        : `OVERDUE for ${formatDuration(one.by)}: ${one.asked.title} (${one.asked.role})`,
    )
    return {
      run: asked.run,
      release: asked.release,
      since: asked.since,
      state,
      overdue: late.map(one => one.asked.id),
      words: [first[state], ...shouts],
    }
  })
  const strange = unreadable.map(run => ({
    run,
    release: '',
    since: '',
    state: 'open' as const,
    overdue: [],
    words: [
      de ? `${run} wartet, und niemand kann lesen, worauf` : `${run} waits, and nobody can read for what`,
    ],
  }))
  return [...read, ...strange]
}
