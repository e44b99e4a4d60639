import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Load, sum } from './load.ts'

test('a refused, a broken and a wrong answer are failures, each with its reason', async () => {
  const asked: Record<string, number> = {}
  const url = await serve((request, response) => {
    request.resume()
    const kind = `${request.method} ${request.url}`
    asked[kind] = (asked[kind] ?? 0) + 1
    response.setHeader('X-Release', kind === 'GET /' ? 'new' : 'old')
    if (request.url === '/api/uploads?name=recording.txt') response.destroy()
    else if (kind === 'POST /api/calls') response.writeHead(503).end()
    else response.end('fine')
  })
  const load = new Load(url)

  load.start(1_000)
  while (Object.keys(asked).length < 4) await new Promise(setImmediate)
  await load.stop()

  const tally = load.take()
  const good = (asked['GET /'] ?? 0) + (asked['GET /api/calls'] ?? 0)
  expect(tally.answered).toBe(good)
  expect(tally.failed).toBe(
    (asked['POST /api/calls'] ?? 0) + (asked['POST /api/uploads?name=recording.txt'] ?? 0),
  )
  expect(tally.failures.get('POST /api/calls: 503')).toBe(asked['POST /api/calls'])
  expect(tally.releases.get('new')).toBe(asked['GET /'])
})

test('a connection cut in the middle of an answer is a failure', async () => {
  let asked = 0
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'Content-Length': 100 })
    response.write('half', () => response.destroy())
    asked++
  })
  const load = new Load(url)

  load.start(1_000)
  while (asked === 0) await new Promise(setImmediate)
  await load.stop()

  const tally = load.take()
  expect(tally.answered).toBe(0)
  expect(tally.failed).toBeGreaterThan(0)
})

test('like a browser it asks once more on a connection of its own, not on another that waits', async () => {
  const [used, closed] = [new WeakSet(), { count: 0 }]
  const url = await serve((request, response) => {
    // As a web server that reloads: every connection that has waited is gone.
    if (!used.has(request.socket)) return void response.end('fine', () => used.add(request.socket))
    closed.count++
    request.socket.destroy()
  })
  const load = new Load(url, () => ({ method: 'GET', path: '/', statuses: [200] }), true)

  load.start(500)
  while (closed.count < 50) await new Promise(setImmediate)
  await load.stop()

  expect([...load.take().failures]).toEqual([])
})

test('tallies add up, and each is taken once', async () => {
  let asked = 0
  const url = await serve((request, response) => {
    asked++
    request.resume()
    response
      .setHeader('X-Release', 'one')
      .writeHead(request.method === 'GET' ? 200 : 201)
      .end()
  })
  const load = new Load(url)
  load.start(500)
  while (asked < 5) await new Promise(setImmediate)
  await load.stop()
  const first = load.take()

  const all = sum([first, load.take(), first])

  expect(first.answered).toBe(asked)
  expect(all.answered).toBe(2 * asked)
  expect(all.releases.get('one')).toBe(2 * asked)
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
