// A gate says no and a named person overrules it: for a reason, until a day, and visible wherever somebody looks.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { currentOf, openShop, type Shop } from '../rigs/shop.ts'

let shop: Shop
const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
const reason = 'the certificate is renewed on Monday'
const waive = ['--waive', 'never', '--reason', reason, '--until', day(7)]

beforeAll(async () => {
  shop = await openShop()
  const checks = shop.document['checks'] as object
  await shop.configure({
    checks: { ...checks, never: { kind: 'command', command: 'exit 3' } },
    gates: ['never'],
  })
})
afterAll(() => shop?.[Symbol.asyncDispose]())

test('a gate that says no stops the deploy', async () => {
  const ended = await shop.deploy(await shop.bundle('stopped'))

  expect(ended.code).toBe(1)
  expect(ended.said).toContain('exit code 3')
})

test('a waiver without a reason is a usage error', async () => {
  const ended = await shop.run('check', '--gate', '--waive', 'never', '--until', day(7))

  expect(ended.code).toBe(2)
  expect(ended.said).toContain('--waive needs a reason')
})

test('with a waiver it goes on; plan, run, status and history tell who, why and until when', async () => {
  const ended = await shop.deploy(await shop.bundle('waived'), ...waive)

  expect(ended.code, ended.said).toBe(0)
  const line = new RegExp(`never does not count, by .+ until ${day(7)}: ${reason}`)
  expect(ended.out).toMatch(line)

  const status = await shop.run('status')
  expect(status.out).toMatch(line)
  const history = await shop.run('history', '--json')
  expect(history.document).toMatchObject({
    runs: [
      { status: 'done', waivers: [{ check: 'never', reason, until: day(7) }] },
      { status: 'undone', waivers: [] },
    ],
  })
  expect((await shop.run('history')).out).toMatch(line)

  const run = (history.document as { runs: readonly { run: string }[] }).runs[0]?.run ?? ''
  const plan = JSON.parse(await readFile(join(shop.root, '.stellwerk/runs', run, 'plan.json'), 'utf8'))
  expect(plan.summary.waivers).toEqual([{ check: 'never', reason, until: day(7), by: expect.any(String) }])
})

test('check says each result, what stands against it, and what is waived', async () => {
  const bare = await shop.run('check', '--gate', '--health')
  expect(bare.code).toBe(5)
  expect(bare.out).toMatch(/✖ \S+ {2}never {2}ended with exit code 3, expected 0/)
  expect(bare.out).toMatch(/2 of 3 checks passed; against it stands:\n {2}✖ \S+ {2}never/)

  const waived = await shop.run('check', '--gate', '--json', ...waive)
  expect(waived.code).toBe(0)
  expect(waived.document).toMatchObject({
    pass: true,
    reasons: [],
    results: [{ check: 'never', verdict: 'fail', blocks: false, waiver: { reason, until: day(7) } }],
  })
  const no = await shop.run('check', '--gate', '--json')
  expect(no.document).toMatchObject({ pass: false, reasons: [{ check: 'never', verdict: 'fail' }] })
})

test('one in the file holds until its day; after it there is a warning and no effect', async () => {
  const inFile = (until: string) => ({ waivers: { never: { reason, until, by: 'Anna Berg' } } })
  await shop.configure(inFile(day(0)))
  expect((await shop.run('check', '--gate')).code).toBe(0)
  const before = await currentOf(shop.root)
  const rolled = await shop.deploy(await shop.bundle('in-file'))
  expect(rolled.code, rolled.said).toBe(0)
  expect(rolled.out).toContain('never does not count, by Anna Berg')
  expect(await currentOf(shop.root)).not.toBe(before)

  await shop.configure(inFile(day(-1)))
  const ended = await shop.run('check', '--gate')
  expect(ended.code).toBe(5)
  expect(ended.said).toContain('1 warning: stellwerk validate')
  const seen = await shop.run('validate')
  expect(seen.said).toContain(`waivers.never ended on ${day(-1)}: the check "never" counts again  STW-C121`)

  await shop.configure(inFile(day(91)))
  const long = await shop.run('validate')
  expect(long.code).toBe(3)
  expect(long.said).toContain('STW-C122')
})
