// Every problem of the engine as a person reads it.
import { expect, test } from 'vitest'
import { text } from '../core/lang.ts'
import type { Act } from './compose.ts'
import type { Ending } from './host.ts'
import { endingText, lockProblem, stepProblem, unreachableProblem } from './problems.ts'
import type { HostKind, Step } from './step.ts'

const step: Step = {
  id: 'migrate/web1/main',
  kind: 'release.command',
  host: 'web1',
  title: text('Migrate main', 'main migrieren'),
  timeout: 1000,
  undo: { how: 'auto', title: text('Take it back', 'Zurücknehmen') },
}
const kind: HostKind<Step> = {
  at: 'host',
  run: () => ':',
  undo: () => ':',
  inspect: () => 'echo unknown',
  describe: () => step.title,
}
const act: Act = { step, kind }

test.each([
  [1, [], 'it printed nothing'],
  [1, ['cannot open', '', ' '], 'cannot open'],
  [124, ['x'], 'it took longer than its time-out and was ended'],
  [126, ['x'], 'the command exists but may not be executed'],
  [127, ['x'], 'a command was not found on the host'],
  [143, ['x'], 'it was ended by signal 15'],
])('exit code %i after %j: %s', (code, tail, why) => {
  expect(stepProblem(act, code, 'run', [], tail)).toEqual({
    code: 'STW-E101',
    what: text(
      `"Migrate main" failed with exit code ${code}`,
      `„main migrieren“ ist mit Exit-Code ${code} gescheitert`,
    ),
    where: { step: 'migrate/web1/main', host: 'web1' },
    why: expect.objectContaining({ en: why }),
    ...(tail.length > 0 ? { evidence: tail.join('\n') } : {}),
  })
})

test("an undo that fails has its own code and title, and is not explained by its step's report", () => {
  const explained = { ...act, kind: { ...kind, explain: () => ({ code: 'X', what: text('x', 'x') }) } }

  expect(stepProblem(explained, 1, 'undo', ['missing'], ['no'])).toMatchObject({
    code: 'STW-E102',
    what: {
      en: '"Take it back" failed with exit code 1',
      de: '„Zurücknehmen“ ist mit Exit-Code 1 gescheitert',
    },
  })
})

test("a step's own words win, with where it happened and the last twelve lines", () => {
  const what = text('gone', 'weg')
  const explained = {
    ...act,
    kind: {
      ...kind,
      explain: (_: Step, report: { args: readonly string[] }) => ({ code: `X ${report.args}`, what }),
    },
  }
  const tail = Array.from({ length: 20 }, (_, index) => `line ${index}`)

  expect(stepProblem(explained, 1, 'run', ['missing', '.env'], tail)).toEqual({
    code: 'X .env',
    what,
    where: { step: 'migrate/web1/main', host: 'web1' },
    evidence: tail.slice(8).join('\n'),
  })
})

test('frames of a stack do not push out the line that says what happened', () => {
  const frames = Array.from({ length: 12 }, (_, index) => `    at load (node:internal/modules:${index})`)

  expect(stepProblem(act, 1, 'run', [], ['Error: no such package: faker', ...frames])).toMatchObject({
    evidence: 'Error: no such package: faker',
  })
  expect(stepProblem(act, 1, 'run', [], frames)).toMatchObject({ evidence: frames.join('\n') })
})

const owner = {
  run: 'r1',
  procedure: 'deploy',
  by: 'anna',
  machine: 'laptop',
  pid: 42,
  since: '2026-11-21T02:15:00Z',
}
const held = { kind: 'held', owner, ageSeconds: 75, changed: true } as const

test.each([
  [
    { ...held, expired: false },
    'STW-E113',
    'web1 is locked by another run',
    'deploy by anna @ laptop, pid 42',
  ],
  [{ ...held, expired: true }, 'STW-E112', 'A dead run left web1 locked', 'last sign of life 1 min 15 s ago'],
  [
    { ...held, owner: {}, expired: false },
    'STW-E113',
    'web1 is locked by another run',
    'run by ? @ ?, pid ?',
  ],
  [
    { kind: 'failed', why: 'Permission denied' },
    'STW-E111',
    'The lock on web1 cannot be made',
    'Permission denied',
  ],
  [
    { kind: 'frozen', by: 'anna', reason: 'trade fair', until: '2026-12-01T08:00:00.000Z' },
    'STW-E110',
    'Deploys are frozen until 2026-12-01T08:00:00.000Z',
    'anna: trade fair',
  ],
] as const)('a lock that is not granted: %o', (answer, code, what, why) => {
  const problem = lockProblem('web1', answer, 'production')

  expect(problem.code).toBe(code)
  expect(problem.what.en).toContain(what)
  expect(problem.why?.en).toContain(why)
  expect(problem.next?.length).toBeGreaterThan(0)
})

test.each<[Ending, string, string]>([
  [{ kind: 'exit', code: 3 }, 'exit code 3', 'Exit-Code 3'],
  [{ kind: 'signal', signal: 'SIGKILL' }, 'ended by signal SIGKILL', 'durch Signal SIGKILL beendet'],
  [{ kind: 'timeout' }, 'it took longer than its time-out', 'es dauerte länger als das Zeitlimit'],
  [{ kind: 'aborted' }, 'it was interrupted', 'es wurde unterbrochen'],
  [{ kind: 'lost', why: '' }, 'the connection was lost', 'die Verbindung ging verloren'],
  [{ kind: 'lost', why: 'broken pipe' }, 'broken pipe', 'broken pipe'],
  [{ kind: 'unreachable', why: 'no route' }, 'no route', 'no route'],
])('an ending in words: %o', (ending, en, de) => {
  expect(endingText(ending)).toEqual(text(en, de))
})

const place = { name: 'web1', address: 'web1.example', roles: [], root: '/srv/shop' }

test('a host that gives no answer: with the last lines of what ssh said', () => {
  const stderr = Array.from({ length: 9 }, (_, index) => `line ${index}`).join('\n')

  expect(unreachableProblem(place, { ending: { kind: 'timeout' }, stderr }, 'production')).toEqual({
    code: 'STW-E114',
    what: text('web1 (web1.example) cannot be reached', 'web1 (web1.example) ist nicht erreichbar'),
    where: { host: 'web1' },
    why: text('it took longer than its time-out', 'es dauerte länger als das Zeitlimit'),
    next: [text('stellwerk doctor production', 'stellwerk doctor production')],
    evidence: 'line 4\nline 5\nline 6\nline 7\nline 8',
  })
})

test('a connection that knows why says it itself', () => {
  const problem = {
    code: 'STW-H003',
    what: text('The host key changed', 'Der Hostschlüssel hat sich geändert'),
  }
  const ending: Ending = { kind: 'unreachable', why: 'no', problem }

  expect(unreachableProblem(place, { ending, stderr: '' }, 'production')).toBe(problem)
})
