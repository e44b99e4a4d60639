// Answers that look like life and are none. Each leads back to the old release by itself, and each is health as soon as
// the team's matcher says so.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Behaviour, currentOf, openShop, type Shop } from '../rigs/shop.ts'

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
