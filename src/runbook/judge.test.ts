import { expect, test } from 'vitest'
import { judge, judgeBefore } from './judge.ts'
import { overdueProblems } from './problems.ts'
import { type AskedSignOff, joinPeople, parsePeople, parseSignatures, type Signature } from './waiting.ts'

const hour = 3_600_000
const asked = (id: string, persons = 1): AskedSignOff => ({
  id,
  title: id,
  role: 'qa',
  evidence: 'none',
  persons,
  timeout: 24 * hour,
})
const signed = (id: string, by: string, more: Partial<Signature> = {}): Signature => ({
  v: 1,
  type: 'sign',
  id,
  role: 'qa',
  by,
  at: '2026-11-21T10:00:00Z',
  machine: 'laptop',
  ...more,
})
const since = '2026-11-21T08:00:00Z'
const at = (hours: number) => new Date(Date.parse(since) + hours * hour)
const waiting = { since, signOffs: [asked('login', 2), asked('speed')] }

test.each<[string, readonly Signature[], string]>([
  ['nobody', [], 'open'],
  ['one of two people', [signed('login', 'Anna'), signed('speed', 'Anna')], 'open'],
  [
    'the same person twice, typed in another way',
    [signed('login', 'Anna'), signed('login', ' anna '), signed('speed', 'Ben')],
    'open',
  ],
  [
    'the same person twice, with what nobody sees and in wide letters',
    ['Groß', 'GROSS', 'Gr\u200bo\u00adß', 'Ｇｒｏß', 'speed'].map(name =>
      name === 'speed' ? signed('speed', 'Ben') : signed('login', name),
    ),
    'open',
  ],
  ['everybody', [signed('login', 'Anna'), signed('login', 'Ben'), signed('speed', 'Ben')], 'signed'],
  ['signatures of what nobody asked for', [signed('other', 'Anna'), signed('other', 'Ben')], 'open'],
  [
    'everybody, and one who refuses',
    [
      signed('login', 'Anna'),
      signed('login', 'Ben'),
      signed('speed', 'B'),
      signed('', 'Eva', { type: 'reject' }),
    ],
    'rejected',
  ],
])('%s: %#', (_, signatures, state) => {
  expect(judge(waiting, signatures, at(1)).state).toBe(state)
})

test('time makes it loud and never approves: not after a day, not after a year, not with a broken clock', () => {
  expect(judge(waiting, [], at(23)).signOffs.map(({ overdue }) => overdue)).toEqual([undefined, undefined])
  expect(judge(waiting, [], at(26)).signOffs.map(({ overdue }) => overdue)).toEqual([2 * hour, 2 * hour])
  expect(judge(waiting, [], at(9000)).state).toBe('open')
  expect(judge({ ...waiting, since: 'nonsense' }, [], at(1)).signOffs[0]?.overdue).toBe(0)
  const whole = {
    schema: 'stellwerk.waiting/1' as const,
    run: 'r',
    release: 'x',
    version: '1',
    by: 'anna',
    ...waiting,
  }
  const facts = {
    waiting: [{ asked: whole, signatures: [signed('speed', 'Ben')] }],
    unreadable: [],
    before: [],
  }
  expect(overdueProblems(facts, 'production', at(26))).toMatchObject([
    { code: 'STW-O809', what: { en: 'login is overdue: qa has not signed for 1 d 2 h' } },
  ])
  expect(overdueProblems(facts, 'production', at(2))).toEqual([])
})

test('before a deploy only what was signed for this version and this bundle counts', () => {
  const bundle = { version: 'v2', digest: 'd2' }
  const missing = (...all: readonly Signature[]) => judgeBefore([asked('look')], all, bundle)[0]?.missing
  expect(missing()).toBe(1)
  expect(missing(signed('look', 'Anna'))).toBe(1)
  expect(missing(signed('look', 'Anna', { version: 'v1' }))).toBe(1)
  expect(missing(signed('look', 'Anna', { version: 'v2', digest: 'd1' }))).toBe(1)
  expect(missing(signed('look', 'Anna', { version: 'v2' }))).toBe(0)
  expect(missing(signed('look', 'Anna', { version: 'v2', digest: 'd2' }))).toBe(0)
})

test('what a host prints is read line by line; what is torn or foreign is no signature, and a file nobody can read still waits', () => {
  const line = JSON.stringify(signed('login', 'Anna'))
  expect(
    parseSignatures([line, `{"v":1,"type":"si${line}`, '{"v":1,"type":"sign"}', 'hello', '']),
  ).toHaveLength(2)
  const facts = parsePeople(
    `people.waiting run-1 {"schema":"stellwerk.wai\npeople.signed run-1 ${line}\nother\n`,
  )
  expect(facts).toEqual({ waiting: [], unreadable: ['run-1'], before: [] })
  const whole = {
    schema: 'stellwerk.waiting/1',
    run: 'r',
    release: 'x',
    version: '1',
    by: 'anna',
    ...waiting,
  }
  const one = parsePeople(`people.waiting r ${JSON.stringify(whole)}\npeople.signed r ${line}\n`)
  const other = parsePeople(
    `people.waiting r ${JSON.stringify(whole)}\npeople.signed r ${line}\npeople.signed r ${JSON.stringify(signed('speed', 'Ben'))}\n`,
  )
  expect(joinPeople([one, other]).waiting).toMatchObject([{ signatures: [{ by: 'Anna' }, { by: 'Ben' }] }])
})
