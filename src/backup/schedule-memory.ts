// What a schedule in the foreground remembers: for each entry the due time that was last begun, so that what was missed runs once.
import { z } from 'zod'
import { dueSince, nextDue, type Schedule } from './schedule.ts'

const entry = z.object({
  /** Due times up to here are done with: the last one that was begun, or when the entry was first seen. */
  since: z.string(),
  /** Of the last run, if there was one. */
  due: z.string().optional(),
  began: z.string().optional(),
  ended: z.string().optional(),
  /** Its exit code. */
  code: z.number().optional(),
})

const memory = z.object({
  schema: z.literal('stellwerk.schedule-memory/1'),
  entries: z.record(z.string(), entry),
})
export type Memory = z.infer<typeof memory>

export interface Entry {
  readonly name: string
  readonly schedule: Schedule
}

export interface Due extends Entry {
  readonly due: Date
}

/** Undefined when it cannot be read. */
export function parseMemory(content: string): Memory | undefined {
  try {
    const parsed = memory.safeParse(JSON.parse(content)).data
    const times = Object.values(parsed?.entries ?? {}).map(({ since }) => Date.parse(since))
    return times.some(Number.isNaN) ? undefined : parsed
  } catch {
    return undefined
  }
}

/** With every entry of the schedule: one that is new counts from now on, and what is no longer there is forgotten. */
export function withEntries(known: Memory | undefined, entries: readonly Entry[], now: Date): Memory {
  return {
    schema: 'stellwerk.schedule-memory/1',
    entries: Object.fromEntries(
      entries.map(({ name }) => [name, known?.entries[name] ?? { since: now.toISOString() }]),
    ),
  }
}

export function began(known: Memory, { name, due }: Due, now: Date): Memory {
  return changed(known, name, {
    since: due.toISOString(),
    due: due.toISOString(),
    began: now.toISOString(),
  })
}

export function ended(known: Memory, { name }: Due, now: Date, code: number): Memory {
  const before = known.entries[name]
  return before ? changed(known, name, { ...before, ended: now.toISOString(), code }) : known
}

function changed(known: Memory, name: string, to: Memory['entries'][string]): Memory {
  return { ...known, entries: { ...known.entries, [name]: to } }
}

/** What is due, the oldest first: each entry once, however often it was missed. */
export function dueNow(entries: readonly Entry[], known: Memory, zone: string, now: Date): readonly Due[] {
  return entries
    .flatMap(one => {
      const since = known.entries[one.name]?.since
      const due = since === undefined ? undefined : dueSince(one.schedule, zone, past(since, now), now)
      return due ? [{ ...one, due }] : []
    })
    .toSorted(byDue)
}

const day = 86_400_000

/** A clock that was far ahead left a time that would silence the entry until then: what it says is forgotten. A day of doubt stays,
 *  so that a clock that is set back a little runs nothing twice. */
function past(since: string, now: Date): Date {
  const at = new Date(since)
  return at.getTime() > now.getTime() + day ? new Date(0) : at
}

/** The next of all; undefined when nothing will ever be due. */
export function dueNext(entries: readonly Entry[], zone: string, now: Date): Due | undefined {
  return entries
    .flatMap(one => {
      const due = nextDue(one.schedule, zone, now)
      return due ? [{ ...one, due }] : []
    })
    .toSorted(byDue)[0]
}

function byDue(a: Due, b: Due): number {
  return a.due.getTime() - b.due.getTime()
}
