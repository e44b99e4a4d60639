// The drill as a command: which set, from where, what is reported, and to whom.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSavedShop, type SavedShop } from '../rigs/saved-shop.ts'

let saved: SavedShop
let set: string
const pings: string[] = []
const pinged = createServer((request, response) => {
  pings.push(request.url ?? '')
  response.end()
})

beforeAll(async () => {
  await new Promise<void>(resolve => pinged.listen(0, '127.0.0.1', resolve))
  const address = pinged.address()
  const url = (path: string) => `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/${path}`
  saved = await openSavedShop({
    ping: { drill: { start: url('start'), ok: url('ok'), fail: url('fail') } },
    schedule: { drill: 'daily 03:00' },
  })
})
afterAll(async () => {
  await saved?.[Symbol.asyncDispose]()
  await new Promise(resolve => pinged.close(resolve))
})

const reports = async () =>
  (await readdir(join(saved.shop.directory, '.stellwerk/drills')).catch(() => [])).toSorted()
const history = async () => (await readdir(join(saved.nas.files, 'backup/drills/shop/test'))).toSorted()

test('without a set it is red: reported, kept, pinged, exit 5', async () => {
  const { code, document } = await saved.ask('drill')

  expect(code).toBe(5)
  expect(document).toMatchObject({
    schema: 'stellwerk.drill/1',
    verdict: 'red',
    rto: null,
    problems: [{ code: 'STW-B407' }],
  })
  expect(pings.splice(0)).toEqual(['/start', '/fail'])
  const run = String(document['run'])
  expect(await reports()).toEqual([`${run}.json`, `${run}.md`])
  expect(await history()).toEqual([`${run}.json`])
  expect(await readFile(join(saved.shop.directory, '.stellwerk/.gitignore'), 'utf8')).toBe('*\n')
})

test('the newest set is restored on this machine: green, measured, and nothing stays', async () => {
  for (const _ of [1, 2]) expect((await saved.run('backup', '--class', 'daily')).code).toBe(0)
  const all = await saved.sets(saved.atNas, 'daily')
  set = all[1] ?? ''
  pings.splice(0)

  const { code, document, said } = await saved.ask('drill')

  expect(code, said).toBe(0)
  expect(document).toMatchObject({ verdict: 'green', destination: 'nas', host: 'here', set: { id: set } })
  expect(pings.splice(0)).toEqual(['/start', '/ok'])
  const drilled = JSON.parse(await readFile(join(saved.atNas, 'daily', set, 'drilled.json'), 'utf8'))
  expect(drilled).toMatchObject({ run: document['run'], rto: document['rto'] })
  const left = await readdir(join(saved.shop.directory, 'drill/drill'))
  expect(left.filter(name => name !== '.stellwerk')).toEqual([])
})

test('a set by name from another destination, restored on a host, reported where it was asked for', async () => {
  const [older = ''] = await saved.sets(saved.atDisk, 'daily')
  const report = join(saved.shop.directory, 'report')
  await saved.configure({ drill: { host: saved.shop.hosts[0]?.name ?? '' } }, { language: 'de' })

  const text = await saved.run('drill', '--set', older, '--destination', 'disk', '--report', report)
  await saved.configure({}, { language: 'en' })

  expect(text.code, text.said).toBe(0)
  expect(text.out).toContain(`Drill green: set ${older} from disk`)
  expect(await readFile(`${report}.md`, 'utf8')).toMatch(/^# Übung grün: shop test/)
  expect(JSON.parse(await readFile(`${report}.json`, 'utf8'))).toMatchObject({
    verdict: 'green',
    host: saved.shop.hosts[0]?.name,
  })
})

test('a damaged set is red, is not called drilled, and the trend shows it', async () => {
  const file = join(saved.atNas, 'daily', set, 'db-main.sqlite.zst')
  const before = await readFile(file)
  await rm(join(saved.atNas, 'daily', set, 'drilled.json'))
  await writeFile(file, Buffer.concat([before.subarray(0, 100), Buffer.from('x'), before.subarray(101)]))

  const text = await saved.run('drill', '--lang', 'de')
  await writeFile(file, before)

  expect(text.code, text.said).toBe(5)
  expect(text.out).toContain('✖ Übung rot')
  expect(await readdir(join(saved.atNas, 'daily', set))).not.toContain('drilled.json')
  const newest = (await history()).at(-1) ?? ''
  expect(
    JSON.parse(await readFile(join(saved.nas.files, 'backup/drills/shop/test', newest), 'utf8')),
  ).toMatchObject({
    verdict: 'red',
    set: { id: set },
  })
  const markdown = await readFile(
    join(saved.shop.directory, '.stellwerk/drills', newest.replace('.json', '.md')),
    'utf8',
  )
  expect(markdown).toContain('## The last drills')
})

test('a name that is not there is no drill', async () => {
  const [unknown, destination] = [
    await saved.run('drill', '--set', '20200101T000000Z-0000'),
    await saved.run('drill', '--destination', 'moon'),
  ]

  expect([unknown.code, unknown.err]).toEqual([5, expect.stringContaining('STW-B530')])
  expect(destination.code).toBe(2)
})
