import { describe, expect, it } from 'vitest'
import { document, load, loaded, marked, sections } from '../../test/helpers/config-file.ts'

type Changes = NonNullable<Parameters<typeof document>[0]>

const environment = (lines: string) => `environments:\n  production:\n    root: /srv/askpro\n${lines}`
const web = (more: string) => `services:\n  web: { kind: process, command: x, ports: [3001, 3002]${more} }`
const manyHosts = (count: number, batches: string) =>
  environment(
    `    hosts: { ${Array.from({ length: count }, (_, index) => `h${index}: { address: h${index} }`).join(', ')} }\n    batches: ${batches}`,
  )

const cases: readonly [what: string, changes: Changes, expected: readonly string[]][] = [
  // References.
  ['a gate that is no check', { gates: 'gates: [disk, disc]' }, ['C020 disc']],
  [
    'a health check that is no check',
    { verify: 'verify: { identity: { header: X }, health: [helth] }' },
    ['C020 helth'],
  ],
  [
    'a smoke check that is no check',
    { verify: 'verify: { identity: { header: X }, smoke: [no] }' },
    ['C020 no'],
  ],
  [
    'a waiver of no check',
    { more: 'waivers: { dsk: { reason: replaced on Monday, until: 2026-12-01, by: Anna } }' },
    ['C020 dsk'],
  ],
  ['resting by no check', { services: web(', drain: { check: idle }') }, ['C020 idle']],
  ['waiting for no service', { services: web(', after: [db]') }, ['C020 db']],
  [
    'routing to no service',
    { router: 'router: { kind: embedded, listen: "127.0.0.1:80", service: api }' },
    ['C020 api'],
  ],
  [
    'a flow that uses what nobody saved before',
    {
      checks:
        'checks: { health: { kind: flow, steps: [{ name: a, url: "/{{id}}", save: { id: $.id } }, { name: b, url: "/{{id}}", headers: { X: "{{ad}}" } }] }, disk: { kind: disk, minFree: 1GB } }',
    },
    ['C120 "/{{id}}"', 'C120 "{{ad}}"'],
  ],
  ['a service that waits for itself', { services: web(', after: [web]') }, ['C021 web']],
  [
    'services that wait in a circle',
    {
      services: `${web(', after: [b]')}\n  b: { kind: process, command: x, after: [c] }\n  c: { kind: process, command: x, after: [b] }`,
    },
    ['C021 b'],
  ],
  ['a role that no host has: service', { services: web(', roles: [wep]') }, ['C029 wep']],
  [
    'a role that no host has: check',
    { checks: 'checks: { health: { kind: http, url: /, roles: [db] }, disk: { kind: disk, minFree: 1GB } }' },
    ['C029 db'],
  ],
  [
    'a role that no host has: migration',
    { more: 'databases: { main: { kind: other, migrate: { command: x, role: db } } }' },
    ['C029 db'],
  ],
  [
    'a role that no host has: router',
    { router: 'router: { kind: embedded, listen: "127.0.0.1:8080", service: web, roles: [db] }' },
    ['C029 db'],
  ],
  // Addresses.
  [
    'two services on one port',
    { services: `${web('')}\n  api: { kind: process, command: x, ports: [3002] }` },
    ['C022 3002'],
  ],
  [
    'a service on the port of the router',
    { services: web('').replace('3002', '8080') },
    ['C022 "127.0.0.1:8080"'],
  ],
  ['one port twice', { services: web('').replace('3002', '3001') }, ['C030 3001']],
  [
    'a path without an address',
    { router: 'router: { kind: symlink }' },
    ['C023 /api/health', 'C023 identity'],
  ],
  [
    'a path and two services with one port each',
    {
      router: '',
      services:
        'services: { a: { kind: process, command: x, ports: [1] }, b: { kind: process, command: x, ports: [2] } }',
    },
    ['C023 /api/health', 'C023 identity'],
  ],
  [
    'a router of slots and a service with one port',
    { services: web('').replace(', 3002', '') },
    ['C024 web'],
  ],
  [
    'a router of slots and a systemd service',
    { services: 'services: { web: { kind: systemd, ports: [3001] } }' },
    ['C024 web'],
  ],
  [
    'nginx and a service with one port',
    {
      services: web('').replace(', 3002', ''),
      router:
        'router: { kind: nginx, include: /etc/nginx/x.conf, upstream: app, service: web, listen: "127.0.0.1:80" }',
    },
    ['C024 web'],
  ],
  [
    'a path asked from here',
    { checks: 'checks: { health: { kind: http, url: /x, from: here }, disk: { kind: disk, minFree: 1GB } }' },
    ['C014 /x'],
  ],
  // Directories.
  ['the whole release as shared', { more: 'release: { shared: { directories: [./] } }' }, ['C032 ./']],
  [
    'shared paths in each other',
    { more: 'release: { shared: { directories: [var, var/log] } }' },
    ['C025 var/log'],
  ],
  [
    'a shared file that is a shared directory',
    { more: 'release: { shared: { directories: [a/], files: [./a] } }' },
    ['C025 ./a'],
  ],
  [
    'a shared path that hides an entry file',
    { build: 'build: { entries: [dist/server.js] }', more: 'release: { shared: { directories: [dist] } }' },
    ['C026 dist'],
  ],
  [
    'the root of the machine',
    { environments: environment('    hosts: { a: local }').replace('/srv/askpro', '/') },
    ['C028 /'],
  ],
  [
    'a shelf of the system',
    { environments: environment('    hosts: { a: local }').replace('/srv/askpro', '/var/www/') },
    ['C028 /var/www/'],
  ],
  [
    'a directory below /etc',
    { environments: environment('    hosts: { a: { root: /etc/app } }') },
    ['C028 /etc/app'],
  ],
  [
    'climbing out of a directory',
    { environments: environment('    hosts: { a: { root: /srv/../etc } }') },
    ['C014 /srv/../etc'],
  ],
  [
    'two environments in one directory of one machine',
    {
      environments: `${environment('    hosts: { a: { address: me@h } }')}\n  staging: { root: /srv/askpro/, hosts: { b: { address: you@H } }, override: { services: { web: { ports: [1, 2] } }, router: { listen: "127.0.0.1:3" } } }`,
    },
    ['C027 /srv/askpro/'],
  ],
  [
    'one environment inside the directory of another',
    {
      environments: `${environment('    hosts: { a: local }')}\n  staging: { root: /srv/askpro/staging, hosts: { b: local }, override: { services: { web: { ports: [1, 2] } }, router: { listen: "127.0.0.1:3" } } }`,
    },
    ['C027 /srv/askpro/staging'],
  ],
  [
    'two environments with the same ports on one machine',
    {
      environments: `${environment('    hosts: { a: local }')}\n  staging: { root: /srv/staging, hosts: { b: local }, override: { services: { web: { ports: [1, 3002] } }, router: { listen: "127.0.0.1:3" } } }`,
    },
    ['C031 3002'],
  ],
  [
    'two hosts that are one directory',
    { environments: environment('    hosts: { a: local, b: { roles: [web] } }') },
    ['C027 b'],
  ],
  // Hosts and batches.
  [
    'an address that is an option of ssh',
    { environments: environment('    hosts: { a: { address: -oProxyCommand=x } }') },
    ['C014 -oProxyCommand=x'],
  ],
  [
    'a jump host that is an option of ssh',
    { environments: environment('    hosts: { a: { address: h, jump: -oProxyCommand=x } }') },
    ['C014 -oProxyCommand=x'],
  ],
  ['a share of nothing', { environments: manyHosts(3, '["0%"]') }, ['C014 "0%"']],
  ['a share of more than everything', { environments: manyHosts(3, '["101%"]') }, ['C014 "101%"']],
]

describe('rules across sections', () => {
  it.each(cases)('refuse %s', (_, changes, expected) => {
    const result = load(document(changes), { environment: 'production' })

    expect(result.ok).toBe(false)
    expect(marked(result)).toEqual(expected)
  })

  const fine: readonly [string, Changes][] = [
    [
      'a path answered by the only service with one port',
      { router: '', services: 'services: { web: { kind: process, command: x, ports: [8000] } }' },
    ],
    [
      'a whole address without a router',
      {
        router: '',
        services: '',
        checks:
          'checks: { health: { kind: http, url: "http://127.0.0.1:1/" }, disk: { kind: disk, minFree: 1GB } }',
        verify: 'verify: { identity: { url: "https://a.example/", header: X }, health: [health] }',
      },
    ],
    [
      'one port on hosts of different roles',
      {
        services: `${web(', roles: [web]')}\n  api: { kind: process, command: x, ports: [3001], roles: [api] }`,
        environments: environment('    hosts: { a: { address: a }, b: { address: b, roles: [api] } }'),
      },
    ],
    [
      'two environments on one machine with roots and ports of their own',
      {
        environments: `${environment('    hosts: { a: local }')}\n  staging: { root: /srv/askpro-staging, hosts: { b: local }, override: { services: { web: { ports: [1, 2] } }, router: { listen: "127.0.0.1:3" } } }`,
      },
    ],
    ['a directory below a shelf', { environments: environment('    hosts: { a: { root: /opt/app } }') }],
  ]
  it.each(fine)('allow %s', (_, changes) => {
    expect(marked(load(document(changes), { environment: 'production' }))).toEqual([])
  })

  it('report what is wrong between sections although one entry is wrong by itself', () => {
    const services = `${web(', after: [db]')}\n  bad: { kind: process }`

    expect(marked(load(document({ services })))).toEqual(['C020 db', 'C011 bad'])
  })
})

describe('warnings', () => {
  it.each([
    [3, '[1, "100%"]', []],
    [3, '["34%", "100%", 1]', ['C092 1']],
    [1, '[1, "100%"]', ['C092 "100%"']],
  ])('with %i hosts and batches %s are %j', (count, batches, expected) => {
    const result = load(document({ environments: manyHosts(count, batches) }))

    expect(loaded(result).config.environment.batches).toHaveLength(batches.split(',').length)
    expect(marked(result)).toEqual(expected)
  })

  it('say that nothing in verify can fail', () => {
    const checks =
      'checks: { health: { kind: http, url: /, level: warn }, disk: { kind: disk, minFree: 1GB } }'
    const verify = 'verify: { identity: { json: $.release }, health: [health], smoke: [disk] }'

    expect(marked(load(document({ checks })))).toEqual(['C093 verify'])
    expect(marked(load(document({ checks, verify })))).toEqual([])
  })

  it('point at the waiver of the identity', () => {
    const verify = 'verify: { identity: { waived: no version page }, health: [health] }'

    expect(marked(load(document({ verify })))).toEqual(['C090 no version page'])
  })
})

describe('sections of the example', () => {
  it('are good, so that each case above shows its own mistake only', () => {
    expect(marked(load(document(sections)))).toEqual([])
  })
})
