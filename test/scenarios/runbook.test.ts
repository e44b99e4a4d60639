// The guide of a real environment: what its hosts say stands in it, no secret does, and what it tells to type works.
import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openShop, type Shop } from '../rigs/shop.ts'

const secret = 'a-token-that-nobody-may-read'
let shop: Shop
let first: string
let second: string
let offline: string

beforeAll(async () => {
  shop = await openShop()
  const health = { kind: 'http', url: '/health', headers: { Authorization: 'Bearer ${TOKEN}' } }
  await shop.configure({
    secrets: { TOKEN: { env: 'SHOP_TOKEN' } },
    checks: { ...(shop.document['checks'] as object), health },
    contacts: { ops: { name: 'Anna Berg', phone: '+49 30 1234', decides: ['rollback'] } },
    proxy: { names: ['shop.example'], tls: 'off', api: { prefix: '/api' } },
  })
  const run = (...words: string[]) => shop.start(words, { env: { SHOP_TOKEN: secret } }).ended
  const deploy = async (version: string) => {
    const bundle = await shop.bundle(version)
    const ended = await run('deploy', '--bundle', bundle, '--yes')
    expect(ended.code, ended.said).toBe(0)
    return (await readlink(join(shop.root, 'current'))).slice('releases/'.length)
  }
  first = await deploy('v1')
  second = await deploy('v2')
  const back = await run('rollback', '--yes')
  expect(back.code, back.said).toBe(0)
  offline = (await shop.run('runbook', '--offline')).out
})
afterAll(() => shop?.[Symbol.asyncDispose]())

test('offline it needs no secret and no host, and says the same twice', async () => {
  const again = await shop.run('runbook', '--offline')

  expect(again.code, again.said).toBe(0)
  expect(again.out).toBe(offline)
  expect(offline).toContain("releases/<release>'")
  expect(offline).toContain('header = "Authorization: Bearer ${TOKEN}"')
  expect(offline).toContain('Anna Berg, +49 30 1234')
  expect(offline).not.toContain(first)
})

test('with its hosts it knows the releases and how long going back took, and no secret', async () => {
  const file = join(shop.directory, 'runbook.html')
  const words = ['runbook', '--format', 'html', '--out', file, '--lang', 'de']
  const ended = await shop.start(words, { env: { SHOP_TOKEN: secret } }).ended
  const page = await readFile(file, 'utf8')

  expect(ended.code, ended.said).toBe(0)
  expect(page).toContain(first)
  expect(page).toContain('<td>v2</td>')
  expect(page).toMatch(/Zurück dauerte: \d/)
  expect(page + ended.said).not.toContain(secret)
})

test('the switch by hand, typed as it stands there, is the switch', async () => {
  const [typed = ''] = /^ *ln -sfn .*$/m.exec(offline) ?? []
  await promisify(execFile)('sh', ['-euc', typed.replaceAll('<release>', second)])
  const there = await readlink(join(shop.root, 'current'))
  await promisify(execFile)('sh', ['-euc', typed.replaceAll('<release>', first)])

  expect(there).toBe(`releases/${second}`)
})

test('the question by hand reaches the app with the secret, which no argument holds', async () => {
  const [typed = ''] = /^ *curl [^\n]*-K - <<END\n[\s\S]*?\n *END$/m.exec(offline) ?? []
  const answer = await promisify(execFile)('sh', ['-euc', `${typed.replaceAll(/^ +/gm, '')}\n`], {
    env: { ...process.env, TOKEN: secret },
  })

  expect(typed).not.toContain(secret)
  expect(answer.stdout).toMatch(/^HTTP\/1\.1 200 [\s\S]*"status":"ok"/)
})

test('proxy-config is written and checked without a secret', async () => {
  const file = join(shop.directory, 'shop.conf')
  const ended = await shop.run('proxy-config', 'nginx', '--check', '--out', file)
  const unknown = await shop.run('proxy-config', 'apache')

  expect(ended.code, ended.said).toBe(0)
  expect(await readFile(file, 'utf8')).toContain(`server 127.0.0.1:${shop.ports.listen}`)
  expect(unknown.code).toBe(2)
})
