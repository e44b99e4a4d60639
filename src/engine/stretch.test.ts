import { expect, it } from 'vitest'
import { text } from '../core/lang.ts'
import type { EngineDeps } from './engine.ts'
import type { Event } from './events.ts'
import type { Plan } from './plan.ts'
import { inPhases, stretchesOf } from './stretch.ts'

const phase = (id: string, ...kinds: string[]) => ({
  id,
  title: text(id, id),
  steps: kinds.map((kind, index) => ({ id: `${id}/${index}`, kind, host: 'a', title: text(id, id) })),
})

function aPlan(overrides: object = {}): Plan {
  const phases = [
    phase('publish', 'act'),
    phase('switch', 'act', 'act'),
    phase('verify', 'look'),
    phase('after', 'act'),
    phase('settle', 'act'),
    phase('tidy', 'act'),
  ]
  return { hosts: [{ name: 'a' }], policy: 'undo', commit: 'settle', phases, ...overrides } as unknown as Plan
}

function someDeps(events: Event[]): EngineDeps {
  return {
    kinds: { act: { at: 'host' }, look: { at: 'here' } },
    emit: (event: Event) => events.push(event),
    now: () => new Date(0),
  } as unknown as EngineDeps
}

const names = (plan: Plan, from = 0) =>
  stretchesOf(plan, from, someDeps([])).map(({ phases }) => phases.map(({ id }) => id).join('+'))

it('joins phases of one host, but not over a look from here and not over the commit', () => {
  expect(names(aPlan())).toEqual(['publish+switch', 'verify', 'after', 'settle+tidy'])
  expect(names(aPlan(), 1)).toEqual(['switch', 'verify', 'after', 'settle+tidy'])
  expect(stretchesOf(aPlan(), 0, someDeps([])).map(({ last }) => last)).toEqual([1, 2, 3, 5])
})

it.each([{ hosts: [{ name: 'a' }, { name: 'b' }] }, { policy: 'stop' }, { policy: 'continue' }])(
  'joins nothing with %o',
  overrides => {
    expect(names(aPlan(overrides))).toHaveLength(6)
  },
)

it.each([
  [true, ['begin publish', 'step', 'end publish true', 'begin switch', 'step', 'end switch true']],
  [false, ['begin publish', 'step', 'end publish true', 'begin switch', 'step', 'end switch false']],
])('shows one phase after the other (all well: %s)', async (well, expected) => {
  const events: Event[] = []
  const [first] = stretchesOf(aPlan(), 0, someDeps(events))
  if (!first) throw new Error('no stretch')

  await inPhases(
    first.phases,
    someDeps(events),
    async deps => {
      for (const step of ['publish/0', 'switch/0'])
        deps.emit({ code: 'STW-E004', type: 'step.begin', step, title: text('', '') })
    },
    () => well,
  )

  const shown = events.map(event => {
    if (event.type === 'phase.begin') return `begin ${event.phase}`
    return event.type === 'phase.end' ? `end ${event.phase} ${event.ok}` : 'step'
  })
  expect(shown).toEqual(expected)
})

it('ends a phase that failed before the next one began, and begins no other', async () => {
  const events: Event[] = []
  const [first] = stretchesOf(aPlan(), 0, someDeps(events))
  if (!first) throw new Error('no stretch')

  await inPhases(
    first.phases,
    someDeps(events),
    async () => {},
    () => false,
  )

  expect(events.map(event => event.type)).toEqual(['phase.begin', 'phase.end'])
})
