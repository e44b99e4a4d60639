import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { careStates, openList } from './due.ts'
import { type Closed, careScript, closeScript, type DueList, parseCare, tasksOf } from './due-list.ts'

const hour = 3_600_000
const began = '2026-11-21T08:00:00Z'
const at = (hours: number) => new Date(Date.parse(began) + hours * hour)
const plan = [
  { id: 'hour-1', after: hour, checks: ['health'] },
  { id: 'hour-12', after: 12 * hour, checks: ['logs'], signOff: 'ops' },
  { id: 'day', every: 24 * hour, until: 72 * hour, checks: ['health'] },
]
const closed = (id: string, verdict: 'pass' | 'fail'): Closed => ({
  type: 'closed',
  id,
  verdict,
  at: began,
  by: 'anna',
  late: 0,
  results: [],
})
const list = (...done: readonly Closed[]): DueList => ({
  release: 'one',
  beganAt: began,
  tasks: tasksOf(plan),
  closed: done,
})
const states = (one: DueList, hours: number) =>
  careStates(one, at(hours)).map(({ task, state }) => `${task.id} ${state}`)

test('by the clock: later, due, a person, and each day by itself', () => {
  expect(states(list(), 0)).toEqual([
    'hour-1 later',
    'hour-12 later',
    'day-1 later',
    'day-2 later',
    'day-3 later',
  ])
  expect(states(list(), 1)[0]).toBe('hour-1 due')
  expect(states(list(), 13)[1]).toBe('hour-12 person')
  // A machine that was off for two days finds both, once each.
  expect(states(list(closed('hour-1', 'pass')), 49)).toEqual([
    'hour-1 done',
    'hour-12 person',
    'day-1 due',
    'day-2 due',
    'day-3 later',
  ])
})

test("what failed stays, until it passes; what is superseded is nobody's any more", () => {
  expect(states(list(closed('hour-1', 'fail')), 2)[0]).toBe('hour-1 failed')
  expect(states(list(closed('hour-1', 'fail'), closed('hour-1', 'pass')), 2)[0]).toBe('hour-1 done')
  expect(states(list(closed('hour-1', 'pass'), closed('hour-1', 'fail')), 2)[0]).toBe('hour-1 done')
  expect(states({ ...list(closed('hour-1', 'pass')), supersededBy: 'two' }, 99).slice(0, 2)).toEqual([
    'hour-1 done',
    'hour-12 superseded',
  ])
  const newer = { ...list(), release: 'two', beganAt: '2026-11-22T08:00:00Z' }
  expect(openList([list(), newer])?.release).toBe('two')
  expect(openList([{ ...list(), supersededBy: 'two' }])).toBeUndefined()
})

test('a list that cannot say when it began is due as a whole', () => {
  const torn = parseCare(
    `care one {"v":1,"type":"begin","rel\ncare one ${JSON.stringify({ v: 1, type: 'due', ...tasksOf(plan)[0] })}\n`,
  )
  expect(torn[0] && states(torn[0], 0)).toEqual(['hour-1 due'])
})

test('what was seen is read in both languages, and from lists that knew one', () => {
  const old = { v: 1, ...closed('a', 'fail'), results: [{ check: 'c', verdict: 'fail', observed: 'red' }] }
  const both = { ...old, results: [{ check: 'c', verdict: 'fail', observed: { en: 'red', de: 'rot' } }] }
  const read = parseCare([old, both].map(line => `care one ${JSON.stringify(line)}\n`).join(''))

  expect(read[0]?.closed.map(({ results }) => results[0]?.observed.de)).toEqual(['red', 'rot'])
})

test('the first to pass is kept, and nothing is written behind it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'care-'))
  const file = join(root, '.stellwerk/aftercare/one.jsonl')
  await mkdir(join(root, '.stellwerk/aftercare'), { recursive: true })
  // Torn by a crash: the next line begins anew.
  await writeFile(file, `{"v":1,"type":"begin","release":"one","at":"${began}"}\n{"v":1,"type":"clo`)
  const write = (entry: Closed) => {
    try {
      execFileSync('sh', ['-c', closeScript(root, 'one', entry)], { stdio: 'ignore' })
      return 0
    } catch (error) {
      return (error as { status: number }).status
    }
  }

  expect([write(closed('a', 'fail')), write(closed('a', 'pass')), write(closed('a', 'pass'))]).toEqual([
    0, 0, 4,
  ])
  const read = parseCare(execFileSync('sh', ['-c', careScript(root)], { encoding: 'utf8' }))
  expect(read[0]?.closed.map(({ verdict }) => verdict)).toEqual(['fail', 'pass'])
  await writeFile(
    file,
    `${await readFile(file, 'utf8')}{"v":1,"type":"superseded","by":"two","at":"${began}"}\n`,
  )
  expect(write(closed('b', 'pass'))).toBe(4)
  await rm(root, { recursive: true })
})
