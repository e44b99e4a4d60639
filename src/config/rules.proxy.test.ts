import { expect, test } from 'vitest'
import { document, load, marked } from '../../test/helpers/config-file.ts'

const one = 'services: { api: { kind: process, command: x, ports: [3001] } }'
const two = 'services: { web: { kind: process, command: x, ports: [3001, 3002] } }'
const router = 'router: { kind: embedded, listen: "127.0.0.1:8080", service: web }'
const site = (api: string) => `proxy: { names: [shop.example], api: ${api} }`

// C alone: a mistake that the schema, or another rule about the same services, tells.
test.each([
  ['the only service, with one port', one, '', site('{}'), []],
  ['a service by name', one, '', site('{ service: api }'), []],
  ['two ports behind their router', two, router, site('{}'), []],
  ['two ports behind their router, by name', two, router, site('{ service: web }'), []],
  ['files only', two, router, 'proxy: { names: [shop.example], static: { path: dist } }', []],
  ['a service that is not there', one, '', site('{ service: apj }'), ['C150']],
  ['two ports and no router', two, '', site('{ service: web }'), ['C', 'C', 'C151']],
  ['neither files nor app', two, router, 'proxy: { names: [shop.example] }', ['C']],
  ['a name that would end the line', two, router, 'proxy: { names: ["a; }"], api: {} }', ['C']],
  ['a path that would end the line', two, router, site('{ prefix: "/a{" }'), ['C']],
])('%s', (_, services, wanted, proxy, codes) => {
  const found = marked(
    load(document({ services, router: wanted, more: proxy }), { environment: 'production' }),
  )

  expect(found.map(line => /^C15\d/.exec(line)?.[0] ?? 'C')).toEqual(codes)
})

test('a wrong service is shown where it stands', () => {
  const text = document({
    services: one,
    router: '',
    more: 'proxy:\n  names: [a.example]\n  api:\n    service: apj',
  })
  const loaded = load(text, { environment: 'production' })
  const found = loaded.ok ? undefined : loaded.error.find(({ code }) => code === 'STW-C150')

  expect(found?.where).toMatchObject({
    line: text.split('\n').findIndex(line => line.includes('apj')) + 1,
    column: 14,
  })
})
