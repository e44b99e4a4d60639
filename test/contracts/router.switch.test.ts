// What users notice of a switch: nothing. Orders, drains, failures, crashes and the router's own replacement under load.
import { writeFile } from 'node:fs/promises'
import type http from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../rigs/free-port.ts'
import { startLoad } from '../rigs/load.ts'
import { bundleRouter, killQuietly, RouterRig, raw, until } from '../rigs/router.ts'
import { type Slot, startSlot } from '../rigs/slot.ts'

const open: { close(): Promise<void> }[] = []

async function aRouter(extra: readonly string[] = []): Promise<RouterRig> {
  const rig = await RouterRig.start(extra)
  open.push(rig)
  return rig
}

async function aSlot(
  release: string,
  ...rest: [handler?: Parameters<typeof startSlot>[1], upgrade?: never]
): Promise<Slot> {
  const slot = await startSlot(release, ...rest)
  open.push(slot)
  return slot
}

afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close().catch(() => {})
})

/** An app whose answers wait until they are let go. */
function gate(): {
  handler: (request: http.IncomingMessage, response: http.ServerResponse) => void
  held: http.ServerResponse[]
} {
  const held: http.ServerResponse[] = []
  return {
    held,
    handler: (request, response) => {
      request.resume()
      if (request.url === '/hold') held.push(response)
      else response.end('now')
    },
  }
}

describe('a switch', () => {
  it('loses no request over 50 switches under load, with the old slot stopped after each drain', async () => {
    const router = await aRouter()
    let slot = await startSlot('r0')
    await router.switch(slot)
    const load = startLoad({ url: router.url, concurrency: 16 })
    for (let index = 1; index <= 50; index++) {
      const next = await startSlot(`r${index}`)
      await router.switch(next)
      await router.until(status => status.state === 'stable')
      await slot.close()
      slot = next
      await load.more(20)
    }
    const report = await load.stop()
    await slot.close()

    expect(report).toMatchObject({ failed: 0, reasons: [] })
    expect(Object.keys(report.byRelease)).toHaveLength(51)
    expect(report.byRelease).not.toHaveProperty('none')
    expect(report.total).toBeGreaterThan(1000)
  })

  it('sends new requests to the new slot at once and lets the old finish what it has', async () => {
    const router = await aRouter()
    const { handler, held } = gate()
    const [one, two] = [await aSlot('r1', handler), await aSlot('r2')]
    await router.switch(one)
    const slow = fetch(`${router.url}/hold`)
    await until('the slow request', () => held.length === 1)

    const after = await router.switch(two)
    const fresh = await fetch(router.url)

    expect(after).toMatchObject({
      state: 'draining',
      draining: { inflight: 1, websockets: 0 },
      previous: { release: 'r1' },
    })
    expect(fresh.headers.get('x-release')).toBe('r2')
    held[0]!.end('late')
    expect(await (await slow).text()).toBe('late')
    expect(await router.until(status => status.state === 'stable')).toMatchObject({
      cut: 0,
      target: { release: 'r2' },
    })
  })

  it('cuts what the drain time does not suffice for, and counts it', async () => {
    const router = await aRouter()
    const { handler, held } = gate()
    const [one, two] = [
      await aSlot('r1', handler, ((_: unknown, socket: net.Socket) => {
        socket.on('error', () => {})
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      }) as never),
      await aSlot('r2'),
    ]
    await router.switch(one)
    const slow = fetch(`${router.url}/hold`)
    const tunnel = net.connect(router.port, '127.0.0.1')
    tunnel.on('error', () => {})
    const ended = new Promise(resolve => tunnel.once('close', resolve))
    tunnel.write('GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await new Promise(resolve => tunnel.once('data', resolve))
    await until('the slow request', () => held.length === 1)

    await router.switch(two, { drainMs: 300 })
    const status = await router.until(({ state }) => state === 'stable')

    expect(status.cut).toBe(2)
    const cut = await slow
    expect([cut.status, cut.headers.get('retry-after')]).toEqual([503, '2'])
    await ended
  })

  it('goes back to a slot that still drains without cutting its requests', async () => {
    const router = await aRouter()
    const { handler, held } = gate()
    const [one, two] = [await aSlot('r1', handler), await aSlot('r2')]
    await router.switch(one)
    const slow = fetch(`${router.url}/hold`)
    await until('the slow request', () => held.length === 1)

    await router.switch(two, { drainMs: 400 })
    await router.switch(one, { drainMs: 400 })
    expect((await router.status())?.state).toBe('stable')
    // Longer than the drain that was taken back.
    await new Promise(resolve => setTimeout(resolve, 600))
    held[0]!.end('late')

    expect(await (await slow).text()).toBe('late')
  })

  it('keeps the old slot when the new one is not ready', async () => {
    const router = await aRouter()
    const one = await aSlot('r1')
    const sick = await aSlot('r2', (_, response) => response.writeHead(500).end())
    await router.switch(one)
    const load = startLoad({ url: router.url, concurrency: 4 })

    const health = { path: '/health', timeoutMs: 1500 }
    const unwell = await router.switch(sick, { health })
    const absent = await router.switch({ port: await freePort(), release: 'r3' }, { health })
    await load.more(50)
    const report = await load.stop()

    expect(unwell).toMatchObject({
      state: 'failed',
      problem: 'the health path answered 500',
      target: { release: 'r1' },
    })
    expect(absent).toMatchObject({ state: 'failed', problem: 'ECONNREFUSED', target: { release: 'r1' } })
    expect(report).toMatchObject({ failed: 0, byRelease: { r1: report.total } })
  })

  it('waits for a slot that becomes ready late', async () => {
    const router = await aRouter()
    let calls = 0
    const late = await aSlot('r1', (_, response) => response.writeHead(++calls < 4 ? 503 : 200).end())

    expect(await router.switch(late, { health: { path: '/health', timeoutMs: 10_000 } })).toMatchObject({
      state: 'stable',
    })
    expect(calls).toBe(4)
  })

  it('obeys the newest order when a second one comes while it probes', async () => {
    const router = await aRouter()
    const one = await aSlot('r1')
    await router.order(
      { host: '127.0.0.1', port: await freePort(), release: 'never' },
      { health: { path: '/', timeoutMs: 60_000 } },
    )
    await router.until(({ state }) => state === 'switching')

    expect(await router.switch(one)).toMatchObject({
      generation: 2,
      state: 'stable',
      target: { release: 'r1' },
    })
  })

  it('says what is wrong with an order it cannot read, and goes on', async () => {
    const router = await aRouter()
    const one = await aSlot('r1')
    await router.switch(one)
    await router.put('desired.json', '{"generation": 7')

    expect(await router.until(status => status.problem !== undefined)).toMatchObject({
      problem: 'desired.json is not a JSON object',
      target: { release: 'r1' },
    })
    expect((await fetch(router.url)).headers.get('x-release')).toBe('r1')
  })

  it('answers 503 before the first order', async () => {
    const router = await aRouter()

    expect(await raw(router.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 503 [\s\S]*Retry-After/,
    )
  })
})

describe('a request on a connection that the slot had closed', () => {
  /** Answers the first request of each connection and closes when it reads the second, as a slot that stops does. */
  async function closing(): Promise<{ port: number; release: string; close(): Promise<void> }> {
    const sockets = new Set<net.Socket>()
    const server = net.createServer(socket => {
      let count = 0
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('data', () => {
        if (++count === 1) socket.write('HTTP/1.1 200 OK\r\nX-Release: r1\r\nContent-Length: 2\r\n\r\nok')
        else socket.destroy()
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const part = {
      port: (server.address() as net.AddressInfo).port,
      release: 'r1',
      close: () =>
        new Promise<void>(resolve => {
          server.close(() => resolve())
          for (const socket of sockets) socket.destroy()
        }),
    }
    open.push(part)
    return part
  }

  it('is sent once more when that is harmless', async () => {
    const router = await aRouter()
    await router.switch(await closing())
    const statuses: number[] = []
    for (let index = 0; index < 6; index++) statuses.push((await fetch(router.url)).status)
    const put = { method: 'PUT', body: 'x'.repeat(1000) }
    for (let index = 0; index < 3; index++) statuses.push((await fetch(router.url, put)).status)

    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it('is answered 502 when the app may have begun to work on it', async () => {
    const router = await aRouter()
    await router.switch(await closing())
    await fetch(router.url)

    expect((await fetch(router.url, { method: 'POST', body: 'pay' })).status).toBe(502)
  })
})

describe('the router itself', () => {
  it('serves the same slot after kill -9, without an order', async () => {
    const router = await aRouter()
    const one = await aSlot('r1')
    await router.switch(one)
    await router.kill('SIGKILL')
    await router.launch()

    expect((await fetch(router.url)).headers.get('x-release')).toBe('r1')
    expect(await router.until(status => status.pid !== undefined)).toMatchObject({
      generation: 1,
      state: 'stable',
    })
  })

  it('carries an order out that came while it was dead', async () => {
    const router = await aRouter()
    const [one, two] = [await aSlot('r1'), await aSlot('r2')]
    await router.switch(one)
    await router.kill('SIGKILL')
    await router.order({ host: '127.0.0.1', port: two.port, release: 'r2' })
    await router.launch()

    await router.until(({ generation, state }) => generation === 2 && state === 'stable')
    expect((await fetch(router.url)).headers.get('x-release')).toBe('r2')
  })

  it('falls back to the last order when its status is gone or broken', async () => {
    const router = await aRouter()
    const one = await aSlot('r1')
    await router.switch(one)
    await router.kill('SIGKILL')
    await writeFile(join(router.state, 'status.json'), '{"gener')
    await router.launch()

    expect((await fetch(router.url)).headers.get('x-release')).toBe('r1')
  })

  it('lets requests end when it is told to stop', async () => {
    const router = await aRouter()
    const { handler, held } = gate()
    await router.switch(await aSlot('r1', handler))
    const slow = fetch(`${router.url}/hold`)
    await until('the slow request', () => held.length === 1)
    const ended = router.kill('SIGTERM')
    await until('the port to close', () =>
      fetch(router.url).then(
        () => false,
        () => true,
      ),
    )
    held[0]!.end('late')

    expect(await (await slow).text()).toBe('late')
    expect(await ended).toBe(0)
  })

  it('is replaced by a newer file under load without losing a request', async () => {
    const router = await aRouter()
    const [one, two] = [await aSlot('r1'), await aSlot('r2')]
    await router.switch(one)
    const load = startLoad({ url: router.url, concurrency: 16 })
    await load.more(200)
    const before = await router.pid()
    const newer = await bundleRouter(router.directory, 'router-newer.mjs', '// newer')

    const { code, stderr } = await execute([newer, ...router.arguments, '--take-over'])
    expect([code, stderr]).toEqual([0, ''])
    const after = await router.pid()
    await load.more(500)
    await router.switch(two)
    await router.until(status => status.state === 'stable')
    await one.close()
    await load.more(200)
    const report = await load.stop()

    expect(after).not.toBe(before)
    expect((await router.status())?.file).toBe(newer)
    expect(report).toMatchObject({ failed: 0, reasons: [] })
    expect(Object.keys(report.byRelease).sort()).toEqual(['r1', 'r2'])
    expect(await router.kill(0 as never)).toBe(0)
  })

  it('lets nobody wait while its successor gets ready', async () => {
    const router = await aRouter()
    await router.switch(await aSlot('r1'))
    // Holds the socket for a while without serving it.
    const late =
      'const say = process.send; process.send = (it, ...rest) => it.kind === "ready" ? setTimeout(() => say.call(process, it, ...rest), 1500) : say.call(process, it, ...rest)'
    const newer = await bundleRouter(router.directory, 'router-late.mjs', late)
    const before = await router.pid()
    const replaced = execute([newer, ...router.arguments, '--take-over'])
    const statuses = new Set<unknown>()
    while ((await router.pid()) === before) {
      const one = { headers: { connection: 'close' }, signal: AbortSignal.timeout(5000) }
      statuses.add(
        await fetch(router.url, one).then(
          ({ status }) => status,
          (error: Error) => error.name,
        ),
      )
    }

    expect(await replaced).toEqual({ code: 0, stderr: '' })
    expect(statuses).toEqual(new Set([200]))
  })

  it('stays when its successor cannot start', async () => {
    const router = await aRouter()
    const [one, two] = [await aSlot('r1'), await aSlot('r2')]
    await router.switch(one)
    const broken = join(router.directory, 'broken.mjs')
    await writeFile(broken, 'throw new Error("no luck")\n')
    const upgrade = { file: broken, node: process.execPath, arguments: router.arguments }
    await router.put('upgrade.json', JSON.stringify(upgrade))
    await until('the refusal', () => router.stderr.includes('stays:'))

    expect(await router.switch(two)).toMatchObject({ state: 'stable' })
    expect((await fetch(router.url)).headers.get('x-release')).toBe('r2')
  })

  it('starts in the background, once', async () => {
    const router = await aRouter()
    const port = await freePort()
    const words = ['--state', join(router.directory, 'second'), '--listen', `127.0.0.1:${port}`, '--daemon']
    const first = await execute([router.file, ...words])
    const again = await execute([router.file, ...words])
    const taken = await execute([router.file, '--state', join(router.directory, 'third'), ...words.slice(2)])
    const { readFile } = await import('node:fs/promises')
    const pid = Number((await readFile(join(router.directory, 'second/router.pid'), 'utf8')).split(' ')[0])
    const answer = await raw(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    killQuietly(pid)

    expect(first).toEqual({ code: 0, stderr: '' })
    expect(answer).toMatch(/^HTTP\/1\.1 503/)
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`already runs as process ${pid}`),
    })
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('EADDRINUSE') })
  })

  it('logs nothing personal', async () => {
    const router = await aRouter(['--access'])
    await router.switch(await aSlot('r1'))
    await fetch(`${router.url}/path?token=geheim`, { headers: { cookie: 'geheim' } })
    await until('the access line', () => router.stderr.includes(' GET /path '))

    expect(router.stderr).toMatch(/access 127\.0\.0\.0 GET \/path 200 \d+ms/)
    expect(router.stderr).not.toContain('geheim')
  })
})

async function execute(words: readonly string[]): Promise<{ code: number; stderr: string }> {
  const { execFile } = await import('node:child_process')
  return new Promise(resolve => {
    execFile(process.env['ROUTER_NODE'] ?? process.execPath, [...words], (error, _, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stderr })
    })
  })
}
