// Answers that look like life and are none. Each leads back to the old release by itself, and each is health as soon as
// the team's matcher says so.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Behaviour, currentOf, openShop, type Shop } from '../rigs/shop.ts'

let shop: Shop
let old: string
const serving = async () => (await fetch(shop.url)).headers.get('x-release')

beforeAll(async () => {
  shop = await openShop()
  old = await shop.deployed(await shop.bundle('good'))
})
afterAll(() => shop?.[Symbol.asyncDispose]())

type Expectation = Readonly<Record<string, unknown>>
const json = 'application/json'
const table: readonly [name: string, Behaviour, wanted: Expectation, says: RegExp, tolerant: Expectation][] =
  [
    [
      'a 401',
      { health: { status: 401, body: '{"status":"ok"}', type: json } },
      { json: { '$.status': 'ok' } },
      /401/,
      { status: 401, json: { '$.status': 'ok' } },
    ],
    [
      'a 302 to a page that is fine',
      { health: { status: 302, headers: { Location: '/ready' } } },
      {},
      /302/,
      { status: 302 },
    ],
    [
      'the page of a single-page app, as for any path',
      { health: { body: '<!doctype html><div id="app">ok</div>', type: 'text/html' } },
      { json: { '$.status': 'ok' } },
      /text\/html/,
      { contentType: 'text/html', text: { contains: 'ok' } },
    ],
    [
      '200 and "kritisch"',
      { health: { body: '{"status":"kritisch"}', type: json } },
      { json: { '$.status': 'gesund' } },
      /kritisch/,
      { json: { '$.status': { oneOf: ['gesund', 'kritisch'] } } },
    ],
    [
      '200 and success: false',
      { health: { body: '{"success":false}', type: json } },
      { json: { '$.success': true } },
      /false/,
      { json: { '$.success': false } },
    ],
  ]

describe.each(table)('%s', (name, behaviour, wanted, says, tolerant) => {
  const expecting = (expectation: Expectation) => {
    const checks = shop.document['checks'] as Record<string, unknown>
    return shop.configure({
      checks: { ...checks, health: { kind: 'http', url: '/health', expect: expectation } },
    })
  }
  const version = name.replaceAll(/\W+/g, '-').slice(0, 30)

  test('is not health: the deploy goes back by itself and says what it saw', async () => {
    await expecting(wanted)

    const ended = await shop.deploy(await shop.bundle(version, behaviour), '--json')

    expect(ended.code, ended.said).toBe(1)
    expect(ended.document).toMatchObject({ schema: 'stellwerk.deploy/1', status: 'undone' })
    const seen = ended.events.flatMap(event =>
      event.type === 'check.result' && event.result.check === 'health' ? [event.result] : [],
    )
    expect(seen.map(({ verdict }) => verdict)).not.toContain('pass')
    expect(JSON.stringify(seen)).toMatch(says)
    expect([await currentOf(shop.root), await serving()]).toEqual([old, old])
  })

  test('is health when the matcher says so', async () => {
    await expecting(tolerant)

    old = await shop.deployed(await shop.bundle(`${version}-wanted`, behaviour))

    expect(await serving()).toBe(old)
  })
})

// What a user would meet although every answer is a 200.
describe('answers that are no answer, seen by the smoke checks', () => {
  const stream = { type: 'application/x-ndjson', body: '{"row":1}\n{"done":true}\n' }
  const good: Record<string, Answer> = {
    '/route': { type: json, body: '{"km":12,"source":"osrm"}' },
    '/items': { type: json, body: '{"items":[{"id":"a1"}]}' },
    '/items/a1/export': stream,
  }
  const smoke = {
    route: { kind: 'http', url: '/route', expect: { json: { '$.source': { not: 'fallback' } } } },
    unknown: { kind: 'http', url: '/items/no-such', expect: { status: 404 } },
    list: { kind: 'http', url: '/items', expect: { json: { '$.items': { minItems: 1 } } } },
    export: {
      kind: 'flow',
      steps: [
        { name: 'list', url: '/items', save: { id: '$.items[0].id' } },
        { name: 'read', url: '/items/{{id}}/export', expect: { lastLine: '{"done":true}' } },
      ],
    },
  }

  beforeAll(async () => {
    const health = { kind: 'http', url: '/health' }
    await shop.configure({
      checks: { health, ...smoke },
      verify: { ...(shop.document['verify'] as object), smoke: Object.keys(smoke) },
    })
    old = await shop.deployed(await shop.bundle('all-good', { paths: good }))
  })

  test.each<[string, Record<string, Answer>, string, string]>([
    [
      'a result of the fallback',
      { '/route': { type: json, body: '{"km":17,"source":"fallback"}' } },
      'route',
      '$.source is "fallback", expected anything but "fallback"',
    ],
    [
      'an unknown id that is answered with 200',
      { '/items/no-such': { type: json, body: '{}' } },
      'unknown',
      'answered 200 OK, expected 404',
    ],
    [
      'an empty list',
      { '/items': { type: json, body: '{"items":[]}' } },
      'list',
      '$.items is [], expected a list of at least 1',
    ],
    [
      'a stream without its end line',
      { '/items/a1/export': { ...stream, body: '{"row":1}\n' } },
      'export',
      'step 2 read: the last line is "{\\"row\\":1}", expected "{\\"done\\":true}"',
    ],
  ])('%s: the smoke check says so, and the old release stays', async (name, answers, check, says) => {
    const paths = { ...good, ...answers }
    const version = name.replaceAll(/\W+/g, '-').slice(0, 30)

    const ended = await shop.deploy(await shop.bundle(version, { paths }), '--json')

    expect(ended.code, ended.said).toBe(1)
    expect(ended.document).toMatchObject({ status: 'undone' })
    const seen = ended.events.flatMap(event =>
      event.type === 'check.result' && event.result.check === check ? [event.result] : [],
    )
    expect(seen.map(({ verdict }) => verdict)).toEqual(['fail'])
    expect(seen[0]?.observed.en).toContain(says)
    expect([await currentOf(shop.root), await serving()]).toEqual([old, old])
  })
})
