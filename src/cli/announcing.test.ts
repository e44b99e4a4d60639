import { expect, test } from 'vitest'
import type { Config } from '../config/config.ts'
import type { Plan } from '../engine/plan.ts'
import type { RunResult } from '../engine/run.ts'
import { announcerFor } from './announcing.ts'
import type { Context } from './context.ts'

// Each event has a channel that does not exist: what is told is seen without a server.
const announce = Object.fromEntries(
  ['start', 'success', 'failure', 'rollback', 'waiting'].map(event => [event, [`on-${event}`]]),
)
const config = {
  ...{ language: 'en', timezone: 'UTC', secrets: new Map(), directory: '/x' },
  notify: { channels: {}, announce },
} as unknown as Config
const context = { wiring: { clock: { now: () => new Date(0) } } } as unknown as Context

const plan = (procedure: string, summary: Plan['summary'] = {}) =>
  ({ procedure, run: 'r', app: 'shop', environment: 'test', summary }) as unknown as Plan
const result = (status: RunResult['status']): RunResult => ({ status, more: [], hosts: [], ms: 1 })

test.each([
  ['deploy', 'done', undefined, ['success']],
  ['deploy', 'waiting', undefined, ['waiting']],
  ['deploy', 'undone', undefined, ['failure']],
  ['deploy', 'unchanged', undefined, ['failure']],
  ['deploy', 'left-out', undefined, ['failure']],
  ['deploy', 'needs-a-look', undefined, ['failure']],
  ['deploy', 'undone', 'recovered', ['failure']],
  ['deploy', 'undone', 'rejected', ['rollback']],
  ['rollback', 'done', undefined, ['rollback']],
  ['rollback', 'undone', undefined, ['failure']],
  ['restore', 'done', undefined, ['success']],
  ['restart', 'done', undefined, []],
  ['backup', 'undone', undefined, []],
] as const)('a %s that is %s (%s) tells %j', async (procedure, status, how, events) => {
  const told = await announcerFor(context, config).end(plan(procedure), result(status), how)

  expect(told.map(({ event, channel, delivered }) => [event, channel, delivered])).toEqual(
    events.map(event => [event, `on-${event}`, false]),
  )
})

test('the start is told once, with the end, and a dry run tells nothing', async () => {
  const announcer = announcerFor(context, config)
  announcer.begin(plan('deploy'))
  const told = await announcer.end(plan('deploy'), result('done'))
  const dry = announcerFor(context, config)
  dry.begin(plan('restore', { dryRun: true }))

  expect(told.map(({ event }) => event)).toEqual(['start', 'success'])
  expect(await dry.end(plan('restore', { dryRun: true }), result('done'))).toEqual([])
})
