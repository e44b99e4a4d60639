import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { CheckResult } from '../../src/engine/check-result.ts'
import { render, type Said } from './checklist.ts'
import { serviceheftChecklist } from './serviceheft-checklist.ts'

const shown = (...said: readonly Said[]) => render(serviceheftChecklist, said)
const result = (check: string, more: Partial<CheckResult> = {}): Said => {
  const one: CheckResult = {
    check,
    kind: 'http',
    host: 'local',
    verdict: 'pass',
    level: 'error',
    blocks: false,
    observed: { en: 'fine', de: 'in Ordnung' },
    attempts: 1,
    ms: 5,
    at: '2026-03-01T08:00:00Z',
    details: {},
    ...more,
  }
  return { events: [{ code: 'STW-E013', type: 'check.result', result: one }], document: undefined }
}
const document = (one: Readonly<Record<string, unknown>>): Said => ({ events: [], document: one })

test('without evidence no box is ticked', () => {
  const { ticked, open } = shown()

  expect(ticked).toBe(0)
  expect(open).toBeGreaterThan(50)
})

test('a check ticks its box when it passed, not when it failed, could not see, or passed once', () => {
  const box = /\[x\] Memory Usage/

  expect(shown(result('memory')).lines.join('\n')).toMatch(box)
  for (const verdict of ['fail', 'unknown'] as const)
    expect(shown(result('memory'), result('memory', { verdict })).lines.join('\n')).not.toMatch(box)
})

test('a decision, a signature and a task need their own evidence', () => {
  const open = { name: 'hosting', decided: false, question: 'Hosting' }
  const refused = { id: 'monitoring', type: 'reject', by: 'Otto', at: '2026-03-01T08:00:00Z' }
  const run = { procedure: 'deploy', status: 'done', signOffs: [refused] }
  const task = { id: 'stunde-1', state: 'due', dueAt: '2026-03-01T09:00:00Z' }
  const { ticked, lines } = shown(
    document({ schema: 'stellwerk.decisions/1', decisions: [open] }),
    document({ schema: 'stellwerk.history/1', runs: [run] }),
    document({ schema: 'stellwerk.aftercare/1', tasks: [task] }),
    document({ schema: 'stellwerk.rollback/1', status: 'done', release: 'x', ms: 300_001 }),
    document({ announcements: [{ event: 'start', channel: 'mail', delivered: false }] }),
  )

  expect(ticked).toBe(0)
  for (const reason of [
    'nicht entschieden',
    'abgelehnt von Otto',
    'fällig 2026-03-01',
    'zu lange',
    'kam bei mail nicht an',
  ])
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain(reason)
})

test('every check that ticks a box is one of stellwerk.yaml', () => {
  const file = join(import.meta.dirname, '../../examples/serviceheft/stellwerk.yaml')
  const config = parse(readFileSync(file, 'utf8'))
  const known = { ...config.checks, ...config.environments.production.override.checks, identity: {} }
  const source = readFileSync(join(import.meta.dirname, 'serviceheft-checklist.ts'), 'utf8')
  const named = [...source.matchAll(/\bcheck\('([^']+)'/g)].map(([, name]) => name ?? '')

  expect(named.length).toBeGreaterThan(20)
  expect(named.filter(name => !(name in known))).toEqual([])
})
