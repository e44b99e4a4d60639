// The passwords of databases, destinations and drills reach who needs them, and nothing else: no output, no argument list, no
// file on a host, none at a destination. What is saved is for its owner alone.
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Ended } from '../rigs/command-line.ts'
import { type Postgres, startPostgres } from '../rigs/postgres.ts'
import { openSavedShop, type SavedShop } from '../rigs/saved-shop.ts'

// What is looked for is the random part; what surrounds it is what shells, files of passwords and SQL trip over.
const cores = { app: randomBytes(12).toString('hex'), drill: randomBytes(12).toString('hex') }
const values = { APP: `d"r'i\\l $:${cores.app}`, DRILL: `it's & [*] ${cores.drill}` }
const nasCore = 'only for the rig'

let saved: SavedShop
let server: Postgres
const said: string[] = []
const seen = new Set<string>()
let looks = 0

beforeAll(async () => {
  server = await startPostgres()
  const literal = (value: string) => `'${value.replaceAll("'", "''")}'`
  await server.sql('CREATE DATABASE shop')
  await server.sql('CREATE TABLE calls AS SELECT i AS id FROM generate_series(1, 100) i', 'shop')
  await server.sql(
    `SET standard_conforming_strings = on; CREATE ROLE app LOGIN SUPERUSER PASSWORD ${literal(values.APP)};
     CREATE ROLE drill LOGIN CREATEDB PASSWORD ${literal(values.DRILL)}`,
  )
  saved = await openSavedShop()
  const { nas } = saved
  const address = '127.0.0.1'
  const { kind, port, path, hostKey } = nas.config
  const destinations = {
    nas: { kind, address: nas.config.address, port, path, hostKey, password: '${NAS}' },
    disk: { kind: 'directory', path: join(saved.shop.root, 'disk'), host: saved.shop.hosts[0]?.name },
  }
  const shared = { address, port: server.port }
  const databases = {
    ...(saved.shop.document['databases'] as object),
    big: { kind: 'postgres', database: 'shop', ...shared, user: 'app', password: '${APP}' },
  }
  const drill = {
    directory: join(saved.shop.directory, 'drill'),
    sameServer: true,
    servers: { big: { ...shared, user: 'drill', password: '${DRILL}' } },
  }
  const secrets = { APP: { env: 'APP' }, DRILL: { env: 'DRILL' }, NAS: { env: 'NAS' } }
  await saved.configure({ destinations, drill }, { databases, secrets })
})
afterAll(async () => {
  await saved?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

function holdsCore(content: string): boolean {
  return [...Object.values(cores), nasCore].some(core => content.includes(core))
}

/** Runs the command and looks at the argument lists of all processes of the machine while it runs. */
async function watched(env: NodeJS.ProcessEnv, verb: string, ...words: readonly string[]): Promise<Ended> {
  const started = saved.runWith({ env: { ...values, NAS: nasCore, ...env } }, verb, ...words)
  let running = true
  const watch = async () => {
    while (running) {
      // The rig of a NAS makes its account with openssl, and tests beside this one start such a NAS too.
      for (const line of commandLines())
        if (holdsCore(line) && !line.startsWith('openssl\0passwd\0')) seen.add(line)
      looks++
      // Yields to the streams; the pace is not what is tested.
      await sleep(2)
    }
  }
  const watching = watch()
  const ended = await started
  running = false
  await watching
  said.push(ended.said)
  return ended
}

function commandLines(): string[] {
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    try {
      return [readFileSync(`/proc/${name}/cmdline`, 'utf8')]
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.flatMap(entry => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
}

test('a backup, a drill and all looks succeed with passwords', async () => {
  const all: readonly (readonly string[])[] = [
    ['backup', '--class', 'daily', '--verbose'],
    ['backup', '--class', 'daily', '--json'],
    ['drill', '--verbose'],
    ['drill', '--json'],
    ['backup list', '--json'],
    ['backup check', '--json'],
    ['backup verify', '--json'],
    ['backup prune', '--dry-run', '--json'],
    ['backup destination test', '--json'],
  ]
  for (const [verb = '', ...words] of all) {
    const ended = await watched({}, verb, ...words)
    expect(ended.code, ended.said).toBe(0)
  }
  expect(looks).toBeGreaterThan(20)
})

test('wrong passwords fail, and are not shown either', async () => {
  const wrong = `wrong ${cores.app}`
  const codes = [
    (await watched({ APP: wrong }, 'backup', '--verbose')).code,
    (await watched({ DRILL: wrong }, 'drill', '--verbose')).code,
    (await watched({ NAS: wrong }, 'backup list')).code,
    (await watched({ NAS: wrong }, 'backup destination test', 'nas')).code,
    (await watched({ NAS: wrong }, 'backup check', '--json')).code,
  ]

  expect(codes).toEqual([1, 5, 7, 7, 5])
})

test('nothing that was printed and no argument list held a secret', () => {
  expect(said.length).toBe(14)
  expect(said.flatMap(text => text.split('\n').filter(holdsCore))).toEqual([])
  expect([...seen]).toEqual([])
})

test('no file on the host, at a destination or beside stellwerk.yaml holds one', async () => {
  const places = [saved.shop.root, saved.nas.files, saved.shop.hosts[0]?.home ?? '', saved.shop.directory]
  const files = (await Promise.all(places.map(filesBelow))).flat()
  const held = await Promise.all(files.map(async file => holdsCore(await readFile(file, 'latin1'))))

  expect(files.some(file => file.endsWith('db-big.dump.zst'))).toBe(true)
  expect(files.some(file => file.endsWith('journal.jsonl'))).toBe(true)
  expect(files.filter((_, index) => held[index])).toEqual([])
})

test('what is saved is for its owner alone', async () => {
  const files = (await Promise.all([saved.atNas, saved.atDisk].map(filesBelow))).flat()
  const modes = await Promise.all(files.map(async file => `${((await stat(file)).mode & 0o777).toString(8)}`))

  expect(files.length).toBeGreaterThan(20)
  expect([...new Set(modes)]).toEqual(['600'])
})
