// One short run as each presenter shows it, from the first event to the last.
import { expect, test } from 'vitest'
import { aTerminal } from '../../../test/helpers/a-terminal.ts'
import type { Clock } from '../../core/clock.ts'
import { text } from '../../core/lang.ts'
import type { Event } from '../../engine/events.ts'
import type { Plan } from '../../engine/plan.ts'
import { jsonPresenter } from './json.ts'
import { livePresenter } from './live.ts'
import { plainPresenter } from './plain.ts'
import { quietPresenter } from './quiet.ts'

const plan: Plan = {
  schema: 'stellwerk.plan/1',
  procedure: 'deploy',
  run: '20261121_021500-deploy-1f3a9c',
  app: 'shop',
  environment: 'production',
  createdAt: '2026-11-21T02:15:00.000Z',
  hosts: [],
  factsDigest: '',
  policy: 'undo',
  onHostFailure: 'undo',
  phases: [],
  commit: 'settle',
  summary: { release: '20261121_021500-abc1234', version: '1.2.0', gitSha: 'abc1234def' },
}
const send = { step: 'publish/web1/stage', host: 'web1' }
const link = { step: 'switch/web1/link', host: 'web1' }
const why = {
  code: 'STW-K002',
  what: text('A health check did not pass', 'Ein Health-Check wurde nicht bestanden'),
}

const story: readonly Event[] = [
  { code: 'STW-E001', type: 'run.begin', plan },
  {
    code: 'STW-E002',
    type: 'phase.begin',
    phase: 'publish',
    title: text('Publish the release', 'Release veröffentlichen'),
  },
  { code: 'STW-E004', type: 'step.begin', ...send, title: text('Send 3 files', '3 Dateien senden') },
  { code: 'STW-E007', type: 'progress', ...send, done: 262_144, unit: 'bytes' },
  { code: 'STW-E006', type: 'output', ...send, line: 'tar: \u001b[2Aa\rnote' },
  {
    code: 'STW-E005',
    type: 'step.end',
    ...send,
    ms: 1234,
    verdict: 'pass',
    observed: text('3 files', '3 Dateien'),
  },
  { code: 'STW-E003', type: 'phase.end', phase: 'publish', ms: 1300, ok: true },
  {
    code: 'STW-E010',
    type: 'warning',
    host: 'web1',
    text: text('The disk is nearly full', 'Die Platte ist fast voll'),
  },
  { code: 'STW-E004', type: 'step.begin', ...link, title: text('Switch the link', 'Link umschalten') },
  { code: 'STW-E005', type: 'step.end', ...link, ms: 8, verdict: 'fail' },
  { code: 'STW-E011', type: 'waiting', text: text('web1 is locked', 'web1 ist gesperrt') },
  { code: 'STW-E008', type: 'undo.begin', why },
  {
    code: 'STW-E004',
    type: 'step.begin',
    ...link,
    title: text('Point current back', 'current zurückstellen'),
    undo: true,
  },
  { code: 'STW-E005', type: 'step.end', ...link, ms: 9, verdict: 'unknown', undo: true },
  { code: 'STW-E012', type: 'run.end', status: 'undone', ms: 2000, problem: why },
]

/** Half a second passes with each look at the clock. */
function aClock(): Clock {
  let elapsed = 0
  return {
    now: () => new Date('2026-11-21T02:15:00Z'),
    elapsed: () => {
      elapsed += 500
      return elapsed
    },
    sleep: async () => undefined,
  }
}

test('plain lines: what ended, with its time', () => {
  const io = aTerminal()
  const presenter = plainPresenter(io, 'en', { verbose: false })

  for (const event of story) presenter.event(event)
  presenter.end()

  expect(io.stdout()).toBe('')
  expect(io.stderr()).toBe(`deploy shop 1.2.0 (abc1234) to production: 20261121_021500-abc1234
▸ Publish the release
  ✔ web1  Send 3 files  1.2 s  3 files
! web1: The disk is nearly full
  ✖ web1  Switch the link  8 ms
· web1 is locked
↶ Taking everything back: A health check did not pass
  ? web1  Point current back  9 ms
`)
})

test('plain lines in German, with the output of commands', () => {
  const io = aTerminal()
  const presenter = plainPresenter(io, 'de', { verbose: true })

  for (const event of story.slice(0, 6)) presenter.event(event)

  expect(io.stderr()).toBe(`deploy shop 1.2.0 (abc1234) auf production: 20261121_021500-abc1234
▸ Release veröffentlichen
    │ web1: tar:  [2Aa note
  ✔ web1  3 Dateien senden  1.2 s  3 Dateien
`)
})

test('a terminal: below the lines that stay is what is under way, and at the end nothing', () => {
  const io = aTerminal('')
  const presenter = livePresenter(io, 'en', aClock(), { verbose: false })

  const frames = story.slice(0, 6).map(event => {
    const before = io.stderr().length
    presenter.event(event)
    return io.stderr().slice(before).replaceAll('\u001b', '^')
  })
  presenter.end()

  expect(frames).toEqual([
    'deploy shop 1.2.0 (abc1234) to production: 20261121_021500-abc1234\n',
    '▸ Publish the release\n',
    '  ⠋ web1  Send 3 files  500 ms  \n',
    // Progress and output wait for the next turn of the wheel.
    '',
    '',
    '^[1A^[0J  ✔ web1  Send 3 files  1.2 s  3 files\n',
  ])
})

test('a terminal: output of a program cannot move the cursor, and a long line is cut', () => {
  const io = { ...aTerminal(''), columns: () => 40 }
  const presenter = livePresenter(io, 'en', aClock(), { verbose: false })
  for (const event of story.slice(2, 5)) presenter.event(event)
  const before = io.stderr().length

  presenter.event({ code: 'STW-E009', type: 'note', text: text('a note', 'ein Hinweis') })
  presenter.end()

  expect(io.stderr().slice(before).replaceAll('\u001b', '^')).toBe(
    '^[1A^[0J· a note\n  ⠋ web1  Send 3 files  1.0 s  tar:  […\n^[1A^[0J',
  )
})

test('a terminal: thirty hosts do not scroll the screen', () => {
  const io = aTerminal('')
  const presenter = livePresenter(io, 'de', aClock(), { verbose: false })
  for (let host = 1; host <= 30; host++) {
    const step = `publish/web${host}/stage`
    presenter.event({ code: 'STW-E004', type: 'step.begin', step, host: `web${host}`, title: text('x', 'x') })
  }
  presenter.end()

  const last = io.stderr().split('\u001b[0J').at(-2)?.split('\u001b')[0]
  expect(last?.trimEnd().split('\n')).toHaveLength(13)
  expect(last).toContain('… 18 weitere')
})

test('quiet: warnings only', () => {
  const io = aTerminal()
  const presenter = quietPresenter(io, 'de')

  for (const event of story) presenter.event(event)
  presenter.end()

  expect(io.stdout() + io.stderr()).toBe('! web1: Die Platte ist fast voll\n')
})

test('JSON: every event as a line of standard output, with its time and code', () => {
  const io = aTerminal()
  const presenter = jsonPresenter(io, aClock())

  for (const event of story) presenter.event(event)
  presenter.end()

  const lines = io.stdout().trimEnd().split('\n')
  expect(lines.map(line => JSON.parse(line))).toEqual(
    story.map(event => ({ at: '2026-11-21T02:15:00.000Z', ...event })),
  )
  expect(io.stderr()).toBe('')
})
