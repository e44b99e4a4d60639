import { expect, test } from 'vitest'
import { document, load, marked } from '../../test/helpers/config-file.ts'

const embedded = 'router: { kind: embedded, listen: "127.0.0.1:8080", service: web }'
const secrets = 'secrets: { PASS: { env: PASS } }'
const database = (kind: string) =>
  `databases: { main: { kind: other, migrate: { command: x, class: ${kind} } } }`
const header = 'allowHeader: { secret: PASS }'
const command = 'command: { on: a, off: b, status: c }'

test.each([
  ['the embedded router', embedded, `maintenance: { ${header} }`, []],
  ['an address instead of a pass', embedded, 'maintenance: { allow: [10.0.0.0/8, "2001:db8::/32"] }', []],
  ['commands where the link is the switch', '', `maintenance: { ${command} }`, []],
  ['nobody who shows the page', '', `maintenance: { ${header} }`, ['C132']],
  [
    'two ways',
    embedded,
    `maintenance: { ${header}, ${command}, nginx: { include: /etc/nginx/m.conf } }`,
    ['C133'],
  ],
  ['a pass that is no secret', embedded, 'maintenance: { allowHeader: { secret: PAS } }', ['C134']],
  ['a pause without the router', '', `maintenance: { mode: pause, ${command} }`, ['C135']],
  ['a page that no check passes', embedded, 'maintenance: {}', ['C137']],
  ['the same, by hand only', embedded, 'maintenance: { during: never }', []],
])('%s', (_, router, maintenance, codes) => {
  const checks =
    'checks: { health: { kind: http, url: "http://127.0.0.1:1/" }, disk: { kind: disk, minFree: 1GB } }'
  const verify = 'verify: { identity: { waived: it cannot tell its release }, health: [health] }'
  const more = `${secrets}\n${maintenance}\n${database('destructive')}`
  const found = marked(
    load(document({ router, checks, verify, more }), { environment: 'production', env: { PASS: 'x' } }),
  )
  expect(found.flatMap(line => /^C13\d/.exec(line) ?? [])).toEqual(codes)
})

test.each([
  ['/etc/nginx/m.conf', []],
  ['"/etc/nginx/m; .conf"', ['must hold no spaces or quotes']],
])('an include that nginx must take as one word: %s', (include, refused) => {
  const maintenance = `maintenance: { during: never, nginx: { include: ${include} } }`
  const loaded = load(document({ router: embedded, more: maintenance }), { environment: 'production' })
  const found = loaded.ok ? [] : loaded.error.map(({ what }) => what.en)
  expect(found).toEqual(refused.map(why => expect.stringContaining(why)))
})

test.each([
  ['destructive', 'expand', 1],
  ['destructive', 'contract', 1],
  ['contract', 'destructive', 0],
  ['always', 'expand', 0],
])('during %s with a migration of class %s', (during, kind, count) => {
  const more = `${secrets}\nmaintenance: { during: ${during}, ${header} }\n${database(kind)}`
  const loaded = load(document({ router: embedded, more }), { environment: 'production', env: { PASS: 'x' } })
  const warned = loaded.ok ? loaded.value.warnings.filter(({ code }) => code === 'STW-C136') : undefined
  expect(warned).toHaveLength(count)
})
