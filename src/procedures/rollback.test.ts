import { expect, test } from 'vitest'
import { aConfig, aRelease, facts } from '../../test/helpers/a-deploy.ts'
import { compileRollback, type RollbackInput } from './rollback.ts'

const [one, two, three] = [
  '20261101_021500-aaaaaaa',
  '20261102_021500-aaaaaaa',
  '20261103_021500-aaaaaaa',
] as const
const site = 'router: {kind: symlink, listen: "127.0.0.1:8080"}'
const both = 'hosts: {web1: {address: a.example}, web2: {address: b.example}}'

function input(extra: Partial<RollbackInput>): RollbackInput {
  const config = aConfig(site, both)
  const known = facts({
    release: { current: three, releases: [aRelease(one), aRelease(two, 'failed'), aRelease(three)] },
  })
  return {
    config,
    hosts: config.hosts,
    facts: new Map([
      ['web1', known],
      ['web2', known],
    ]),
    run: 'run-1',
    by: 'anna',
    now: new Date(0),
    ...extra,
  }
}

test('goes to the last proven release, checks its files first, and marks the one it leaves', () => {
  const plan = compileRollback(input({}))

  if (!plan.ok) throw new Error('no plan')
  expect(plan.value.summary['release']).toBe(one)
  expect(plan.value.phases.map(phase => phase.id)).toEqual(['gate', 'switch', 'verify', 'settle'])
  const settle = plan.value.phases.at(-1)?.steps ?? []
  expect(settle.map(step => step.id)).toEqual([
    'settle/web1/proven',
    'settle/web1/left',
    'settle/web2/proven',
    'settle/web2/left',
  ])
  expect(settle[1]).toMatchObject({ record: { id: three, state: 'undone' } })
})

test('the whole fleet goes to one release: a host that never proved it refuses', () => {
  const known = input({}).facts.get('web1')
  const other = facts({ release: { current: three, releases: [aRelease(one, 'failed'), aRelease(three)] } })

  const plan = compileRollback(
    input({
      facts: new Map([
        ['web1', known!],
        ['web2', other],
      ]),
    }),
  )

  expect(plan).toMatchObject({ ok: false, error: [{ code: 'STW-R204', where: { host: 'web2' } }] })
})

test('a host that already serves the target is left alone', () => {
  const known = input({}).facts.get('web1')
  const there = facts({ release: { current: one, releases: [aRelease(one), aRelease(three)] } })

  const plan = compileRollback(
    input({
      facts: new Map([
        ['web1', known!],
        ['web2', there],
      ]),
    }),
  )

  expect(plan).toMatchObject({ ok: true, value: { hosts: [{ name: 'web1' }] } })
})
