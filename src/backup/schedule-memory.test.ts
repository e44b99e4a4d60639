import { expect, it } from 'vitest'
import { began, dueNow, type Memory } from './schedule-memory.ts'
import { parseSchedule } from './schedule-words.ts'

const parsed = parseSchedule('daily 02:00')
if (!parsed.ok) throw new Error(parsed.error.what.en)
const entries = [{ name: 'daily', schedule: parsed.value }]
const since = (at: string): Memory => ({
  schema: 'stellwerk.schedule-memory/1',
  entries: { daily: { since: at } },
})
const due = (memory: Memory, now: string) =>
  dueNow(entries, memory, 'UTC', new Date(now)).map(one => one.due.toISOString())

it('runs again, once, after a clock that was years ahead is right again', () => {
  const now = '2026-11-22T10:00:00Z'
  const ahead = since('2030-01-01T02:00:00Z')

  expect(due(ahead, now)).toEqual(['2026-11-22T02:00:00.000Z'])

  const [late] = dueNow(entries, ahead, 'UTC', new Date(now))
  if (!late) throw new Error('nothing is due')
  const after = began(ahead, late, new Date(now))
  expect(due(after, now)).toEqual([])
  expect(due(after, '2026-11-23T02:00:00Z')).toEqual(['2026-11-23T02:00:00.000Z'])
})

it('does not run twice because a clock was set back a little after a run', () => {
  expect(due(since('2026-11-22T02:00:00Z'), '2026-11-22T01:59:59Z')).toEqual([])
  expect(due(since('2026-11-22T02:00:00Z'), '2026-11-21T03:00:00Z')).toEqual([])
})
