// Maintenance at the embedded router and at a real nginx: who sees the page, who passes, and that it ends.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import type http from 'node:http'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ownPage } from '../../src/traffic/maintenance/page.ts'
import type { MaintenanceOrder } from '../../src/traffic/router/maintenance-order.ts'
import { startLoad } from '../rigs/load.ts'
import { RouterRig } from '../rigs/router.ts'
import { type Slot, startSlot } from '../rigs/slot.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close().catch(() => {})
})

const pass = 'open sesame'

interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

function ask(
  port: number,
  headers: http.OutgoingHttpHeaders = {},
  method = 'GET',
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/x', method, headers, agent: false }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', part => {
        text += part
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function aRouter(
  handler?: Parameters<typeof startSlot>[1],
): Promise<{ rig: RouterRig; slot: Slot; pages: string }> {
  const rig = await RouterRig.start(['--access'])
  open.push(rig)
  const slot = await startSlot('r1', handler)
  open.push(slot)
  await rig.switch(slot)
  const pages = join(rig.directory, 'pages')
  await mkdir(pages)
  for (const lang of ['de', 'en'] as const) await writeFile(join(pages, `index.${lang}.html`), ownPage(lang))
  return { rig, slot, pages }
}

async function turnOn(rig: RouterRig, pages: string, more: Partial<MaintenanceOrder> = {}): Promise<void> {
  const order: MaintenanceOrder = {
    order: 'run-1',
    mode: 'page',
    pauseMs: 0,
    retryAfter: 300,
    allow: [],
    header: 'x-stellwerk-pass',
    pass: createHash('sha256').update(pass).digest('hex'),
    pages,
    language: 'en',
    ...more,
  }
  await rig.put('maintenance.json', JSON.stringify(order))
  await rig.until(status => status.maintenance === order.order)
}

async function turnOff(rig: RouterRig): Promise<void> {
  await rig.put('maintenance.json', '{"order":"off"}')
  await rig.until(status => status.maintenance === 'off')
}

describe('the embedded router under maintenance', () => {
  it('shows the page in the language of the visitor, and never keeps it anywhere', async () => {
    const { rig, slot, pages } = await aRouter()
    await turnOn(rig, pages)

    const german = await ask(rig.port, { 'Accept-Language': 'de-DE,de;q=0.9,en;q=0.5' })
    const english = await ask(rig.port, { 'Accept-Language': 'fr, en;q=0.8, de;q=0.7' })
    const posted = await ask(rig.port, { 'Content-Type': 'text/plain' }, 'POST', 'x'.repeat(100_000))

    expect(german).toMatchObject({
      status: 503,
      body: ownPage('de'),
      headers: {
        'retry-after': '300',
        'cache-control': 'no-store',
        'content-language': 'de',
        'x-stellwerk-maintenance': 'page',
      },
    })
    expect(english).toMatchObject({ status: 503, body: ownPage('en') })
    expect(posted.status).toBe(503)
    expect(slot.seen).toEqual([])
    await turnOff(rig)
    expect((await ask(rig.port)).status).toBe(200)
    const log = await until(rig, /GET \/x 503 0ms maintenance/)
    expect(log).not.toContain(pass)
  })

  it('lets the pass through, and tells neither a wrong one nor the app about it', async () => {
    const { rig, slot, pages } = await aRouter()
    await turnOn(rig, pages)

    const through = await ask(rig.port, { 'X-Stellwerk-Pass': pass })
    const wrong = await ask(rig.port, { 'X-Stellwerk-Pass': `${pass}!` })
    const asVisitor = await ask(rig.port, { 'X-Stellwerk-Pass': pass, 'X-Stellwerk-Visitor': '1' })

    expect(through.status).toBe(200)
    expect(wrong.status).toBe(503)
    expect(asVisitor.status).toBe(503)
    expect(slot.seen).toHaveLength(1)
    expect(JSON.stringify(slot.seen[0]?.headers)).not.toContain(pass)
    expect(await readFile(join(rig.state, 'maintenance.json'), 'utf8')).not.toContain(pass)
    expect(JSON.stringify(await rig.status())).not.toContain(pass)
  })

  it.each([
    ['an address', ['127.0.0.1'], {}, 200],
    ['a range', ['127.0.0.0/8'], {}, 200],
    ['another range', ['10.0.0.0/8', '2001:db8::/32'], {}, 503],
    ['a claim of nobody we trust', ['10.0.0.0/8'], { 'X-Forwarded-For': '10.1.2.3' }, 503],
  ])('knows by its allow-list: %s', async (_, allow, headers, status) => {
    const { rig, pages } = await aRouter()
    await turnOn(rig, pages, { allow })
    expect((await ask(rig.port, headers)).status).toBe(status)
  })

  it('believes a proxy that it trusts, and takes nobody behind it for the proxy', async () => {
    const { rig, slot, pages } = await aRouter()
    await rig.switch(slot, { trustForwarded: ['127.0.0.1'] })
    await turnOn(rig, pages, { allow: ['10.0.0.0/8', '2001:db8::/32'] })
    const from = async (chain: string) => (await ask(rig.port, { 'X-Forwarded-For': chain })).status

    expect(await from('10.1.2.3')).toBe(200)
    expect(await from('2001:db8:7::1')).toBe(200)
    expect(await from('203.0.113.9')).toBe(503)
    // The visitor writes the left part, our proxy the right one.
    expect(await from('10.1.2.3, 203.0.113.9')).toBe(503)
    expect(await from('10.1.2.3, nonsense')).toBe(503)
  })

  it('finishes what is under way, and says when it is', async () => {
    const held: http.ServerResponse[] = []
    const { rig, slot, pages } = await aRouter((_, response) => void held.push(response))
    const arrival = slot.arrival()
    const early = ask(rig.port)
    await arrival
    await turnOn(rig, pages)

    expect((await rig.until(status => status.inflight === 1)).maintenance).toBe('run-1')
    expect((await ask(rig.port)).status).toBe(503)
    held[0]?.end('late but well')
    expect(await early).toMatchObject({ status: 200, body: 'late but well' })
    await rig.until(status => status.inflight === 0)
  })

  it('is still under maintenance after kill -9, and takes a broken order for one', async () => {
    const { rig, pages } = await aRouter()
    await turnOn(rig, pages)
    await rig.kill('SIGKILL')
    await rig.launch()
    expect((await ask(rig.port)).status).toBe(503)

    await rig.put('maintenance.json', '{"order":')
    await rig.until(status => status.maintenance === 'unreadable')
    expect((await ask(rig.port)).status).toBe(503)
  })

  it('opens for no order that cannot be read at all', async () => {
    const { rig, pages } = await aRouter()
    await turnOn(rig, pages)
    const file = join(rig.state, 'maintenance.json')
    await rm(file)
    await mkdir(file)
    await until(rig, /maintenance\.json cannot be read/)
    expect((await ask(rig.port)).status).toBe(503)

    await rig.kill('SIGKILL')
    await rig.launch()
    expect((await ask(rig.port)).status).toBe(503)
  })

  it('ends by itself when its time is over, also when it was not running then', async () => {
    const { rig, pages } = await aRouter()
    await turnOn(rig, pages, { until: new Date(Date.now() + 1500).toISOString() })
    expect((await ask(rig.port)).status).toBe(503)
    await rig.until(status => status.maintenance === 'off')
    expect((await ask(rig.port)).status).toBe(200)
    expect(JSON.parse(await readFile(join(rig.state, 'maintenance.json'), 'utf8'))).toEqual({ order: 'off' })

    await rig.put(
      'maintenance.json',
      JSON.stringify({ order: 'run-2', pages, allow: [], until: '2020-01-01T00:00:00Z' }),
    )
    await rig.kill('SIGKILL')
    await rig.launch()
    expect((await ask(rig.port)).status).toBe(200)
  })

  it('holds requests in a pause and then lets them through, bodies and all', async () => {
    const { rig, slot, pages } = await aRouter()
    await turnOn(rig, pages, { mode: 'pause', pauseMs: 20_000 })
    const body = 'y'.repeat(200_000)
    const waiting = [
      ask(rig.port),
      ask(rig.port, {}, 'POST', body),
      ask(rig.port, { Connection: 'keep-alive' }),
    ]
    expect((await ask(rig.port, { 'X-Stellwerk-Visitor': '1' })).status).toBe(503)
    expect((await ask(rig.port, { 'X-Stellwerk-Pass': pass })).status).toBe(200)
    expect(slot.seen).toHaveLength(1)

    const next = await startSlot('r2')
    open.push(next)
    await rig.switch(next)
    await turnOff(rig)

    const answers = await Promise.all(waiting)
    expect(answers.map(({ status, headers }) => [status, headers['x-release']])).toEqual([
      [200, 'r2'],
      [200, 'r2'],
      [200, 'r2'],
    ])
    expect(answers[1]?.body).toContain('y'.repeat(1000))
  })

  it('shows the page to whoever was held too long', async () => {
    const { rig, pages } = await aRouter()
    await turnOn(rig, pages, { mode: 'pause', pauseMs: 300 })
    expect(await ask(rig.port)).toMatchObject({ status: 503, body: ownPage('en') })
  })

  it('under load answers either as before or with the page', async () => {
    const { rig, pages } = await aRouter()
    const load = startLoad({ url: rig.url, concurrency: 8 })
    for (let round = 0; round < 3; round++) {
      await turnOn(rig, pages, { order: `run-${round}` })
      await load.more(20)
      await turnOff(rig)
      await load.more(20)
    }
    const { reasons, byRelease } = await load.stop()
    expect(reasons).toEqual(['status 503'])
    expect(byRelease['r1']).toBeGreaterThan(0)
  })
})

async function until(rig: RouterRig, wanted: RegExp): Promise<string> {
  await rig.until(() => wanted.test(rig.stderr))
  return rig.stderr
}
