import { expect, test } from 'vitest'
import { aConfig, aDeploy, aRelease, facts } from '../../test/helpers/a-deploy.ts'
import type { Plan } from '../engine/plan.ts'
import type { BeginCareStep } from '../runbook/steps/begin-care.ts'
import { compileDeploy, type DeployInput } from './deploy.ts'

const site = 'router: {kind: symlink, listen: "127.0.0.1:8080", reload: nginx -s reload}'
const slots = `services: {web: {kind: process, command: node server.js, ports: [3001, 3002]}, worker: {kind: process, command: node worker.js, after: [web]}}
router: {kind: embedded, service: web, listen: "127.0.0.1:8080"}`
const old = '20261120_021500-aaaaaaa'

function planOf(input: DeployInput): Plan {
  const plan = compileDeploy(input)
  if (!plan.ok) throw new Error(plan.error.map(problem => problem.what.en).join('; '))
  return plan.value
}

function steps(plan: Plan): string[] {
  return plan.phases.flatMap(phase => phase.steps.map(step => `${phase.id}: ${step.host} ${step.kind}`))
}

test('a static site: publish, switch, prove, settle', () => {
  expect(steps(planOf(aDeploy(aConfig(site), { web1: facts() })))).toEqual([
    'publish: web1 release.stage',
    'publish: web1 release.state',
    'switch: web1 router.reload',
    'switch: web1 release.switch',
    'switch: web1 release.state',
    'switch: web1 router.reload',
    'verify: web1 identity',
    'verify: web1 check',
    'settle: web1 release.state',
    'settle: web1 release.prune',
  ])
})

test('slots start beside the old release, workers stop around the switch, the old slot stops once the new one is proven', () => {
  const running = { state: 'running', supervised: true, release: old, restarts: 0 } as const
  const known = facts({
    release: { current: old, releases: [aRelease(old)] },
    services: {
      slots: [
        { ...running, service: 'web', slot: 0, port: 3001, pid: 7 },
        { ...running, service: 'worker', slot: 0, pid: 8 },
      ],
    },
    router: {
      running: true,
      file: `router-${'f'.repeat(12)}.mjs`,
      listen: '127.0.0.1:8080',
      installed: [`router-${'f'.repeat(12)}.mjs`],
      target: { host: '127.0.0.1', port: 3001, release: old },
    },
  })

  const plan = planOf(aDeploy(aConfig(slots), { web1: known }))

  expect(plan.phases.map(phase => phase.id)).toEqual(['publish', 'start', 'switch', 'verify', 'settle'])
  expect(steps(plan).filter(step => /^(start|switch|settle)/.test(step))).toEqual([
    'start: web1 service.start',
    'start: web1 router.start',
    'switch: web1 service.stop',
    'switch: web1 release.switch',
    'switch: web1 release.state',
    'switch: web1 service.start',
    'switch: web1 router.switch',
    'settle: web1 release.state',
    'settle: web1 router.drain',
    'settle: web1 service.stop',
    'settle: web1 release.prune',
  ])
  expect(plan.phases[1]?.steps[0]).toMatchObject({ spec: { port: 3002, release: '20261121_021500-bbbbbbb' } })
})

test('the router knows better than the processes which slot users are on', () => {
  const running = { state: 'running', supervised: true, release: old, restarts: 0, service: 'web' } as const
  const known = facts({
    release: { current: old, releases: [aRelease(old)] },
    services: {
      slots: [
        { ...running, slot: 0, port: 3001, since: 2000 },
        { ...running, slot: 1, port: 3002, since: 1000 },
      ],
    },
    router: { target: { host: '127.0.0.1', port: 3002, release: old } },
  })

  const started = planOf(aDeploy(aConfig(slots), { web1: known }))
    .phases.flatMap(phase => phase.steps)
    .find(step => step.id.endsWith('web/start-0'))

  expect(started).toMatchObject({ kind: 'service.start', spec: { port: 3001 } })
})

test('migrations run once, on the first host of their role, before anybody switches', () => {
  const config = aConfig(
    `${site}\ndatabases: {main: {kind: other, migrate: {command: ./migrate, role: db}}}`,
    'hosts: {web1: {address: web1.example}, web2: {address: web2.example, roles: [web, db]}}',
  )

  const all = steps(planOf(aDeploy(config, { web1: facts(), web2: facts() })))

  expect(all.filter(step => step.startsWith('migrate'))).toEqual(['migrate: web2 release.command'])
  expect(all.indexOf('migrate: web2 release.command')).toBeLessThan(
    all.indexOf('switch: web1 release.switch'),
  )
})

test('batches switch and prove one after the other; the commit comes after the last', () => {
  const hosts = ['a', 'b', 'c', 'd'].map(name => `${name}: {address: ${name}.example}`).join(', ')
  const config = aConfig(site, `hosts: {${hosts}}\nbatches: [1, 2]`)

  const plan = planOf(aDeploy(config, { a: facts(), b: facts(), c: facts(), d: facts() }))

  expect(plan.phases.map(phase => phase.id)).toEqual([
    'publish',
    'switch-1',
    'verify-1',
    'switch-2',
    'verify-2',
    'switch-3',
    'verify-3',
    'settle',
  ])
  expect(plan.commit).toBe('settle')
})

test('everything that speaks against it is said at once, and there is no plan', () => {
  const config = aConfig(
    `${slots}\nrelease: {shared: {files: [.env]}}`,
    'hosts: {web1: {address: a.example}, web2: {address: b.example}}',
  )
  const bad = facts({
    release: { currentProblem: 'not-a-link', sharedMissing: ['.env'], freeBytes: 1000, tools: ['tar'] },
    router: { node: 'v18.0.0' },
  })

  const plan = compileDeploy(aDeploy(config, { web1: bad, web2: facts({ services: { complete: false } }) }))

  const found = plan.ok ? [] : plan.error.map(problem => `${problem.where?.host} ${problem.code}`)
  expect(found).toEqual([
    'web1 STW-D101',
    'web1 STW-D102',
    'web1 STW-D103',
    'web1 STW-D104',
    'web1 STW-T004',
    'web2 STW-S061',
  ])
})

test('no answer about the free space is not enough space', () => {
  const plan = compileDeploy(aDeploy(aConfig(site), { web1: facts({ release: { freeBytes: Number.NaN } }) }))

  expect(plan).toMatchObject({
    ok: false,
    error: [{ code: 'STW-D104', why: { en: 'df gave no answer about the free space' } }],
  })
})

test('a short disk makes room before the upload, never with the releases that count', () => {
  const releases = ['1', '2', '3', '4', '5', '6', '7'].map(day => ({
    ...aRelease(`2026110${day}_021500-aaaaaaa`),
    bytes: 60e6,
  }))
  const known = facts({ release: { current: releases[6]?.id ?? '', releases, freeBytes: 10e6 } })

  const [room] =
    planOf(aDeploy(aConfig(`${site}\nrelease: {keep: 5}`), { web1: known })).phases[0]?.steps ?? []

  expect(room).toMatchObject({
    kind: 'release.prune',
    remove: ['20261101_021500-aaaaaaa', '20261102_021500-aaaaaaa'],
  })
})

test('a due list that lies on a host ends with the next release, also when the config asks for none any more', () => {
  const hosts = 'hosts: {web1: {address: a.example}, web2: {address: b.example}}'
  const known = { web1: facts(), web2: facts({ people: { careIsOpen: true } }) }
  const careOf = (rest: string) =>
    planOf(aDeploy(aConfig(rest, hosts), known))
      .phases.flatMap(phase => phase.steps)
      .flatMap(step =>
        step.kind === 'aftercare.begin' ? [[step.host, (step as BeginCareStep).tasks.length]] : [],
      )

  expect(careOf(site)).toEqual([['web2', 0]])
  expect(careOf(`${site}\nafterCare: [{id: hour, after: 1h, checks: [home]}]`)).toEqual([
    ['web1', 1],
    ['web2', 0],
  ])
})

test('a plan is frozen JSON: it survives being written and read', () => {
  const plan = planOf(aDeploy(aConfig(slots), { web1: facts() }))

  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  expect(Object.isFrozen(plan.phases[0]?.steps[0])).toBe(true)
})
