// The link moved, the checks are green, and still the old release answers: a process that was never restarted, a cache
// of compiled code. Green is evidence only when the deployed release gives it.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { currentOf, openShop, type Shop, statesOf } from '../rigs/shop.ts'

// As php-fpm with an opcache that never looks again: it keeps what it has read until it is told to reload.
const cachingServer = `const http = require('node:http')
const fs = require('node:fs')
const [root, port] = process.argv.slice(2)
const load = () => fs.readlinkSync(root + '/current').split('/').pop()
let release = load()
process.on('SIGUSR2', () => { release = load() })
http.createServer((request, response) => {
  response.setHeader('X-Release', release)
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify({ status: 'ok', page: 'shop' }))
}).listen(Number(port), '127.0.0.1')
`

let shop: Shop
let port: number
const serving = async () => (await fetch(`http://127.0.0.1:${port}/`)).headers.get('x-release')

function service(reload: string) {
  const pid = join(shop.root, 'app.pid')
  return {
    web: {
      kind: 'command',
      start: `setsid node server.js ${shop.root} $PORT >/dev/null 2>&1 </dev/null & echo $! >${pid}`,
      stop: `kill "$(cat ${pid})"`,
      status: `kill -0 "$(cat ${pid})"`,
      reload,
      ports: [port],
      ready: { timeout: '20s' },
    },
  }
}

beforeAll(async () => {
  shop = await openShop()
  port = shop.ports.slots[0]
  const checks = { health: { kind: 'http', url: '/health', expect: { json: { '$.status': 'ok' } } } }
  const verify = { ...(shop.document['verify'] as object), smoke: [] }
  const router = { kind: 'symlink', listen: `127.0.0.1:${port}` }
  await shop.configure({ router, checks, verify, services: service('true') })
})
afterAll(() => shop?.[Symbol.asyncDispose]())

const bundle = (version: string) => shop.bundle(version, {}, { 'server.js': cachingServer })

test('a reload that does nothing is seen after every retry, and everything goes back', async () => {
  const v1 = await shop.deployed(await bundle('v1'))

  const ended = await shop.deploy(await bundle('v2'), '--json')

  expect(ended.code, ended.said).toBe(1)
  expect(ended.document).toMatchObject({ status: 'undone', hosts: [{ name: 'web1', state: 'old' }] })
  const identity = ended.events.flatMap(event =>
    event.type === 'check.result' && event.result.kind === 'identity' ? [event.result] : [],
  )
  expect(identity).toMatchObject([{ verdict: 'fail', attempts: 4, details: { release: v1 } }])
  expect([await currentOf(shop.root), await serving()]).toEqual([v1, v1])
  expect(await statesOf(shop.root)).toEqual(['v1 proven', 'v2 failed'])
})

test('nobody is asked for health as long as the wrong release answers', async () => {
  const ended = await shop.deploy(await bundle('v3'), '--json')

  const steps = ended.events.flatMap(event => (event.type === 'step.begin' ? [event.step] : []))
  expect(steps).toContain('verify/web1/identity')
  expect(steps).not.toContain('verify/web1/health')
})

test('with a reload that works the same release is proven, although it takes a moment', async () => {
  // Later than the first attempt: the retries are what finds it.
  const pid = join(shop.root, 'app.pid')
  const late = `setsid sh -c 'sleep 0.5; kill -USR2 "$(cat ${pid})"' >/dev/null 2>&1 </dev/null &`
  const identity = { url: '/health', header: 'X-Release', retries: 50, every: '100ms' }
  await shop.configure({
    services: service(late),
    verify: { ...(shop.document['verify'] as object), identity },
  })

  const v4 = await shop.deployed(await bundle('v4'))

  expect(await serving()).toBe(v4)
})
