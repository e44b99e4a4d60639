// How long a waiver holds.
import type { Waiver } from './schema/waiver.ts'

const longest = 90

/** To the end of its last day, in UTC. */
export function holds({ until }: Pick<Waiver, 'until'>, now: Date): boolean {
  return until >= dayOf(now)
}

/** The last day that one decided now may hold to. */
export function latestDay(now: Date): string {
  return dayOf(new Date(now.getTime() + longest * 86_400_000))
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10)
}
