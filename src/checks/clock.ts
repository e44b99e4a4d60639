// The clock of a host against ours. The time the question took is not the clock's fault: what lies within half of it counts
// as nothing.
import type { ClockCheck } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import { text } from '../core/lang.ts'
import { clockByHand } from './by-hand-host.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { atMost, judged, unreadable } from './findings.ts'
import type { Probe } from './probe.ts'

export const clockProbe: Probe<ClockCheck> = {
  place: () => 'program',
  ofHost: () => true,
  byHand: clockByHand,
  describe: () => text('clock', 'Uhr'),
  attempt: tryClock,
}

async function tryClock(check: ClockCheck, { host, clock, signal }: CheckContext): Promise<Attempt> {
  if (host === undefined)
    return attempt(
      'unknown',
      text('there is no host to ask', 'es gibt keinen Host, der gefragt werden könnte'),
    )
  await host.connect?.()
  let heard = Number.NaN
  const asked = clock.now().getTime()
  const { ending, stdout } = await host.run(`date '+%s %N'\n`, {
    timeout: check.timeout,
    signal,
    plain: true,
    onLine: () => {
      heard = clock.now().getTime()
    },
  })
  if (ending.kind !== 'exit' || ending.code !== 0 || Number.isNaN(heard))
    return attempt(
      'unknown',
      text(`${host.name} did not tell its time`, `${host.name} nannte seine Zeit nicht`),
    )
  const told = /^(\d{9,11})(?: (\d{9}))?\b/.exec(stdout.trim())
  if (told === null) return unreadable('date', stdout)
  return judgeClock(check, { seconds: Number(told[1]), nanoseconds: told[2], asked, heard })
}

interface Told {
  readonly seconds: number
  /** Nine digits; a date without them tells whole seconds. */
  readonly nanoseconds: string | undefined
  /** When it was asked and heard, by our clock, in ms. */
  readonly asked: number
  readonly heard: number
}

function judgeClock({ maxSkew }: ClockCheck, { seconds, nanoseconds, asked, heard }: Told): Attempt {
  const whole = nanoseconds === undefined
  const theirs = seconds * 1000 + (whole ? 500 : Number(nanoseconds) / 1e6)
  const half = (heard - asked) / 2
  // Our own clock tells whole milliseconds, and hears a little late.
  const doubt = half + (whole ? 500 : 5)
  const off = theirs - (asked + half)
  const skew = Math.abs(off) <= doubt ? 0 : Math.abs(off) - doubt
  const details = { skew: Math.round(skew === 0 ? 0 : off), roundTrip: Math.round(heard - asked) }
  if (skew <= maxSkew && doubt > maxSkew) {
    return attempt(
      'unknown',
      text(
        `the answer took ${formatDuration(heard - asked)}, too long to tell a difference of ${formatDuration(maxSkew)}`,
        `die Antwort brauchte ${formatDuration(heard - asked)}, zu lange für einen Unterschied von ${formatDuration(maxSkew)}`,
      ),
      details,
    )
  }
  const by = formatDuration(skew)
  const seen =
    skew === 0
      ? text('no difference that can be told', 'kein messbarer Unterschied')
      : off > 0
        ? text(`${by} ahead`, `geht ${by} vor`)
        : text(`${by} behind`, `geht ${by} nach`)
  return judged(seen, skew > maxSkew ? [atMost(formatDuration(maxSkew))] : [], details)
}
