// Everything that stands against a deploy is told at once, before the window: by doctor, and by the deploy itself.
import { once } from 'node:events'
import { mkdir, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Ended } from '../rigs/command-line.ts'
import { fingerprint, openShop, type Shop } from '../rigs/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop?.[Symbol.asyncDispose]())

const codes = (ended: Ended) => ended.problems.map(({ code }) => code).toSorted()

test('a host that lacks nothing is ready, and looking leaves nothing behind', async () => {
  const before = await fingerprint(shop.root)

  const ended = await shop.run('doctor')

  expect(ended.code, ended.said).toBe(0)
  expect(ended.out).toContain('web1')
  expect(await fingerprint(shop.root)).toEqual(before)
})

test('six things wrong are six findings, each with a way out, and the deploy names those that it would trip over', async () => {
  const taken = createServer().listen(shop.ports.slots[0], '127.0.0.1')
  await once(taken, 'listening')
  await mkdir(join(shop.root, 'elsewhere'))
  await symlink('elsewhere', join(shop.root, 'current'))
  const { web } = shop.document['services'] as { web: object }
  await shop.configure({
    release: { shared: { files: ['.env', 'config/key.pem'] }, minFree: '900000GB', user: 'no-such-user' },
    services: { web: { ...web, command: 'no-such-program server.js' } },
  })
  const before = await fingerprint(shop.root, ['.stellwerk'])

  const doctor = await shop.run('doctor', '--json')
  const words = await shop.run('doctor', '--lang', 'de')
  const deploy = await shop.deploy(await shop.bundle('v1'), '--json')

  // The link, both files, the disk, the user, the port, the program.
  expect(codes(doctor)).toEqual(
    ['STW-D101', 'STW-D102', 'STW-D102', 'STW-D104', 'STW-D703', 'STW-D705', 'STW-D706'].toSorted(),
  )
  expect(doctor.code, doctor.said).toBe(5)
  expect(doctor.document).toMatchObject({ schema: 'stellwerk.doctor/1', ok: false })
  for (const problem of doctor.problems) expect(problem.next?.length, problem.what.en).toBeGreaterThan(0)
  expect(words.code).toBe(5)
  for (const word of [
    '.env',
    'config/key.pem',
    'no-such-user',
    'no-such-program',
    String(shop.ports.slots[0]),
  ])
    expect(words.err).toContain(word)
  expect(words.out).toContain('7 Befunde')
  expect(codes(deploy).slice(0, 4)).toEqual(['STW-D101', 'STW-D102', 'STW-D102', 'STW-D104'])
  expect(deploy.code, deploy.said).toBe(1)
  expect(await fingerprint(shop.root, ['.stellwerk'])).toEqual(before)
  await rm(join(shop.root, 'current'))
  taken.close()
})

test('a host that cannot be asked is named beside the findings of the others', async () => {
  const { test: kept } = shop.document['environments'] as { test: { hosts: Record<string, object> } }
  const [web1] = Object.values(kept.hosts)
  const hosts = { ...kept.hosts, web2: { ...web1, port: 1 } }
  await shop.configure({
    environments: { test: { ...kept, hosts } },
    release: { shared: { files: ['.env'] } },
  })

  const ended = await shop.run('doctor', '--json')

  expect(ended.code, ended.said).toBe(7)
  expect(ended.problems.map(({ where }) => where?.host).toSorted()).toEqual(
    expect.arrayContaining(['web1', 'web2']),
  )
})
