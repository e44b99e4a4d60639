// Names, commands and values that would run something if they ever met a shell unquoted. Some are refused, some are
// carried through as they were written; none is carried out.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { currentOf, type Document, fingerprint, openShop, type Shop } from '../rigs/shop.ts'

let shop: Shop
let good: Document
const mark = 'HACKED'
const evil = `$(touch ${mark}); touch ${mark}; \`touch ${mark}\` 'x' "y" \\ * \n& touch ${mark}`

beforeAll(async () => {
  shop = await openShop()
  good = shop.document
  await shop.deployed(await shop.bundle('v1'))
})
afterAll(() => shop?.[Symbol.asyncDispose]())

/** Everywhere where a command of a story could have run. */
async function marks(): Promise<string[]> {
  const places = [shop.directory, shop.rig.directory]
  const all = await Promise.all(places.map(place => readdir(place, { recursive: true })))
  return all.flat().filter(name => name.split('/').at(-1)?.startsWith(mark))
}

/** Runs with another document in place; the good one is back afterwards. */
async function withDocument<T>(change: (document: Document) => void, action: () => Promise<T>): Promise<T> {
  const changed = parse(stringify(good)) as Document
  change(changed)
  await writeFile(join(shop.directory, 'stellwerk.yaml'), stringify(changed))
  try {
    return await action()
  } finally {
    await shop.configure({})
  }
}

const at = (document: Document, ...path: string[]): Record<string, unknown> =>
  path.reduce<Record<string, unknown>>((value, key) => value[key] as Record<string, unknown>, document)

describe('is refused as config, before anybody is asked', () => {
  const host = (change: Record<string, unknown>) => (document: Document) =>
    void Object.assign(at(document, 'environments', 'test', 'hosts', 'web1'), change)
  const table: readonly [name: string, change: (document: Document) => void][] = [
    ['a host address that is an option', host({ address: `-oProxyCommand=touch ${mark}` })],
    ['a host address with a shell in it', host({ address: `127.0.0.1;touch ${mark}` })],
    ['a user that is an option', host({ address: `-oProxyCommand=touch@127.0.0.1` })],
    ['a jump host that is an option', host({ jump: `-oProxyCommand=touch ${mark}` })],
    ['a root that climbs out', host({ root: '/srv/../etc' })],
    ['a root that is relative', host({ root: 'srv' })],
    ['a root over two lines', host({ root: `/srv\ntouch ${mark}` })],
    [
      'a host name that is an option',
      document => {
        const hosts = at(document, 'environments', 'test', 'hosts')
        hosts['-oProxyCommand=x'] = hosts['web1']
      },
    ],
    [
      'an environment with a shell in its name',
      document => {
        const environments = at(document, 'environments')
        environments[`x$(touch ${mark})`] = environments['test']
      },
    ],
    [
      'a shared directory that climbs out',
      document => {
        document['release'] = { shared: { directories: ['../../etc'] } }
      },
    ],
    [
      'a shared file that is an option',
      document => {
        document['release'] = { shared: { files: ['-rf'] } }
      },
    ],
    [
      'an upstream with a shell in its name',
      document => {
        document['router'] = { kind: 'nginx', service: 'web', include: '/tmp/x', upstream: `a; } ${mark}` }
      },
    ],
    [
      'a user with a shell in its name',
      document => {
        document['release'] = { user: `nobody;touch ${mark}` }
      },
    ],
    [
      'a variable with a shell in its name',
      document => {
        at(document, 'services', 'web')['env'] = { [`A=1;touch ${mark};B`]: 'x' }
      },
    ],
  ]

  test.each(table)('%s', async (_, change) => {
    const connections = shop.hosts[0]?.connectionsOpened()
    const bundle = join(shop.directory, 'v1.stw.tar.zst')

    const ended = await withDocument(change, () => shop.deploy(bundle))

    expect(ended.code, ended.said).toBe(3)
    expect(shop.hosts[0]?.connectionsOpened()).toBe(connections)
    expect(await marks()).toEqual([])
  })

  test.each([
    ['an environment that is an option', ['deploy', '-rf']],
    ['an environment with a shell in it', ['deploy', `$(touch ${mark})`]],
    ['a host filter with a shell in it', ['deploy', 'test', '--hosts', `web1;touch ${mark}`]],
    ['a run that climbs out', ['logs', 'test', '--run', '../../../etc/passwd']],
    ['a service with a shell in it', ['logs', 'test', '--service', `web;touch ${mark}`]],
    ['a commit that is an option', ['deploy', 'test', '--ref', `--upload-pack=touch ${mark}`]],
  ])('%s on the command line', async (_, words) => {
    const before = await fingerprint(shop.root, ['.stellwerk'])

    const ended = await shop.run(...words, ...(words[0] === 'deploy' ? ['--yes'] : []))

    expect(ended.code, ended.said).toBeGreaterThan(0)
    expect(ended.code, ended.said).toBeLessThan(70)
    expect(await marks()).toEqual([])
    expect(await fingerprint(shop.root, ['.stellwerk'])).toEqual(before)
  })
})

describe('arrives as it was written', () => {
  // The app and each kind of command write down what they got.
  const tell = (name: string) => `printf '%s' "$EVIL" > "$STELLWERK_ROOT/told-${name}"`

  test('values in every environment: of a service, a migration, prepare and what follows the switch', async () => {
    const server = (await readFile(join(shop.directory, 'v1/server.js'), 'utf8')).replace(
      /^/,
      `require('node:fs').writeFileSync(process.cwd() + '/../../told-service', process.env.EVIL)\n`,
    )
    const bundle = await shop.bundle('v2', {}, { 'server.js': server })

    const ended = await withDocument(
      document => {
        at(document, 'environments', 'test')['env'] = { EVIL: evil }
        at(document, 'services', 'web')['env'] = { ALSO: evil }
        document['release'] = { prepare: [tell('prepare')], afterSwitch: [tell('after')] }
        document['databases'] = {
          main: { kind: 'other', migrate: { command: tell('migrate'), env: { MORE: evil } } },
        }
      },
      () => shop.deploy(bundle, '--notes', evil),
    )

    expect(ended.code, ended.said).toBe(0)
    const told = await Promise.all(
      ['service', 'prepare', 'after', 'migrate'].map(name =>
        readFile(join(shop.root, `told-${name}`), 'utf8'),
      ),
    )
    expect(told).toEqual([evil, evil, evil, evil])
    expect(await marks()).toEqual([])
  })

  test('commands with quotes, newlines and substitutions mean what they mean in a shell, once', async () => {
    const command = `A='it'"'"'s'; B="$(printf '%s' "two  words")"\nprintf '%s|%s|%s|%s' "$A" "$B" '$(not run)' '\\' > "$STELLWERK_ROOT/told-command"`

    const ended = await withDocument(
      document => {
        document['release'] = { prepare: [command] }
      },
      async () => shop.deploy(await shop.bundle('v3')),
    )

    expect(ended.code, ended.said).toBe(0)
    expect(await readFile(join(shop.root, 'told-command'), 'utf8')).toBe("it's|two  words|$(not run)|\\")
  })

  test('the command of a service, with a quote in it and a directory with spaces around it', async () => {
    const ended = await withDocument(
      document => {
        at(document, 'services', 'web')['command'] = `node -r './it'"'"'s a $(file).js' server.js`
      },
      async () => shop.deploy(await shop.bundle('v4', {}, { "it's a $(file).js": 'globalThis.x = 1' })),
    )

    expect(ended.code, ended.said).toBe(0)
    expect(await marks()).toEqual([])
  })

  test('file names of a bundle that a shell would run', async () => {
    const names = [
      `$(touch ${mark})`,
      `;touch ${mark};`,
      `'; touch ${mark} '`,
      '-rf',
      '--',
      'a b',
      'ü',
      '`id`',
      '*',
    ]
    const bundle = await shop.bundle('v5', {}, Object.fromEntries(names.map(name => [name, name])))

    const ended = await shop.deploy(bundle)
    const next = await shop.deploy(
      await shop.bundle('v6', {}, Object.fromEntries(names.map(name => [name, name]))),
    )
    const back = await shop.rollback()

    expect([ended.code, next.code, back.code], ended.said + next.said + back.said).toEqual([0, 0, 0])
    const release = join(shop.root, 'releases', await currentOf(shop.root))
    for (const name of names) expect(await readFile(join(release, name), 'utf8')).toBe(name)
    expect(await marks()).toEqual([])
  })

  test('a bundle whose own path is hostile', async () => {
    const directory = join(shop.directory, `-dir $(touch ${mark}) 'x'`)
    await mkdir(directory)
    const path = join(directory, `;touch ${mark};.stw.tar.zst`)
    await rename(await shop.bundle('v7'), path)

    const ended = await shop.deploy(path)

    expect(ended.code, ended.said).toBe(0)
    expect(await marks()).toEqual(
      [`${directory.slice(shop.directory.length + 1)}`].filter(name => name.startsWith(mark)),
    )
  })

  test('checks with hostile values ask for them and run nothing', async () => {
    const ended = await withDocument(
      document => {
        const checks = at(document, 'checks')
        checks['health'] = {
          kind: 'http',
          url: `/health?a=$(touch ${mark})&b=';touch ${mark};'`,
          headers: { 'X-Evil': `$(touch ${mark}); 'x'` },
        }
        checks['disk'] = { kind: 'disk', path: `/tmp/$(touch ${mark})`, minFree: '1MB', level: 'warn' }
        checks['tcp'] = { kind: 'tcp', host: `$(touch ${mark})`, port: 1, level: 'warn' }
      },
      () => shop.run('check', 'test', '--only', 'health,disk,tcp', '--json'),
    )

    expect(ended.said).not.toContain('STW-C')
    expect(await marks()).toEqual([])
  })
})
