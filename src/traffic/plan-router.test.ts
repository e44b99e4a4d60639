import { describe, expect, it } from 'vitest'
import { type Router, router } from '../config/schema/router.ts'
import { parseRouterFacts, type RouterFacts } from './facts.ts'
import { planRouter, type RouterPlanInput, routerBlockers } from './plan-router.ts'

const embedded = router.parse({ kind: 'embedded', listen: '127.0.0.1:8080', service: 'web', drain: '10s' })
const nginx = router.parse({ kind: 'nginx', include: '/etc/nginx/app.conf', upstream: 'app', service: 'web' })
const file = { sha256: 'abcdef012345'.padEnd(64, '0'), bytes: 70_000 }
const nothing = parseRouterFacts(['router.generation 0', 'router.node v20.20.2'])
const serving = parseRouterFacts([
  'noise',
  'router.running yes',
  'router.file router-abcdef012345.mjs',
  'router.listen 127.0.0.1:8080',
  'router.generation 4',
  'router.target {"host":"127.0.0.1","port":4001,"release":"r1"}',
  'router.installed router-abcdef012345.mjs',
  'router.node v24.1.0',
])

function plan(section: Router, facts: RouterFacts, more: Partial<RouterPlanInput> = {}) {
  return planRouter(section, {
    host: { name: 'web1', root: '/srv/app' },
    facts,
    release: 'r2',
    target: { port: 4002 },
    file,
    ...more,
  })
}

describe('the plan of an embedded router', () => {
  it('brings, starts and switches on a new host', () => {
    const steps = plan(embedded, nothing)

    expect(steps.install).toMatchObject([{ kind: 'router.install', sha256: file.sha256, root: '/srv/app' }])
    expect(steps.before).toMatchObject([
      {
        kind: 'router.start',
        wanted: { file: 'router-abcdef012345.mjs', listen: '127.0.0.1:8080' },
        undo: { how: 'auto' },
      },
    ])
    expect(steps.before[0]).not.toHaveProperty('before')
    expect(steps.arrive).toMatchObject([
      { kind: 'router.switch', to: { host: '127.0.0.1', port: 4002, release: 'r2' }, drainMs: 10_000 },
    ])
    expect(steps.arrive[0]).not.toHaveProperty('from')
    expect(steps.settle).toMatchObject([{ kind: 'router.drain', undo: { how: 'none' } }])
  })

  it('sends nothing twice and leaves a running router alone', () => {
    const steps = plan(embedded, serving)

    expect(steps.install).toEqual([])
    expect(steps.before).toMatchObject([{ undo: { how: 'none' } }])
    expect(steps.arrive).toMatchObject([{ from: { port: 4001, release: 'r1' } }])
  })

  it('lets a new program take over, and names the old one for the way back', () => {
    const steps = plan(embedded, serving, { file: { sha256: 'ffff'.repeat(16), bytes: 1 } })

    expect(steps.install).toHaveLength(1)
    expect(steps.before).toMatchObject([
      {
        wanted: { file: 'router-ffffffffffff.mjs' },
        before: { file: 'router-abcdef012345.mjs' },
        undo: { how: 'auto' },
      },
    ])
  })

  it('serves the old address, too, until the new one is proven', () => {
    const from = { ...serving, listen: '127.0.0.1:9090' }
    const both = { listen: '127.0.0.1:8080', also: '127.0.0.1:9090' }

    for (const facts of [from, { ...serving, ...both }]) {
      const steps = plan(embedded, facts)
      expect(steps.before).toMatchObject([{ wanted: both, before: { listen: facts.listen } }])
      expect(steps.settle).toMatchObject([
        { kind: 'router.start', wanted: { listen: '127.0.0.1:8080' }, before: both },
        { kind: 'router.drain' },
      ])
      expect(steps.settle[0]).not.toHaveProperty('wanted.also')
    }
  })

  it('goes on with the program on the host when the plan brings none', () => {
    const steps = plan(embedded, serving, { file: undefined })

    expect(steps.install).toEqual([])
    expect(steps.before).toMatchObject([{ wanted: { file: 'router-abcdef012345.mjs' } }])
  })

  it('asks the health path when there is one', () => {
    const steps = plan(embedded, serving, { ready: { path: '/health', timeout: 7000 } })

    expect(steps.arrive).toMatchObject([{ health: { path: '/health', timeoutMs: 7000 } }])
  })

  it('does nothing when the service has no slot here', () => {
    expect(plan(embedded, serving, { target: undefined })).toEqual({
      install: [],
      before: [],
      leave: [],
      arrive: [],
      settle: [],
    })
  })
})

describe('other routers', () => {
  it('nginx switches and drains', () => {
    const steps = plan(
      nginx,
      parseRouterFacts([
        'router.include ours',
        'router.target {"host":"127.0.0.1","port":4001,"release":"r1"}',
      ]),
    )

    expect(steps.arrive).toMatchObject([
      { kind: 'nginx.switch', upstream: 'app', from: { release: 'r1' }, test: 'nginx -t' },
    ])
    expect(steps.settle).toMatchObject([{ kind: 'nginx.drain' }])
  })

  it('symlink reloads after the switch, and again after the way back', () => {
    const steps = plan(router.parse({ kind: 'symlink', reload: 'systemctl reload php' }), nothing)

    expect(steps.leave).toMatchObject([{ kind: 'router.reload', when: 'back', undo: { how: 'auto' } }])
    expect(steps.arrive).toMatchObject([{ kind: 'router.reload', when: 'go', undo: { how: 'none' } }])
    expect(plan(router.parse({ kind: 'symlink' }), nothing).arrive).toEqual([])
  })
})

describe('what speaks against it', () => {
  it.each([
    [['router.generation 0'], 'STW-T004'],
    [['router.node v18.19.0'], 'STW-T004'],
    [['router.node what'], 'STW-T004'],
  ])('%j: %s', (lines, code) => {
    expect(routerBlockers(embedded, 'web1', parseRouterFacts(lines), file)).toMatchObject([{ code }])
  })

  it('nothing, with Node 20 and a program', () => {
    expect(routerBlockers(embedded, 'web1', nothing, file)).toEqual([])
    expect(routerBlockers(embedded, 'web1', nothing, undefined)).toMatchObject([{ code: 'STW-T003' }])
  })

  it.each([
    ['127.0.0.1:8080', '0.0.0.0:8080'],
    ['[::]:8080', '127.0.0.1:8080'],
  ])('addresses that cannot be open side by side: %s and %s', (from, to) => {
    const facts = { ...serving, listen: from }

    expect(routerBlockers({ ...embedded, listen: to } as Router, 'web1', facts, file)).toMatchObject([
      { code: 'STW-T012' },
    ])
  })

  it('nothing, when the address moves to another port or interface', () => {
    for (const listen of ['0.0.0.0:8081', '10.0.0.1:8080', '127.0.0.1:8080']) {
      expect(routerBlockers({ ...embedded, listen } as Router, 'web1', serving, file)).toEqual([])
    }
  })

  it('an include file that may not be written', () => {
    expect(
      routerBlockers(nginx, 'web1', parseRouterFacts(['router.include locked']), undefined),
    ).toMatchObject([{ code: 'STW-T101' }])
  })
})
