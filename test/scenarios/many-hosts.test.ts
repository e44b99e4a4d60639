// A fleet: the first host is tried alone, one bad host decides for all or leaves by name, and a deploy may be for some.
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whyNoNetwork } from '../rigs/network.ts'
import { currentOf, openShop, type Shop, statesOf } from '../rigs/shop.ts'

const why = whyNoNetwork()
let shop: Shop

beforeAll(async () => {
  if (why) return
  shop = await openShop({ count: 3, network: 'namespaces' })
  await environment({ batches: [1] })
  await shop.deployed(await shop.bundle('v1'))
})
afterAll(() => shop?.[Symbol.asyncDispose]())

async function environment(changes: object): Promise<void> {
  const { test: kept } = shop.document['environments'] as { test: object }
  await shop.configure({ environments: { test: { ...kept, ...changes } } })
}

const root = (index: number) => shop.hosts[index]?.root ?? ''
const currents = () => Promise.all(shop.hosts.map(host => currentOf(host.root)))

/** A release that does not start on the hosts that hold the mark. */
function pickyBundle(version: string): Promise<string> {
  const gate = "if (require('node:fs').existsSync('../../bad-host')) process.exit(7)\n"
  return shop.bundle(version, {}, { 'gate.js': gate })
}

async function markBad(index: number, bad: boolean): Promise<void> {
  const mark = join(root(index), 'bad-host')
  await (bad ? writeFile(mark, '') : rm(mark, { force: true }))
}

describe.skipIf(why)('three hosts', () => {
  test('a good release goes to the first host, then to the others', async () => {
    const before = await currents()
    const seen: string[] = []

    const ended = await shop.deploy(await shop.bundle('v2'), '--json')

    expect(ended.code, ended.said).toBe(0)
    for (const event of ended.events) {
      if (event.type === 'step.end' && /^(switch\/\w+\/link|verify\/\w+\/health)$/.test(event.step))
        seen.push(event.step)
    }
    expect(seen.slice(0, 2)).toEqual(['switch/web1/link', 'verify/web1/health'])
    expect(seen.slice(2).toSorted()).toEqual(
      ['switch/web2/link', 'switch/web3/link', 'verify/web2/health', 'verify/web3/health'].toSorted(),
    )
    const after = await currents()
    expect(new Set(after).size).toBe(1)
    expect(after).not.toEqual(before)
  })

  test('a first host that fails spares the others', async () => {
    const before = await currents()

    const sick = { health: { body: '{"status":"kritisch"}' } }
    const ended = await shop.deploy(await shop.bundle('v3', sick), '--json')

    expect(ended.code, ended.said).toBe(1)
    const touched = ended.events.flatMap(event =>
      event.type === 'step.begin' && /^(switch|services)\//.test(event.step) ? [event.host] : [],
    )
    expect([...new Set(touched)]).toEqual(['web1'])
    expect(await currents()).toEqual(before)
    for (const host of shop.hosts) expect((await statesOf(host.root)).at(-1)).toBe('v3 failed')
  })

  test('a later host that fails takes the whole fleet back', async () => {
    const before = await currents()
    await withCommand('node -r ./gate.js server.js')
    await markBad(2, true)

    const ended = await shop.deploy(await pickyBundle('v4'), '--json')

    expect(ended.code, ended.said).toBe(1)
    expect(ended.document).toMatchObject({ status: 'undone' })
    expect(await currents()).toEqual(before)
    // The first host had it, and nobody else's fault makes it keep it.
    expect(ended.events.some(event => event.type === 'step.end' && event.step === 'verify/web1/health')).toBe(
      true,
    )
    await withCommand('node server.js')
  })

  test('with leave-out the failing host keeps the old release, is named, and the exit code says look', async () => {
    const before = await currents()
    await environment({ onHostFailure: 'leave-out' })
    await withCommand('node -r ./gate.js server.js')

    const ended = await shop.deploy(await pickyBundle('v5'), '--json')

    expect(ended.code, ended.said).toBe(4)
    expect(ended.document).toMatchObject({
      status: 'left-out',
      hosts: [
        { name: 'web1', state: 'new' },
        { name: 'web2', state: 'new' },
        { name: 'web3', state: 'old' },
      ],
    })
    const after = await currents()
    expect(after[2]).toBe(before[2])
    expect(after[0]).toBe(after[1])
    expect(after[0]).not.toBe(before[0])
    const status = await shop.run('status', '--json')
    expect(status.said).toContain(after[2])

    await markBad(2, false)
    const mended = await shop.deploy(await pickyBundle('v6'))
    expect(mended.code, mended.said).toBe(0)
    expect(new Set(await currents()).size).toBe(1)
    await environment({ onHostFailure: 'undo' })
  })

  test('--hosts and --roles name who takes part; an unknown name is no empty fleet', async () => {
    const { test: kept } = shop.document['environments'] as { test: { hosts: Record<string, object> } }
    const hosts = { ...kept.hosts, web3: { ...kept.hosts['web3'], roles: ['web', 'beta'] } }
    await environment({ hosts })
    const before = await currents()

    const one = await shop.deploy(await pickyBundle('v7'), '--hosts', 'web2')
    const afterOne = await currents()
    const role = await shop.deploy(await pickyBundle('v8'), '--roles', 'beta')
    const afterRole = await currents()
    const unknown = await shop.deploy(await pickyBundle('v9'), '--hosts', 'web2,web9')

    expect([one.code, role.code], one.said + role.said).toEqual([0, 0])
    expect([afterOne[0], afterOne[2]]).toEqual([before[0], before[2]])
    expect(afterOne[1]).not.toBe(before[1])
    expect([afterRole[0], afterRole[1]]).toEqual([afterOne[0], afterOne[1]])
    expect(afterRole[2]).not.toBe(afterOne[2])
    expect(unknown.code, unknown.said).toBe(2)
    expect(unknown.err).toContain('web9')
    expect(await currents()).toEqual(afterRole)
  })

  test('a host that is away stops the deploy before anything is changed anywhere', async () => {
    const before = await currents()
    await shop.hosts[1]?.kill()

    const ended = await shop.deploy(await pickyBundle('v10'))

    expect(ended.code, ended.said).toBe(7)
    expect(ended.err).toContain('web2')
    expect(await currents()).toEqual(before)
    expect((await readdir(join(root(0), 'releases'))).length).toBe((await statesOf(root(0))).length)
    expect(await readdir(join(root(0), '.stellwerk'))).not.toContain('lock')
    await shop.hosts[1]?.start()
  })
})

async function withCommand(command: string): Promise<void> {
  const { web } = shop.document['services'] as { web: object }
  await shop.configure({ services: { web: { ...web, command } } })
}
