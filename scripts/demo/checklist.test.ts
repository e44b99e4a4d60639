// A tick is a claim: without its evidence there must be none.
import { expect, test } from 'vitest'
import type { CheckResult } from '../../src/engine/check-result.ts'
import type { Event } from '../../src/engine/events.ts'
import { ablageChecklist } from './ablage-checklist.ts'
import {
  all,
  check,
  command,
  during,
  printed,
  render,
  type Said,
  type Selector,
  signOff,
  step,
} from './checklist.ts'

const said = (...events: readonly Event[]): Said => ({ events, document: undefined })

const result = (name: string, verdict: CheckResult['verdict'], more: Partial<CheckResult> = {}): Event => ({
  code: 'STW-E013',
  type: 'check.result',
  result: {
    check: name,
    kind: 'http',
    host: 'local',
    verdict,
    level: 'error',
    blocks: verdict !== 'pass',
    observed: { en: `en ${verdict}`, de: `de ${verdict}` },
    attempts: 1,
    ms: 120,
    at: '2026-11-21T08:00:00.000Z',
    details: {},
    ...more,
  },
})

const ended = (id: string, verdict: CheckResult['verdict'], undo = false): Event => ({
  code: 'STW-E005',
  type: 'step.end',
  step: id,
  ms: 3200,
  verdict,
  ...(undo ? { undo } : {}),
})

const build = (verdict: CheckResult['verdict'], line: string): Said =>
  said(
    {
      code: 'STW-E004',
      type: 'step.begin',
      step: 'build/test/2',
      title: { en: 'npm run c', de: 'npm run c' },
    },
    { code: 'STW-E006', type: 'output', step: 'build/test/2', line },
    ended('build/test/2', verdict),
  )

const line = (proof: Selector, ...records: readonly Said[]) =>
  render({ title: 'List', sections: [{ title: 'Part', boxes: [{ title: 'Box', proof }] }] }, records)
    .lines.at(-1)
    ?.trim()

test('a check ticks its box with what it saw and how long it took', () => {
  expect(line(check('a'), said(result('a', 'pass')))).toBe('[x] Box  de pass (Prüfung a, 120 ms)')
})

test.each([
  ['did not run', [said(result('b', 'pass'))]],
  ['failed', [said(result('a', 'fail'))]],
  ['could not see', [said(result('a', 'unknown'))]],
  ['failed later', [said(result('a', 'pass')), said(result('a', 'fail'))]],
  ['failed on one of two hosts', [said(result('a', 'fail', { host: 'x' }), result('a', 'pass'))]],
])('a check that %s leaves the box open', (_, records) => {
  expect(line(check('a'), ...records)).toMatch(/^\[ \] Box {2}\S/)
})

test('a waived check is still an open box, with who waived it and until when', () => {
  const waiver = { by: 'Anna', until: '2026-12-01', reason: 'no card in this machine' }

  expect(line(check('gpu'), said(result('gpu', 'unknown', { blocks: false, waiver })))).toBe(
    '[ ] Box  gpu: de unknown (Ausnahme von Anna bis 2026-12-01: no card in this machine)',
  )
})

test('what `stellwerk check` wrote counts as well', () => {
  const event = result('a', 'pass')
  const results = event.type === 'check.result' ? [event.result] : []

  expect(line(check('a'), { events: [], document: { schema: 'stellwerk.check/1', results } })).toMatch(
    /^\[x\]/,
  )
  expect(line(check('a'), { events: [], document: { schema: 'stellwerk.x/1', results } })).toMatch(/^\[ \]/)
})

test.each([
  ['passed', [ended('drain/x/wait', 'pass')], true],
  ['never ran', [ended('start/x', 'pass')], false],
  ['failed', [ended('drain/x/wait', 'fail')], false],
  ['was taken back', [ended('drain/x/wait', 'pass'), ended('drain/x/wait', 'pass', true)], false],
])('a step that %s', (_, events, ticked) => {
  expect(line(step(/^drain\//, 'Drain'), said(...events))?.startsWith('[x]')).toBe(ticked)
})

test('a number comes from the output of the command, and without it nothing is known', () => {
  const coverage = command('npm run c', { pick: /all files\s*\|\s*(\d+)/, suffix: ' %' })

  expect(line(coverage, build('pass', 'all files | 94.2 |'))).toBe('[x] Box  94 % (npm run c, 3,2 s)')
  expect(line(coverage, build('pass', 'nothing'))).toMatch(/^\[ \]/)
  expect(line(coverage, build('fail', 'all files | 94.2 |'))).toMatch(/^\[ \]/)
  expect(line(coverage, said())).toMatch(/^\[ \]/)
})

test('a signature counts in a run that is done, one that refuses never', () => {
  const history = (status: string, type: string): Said => ({
    events: [],
    document: { runs: [{ status, signOffs: [{ type, id: 'login', by: 'Bea', evidence: 'seen' }] }] },
  })

  expect(line(signOff('login'), history('done', 'sign'))).toBe('[x] Box  Bea: seen (Unterschrift login)')
  expect(line(signOff('login'), history('waiting', 'sign'))).toMatch(/^\[ \]/)
  expect(line(signOff('login'), history('done', 'reject'))).toMatch(/^\[ \]/)
  expect(line(signOff('other'), history('done', 'sign'))).toMatch(/^\[ \]/)
})

test('of several proofs each must hold', () => {
  const both = all(check('a'), check('b'))

  expect(line(both, said(result('a', 'pass'), result('b', 'pass')))).toMatch(/^\[x\].*240 ms/)
  expect(line(both, said(result('a', 'pass')))).toMatch(/^\[ \]/)
})

test('what another procedure proved ticks no box of this one', () => {
  const begin = (procedure: string): Event => ({
    code: 'STW-E001',
    type: 'run.begin',
    plan: { procedure } as Extract<Event, { type: 'run.begin' }>['plan'],
  })
  const back = said(begin('rollback'), result('a', 'pass'))

  expect(line(during('rollback', check('a')), back)).toMatch(/^\[x\]/)
  expect(line(during('deploy', check('a')), back)).toMatch(/^\[ \]/)
  expect(line(during('deploy', check('a')), back, said(begin('deploy'), result('a', 'fail')))).toMatch(
    /^\[ \]/,
  )
})

test('a line that a program printed counts unless the program failed', () => {
  const exec = (exit: number): Said => ({
    events: [],
    document: { schema: 'stellwerk.exec/1', exit },
    lines: ['revision', '0001_first'],
  })
  const proof = printed('stellwerk.exec/1', /^\d+_(\w+)$/, 'exec')

  expect(line(proof, exec(0))).toBe('[x] Box  first (exec)')
  expect(line(proof, exec(1))).toMatch(/^\[ \]/)
  expect(line(proof)).toMatch(/^\[ \]/)
})

test('without a run no box of the document is ticked', () => {
  const { ticked, open } = render(ablageChecklist, [])

  expect(ticked).toBe(0)
  expect(open).toBeGreaterThan(30)
})
