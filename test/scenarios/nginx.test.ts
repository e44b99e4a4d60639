// A real nginx in front: of two process slots, and of nothing but the link.
import { execFileSync } from 'node:child_process'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startLoad } from '../rigs/load.ts'
import { type Nginx, startNginx } from '../rigs/nginx.ts'
import { currentOf, openShop, type Shop } from '../rigs/shop.ts'

const open: AsyncDisposable[] = []
afterAll(async () => {
  for (const thing of open.toReversed()) await thing[Symbol.asyncDispose]()
})
const kept = <T extends AsyncDisposable>(thing: T): T => {
  open.push(thing)
  return thing
}

describe('an upstream with two slots', () => {
  let shop: Shop
  let nginx: Nginx
  const url = () => `http://127.0.0.1:${nginx.port}/`
  const serving = async () => (await fetch(url())).headers.get('x-release')

  beforeAll(async () => {
    shop = kept(await openShop())
    nginx = await startNginx('shop')
    open.push({ [Symbol.asyncDispose]: () => nginx.close() })
    const { include, test: check, reload } = nginx
    const listen = `127.0.0.1:${nginx.port}`
    const router = {
      kind: 'nginx',
      service: 'web',
      include,
      upstream: 'shop',
      test: check,
      reload,
      listen,
      drain: '5s',
    }
    await shop.configure({ router })
  })

  test('no request meets a slot that is gone, and nginx goes to the slot of the release', async () => {
    // Somebody else's on the same machine: its workers stay, and prove nothing about ours.
    const other = await startNginx('other')
    open.push({ [Symbol.asyncDispose]: () => other.close() })
    const v1 = await shop.deployed(await shop.bundle('v1'))
    const load = startLoad({ url: url(), concurrency: 6, timeout: 20_000 })
    await load.more(100)

    const v2 = await shop.deployed(await shop.bundle('v2'))
    await load.more(100)
    const back = await shop.rollback()
    await load.more(100)
    const report = await load.stop()

    expect(back.code, back.said).toBe(0)
    // A reload of nginx closes connections on which it has not yet read a request, new ones included: about one a reload
    // here, with nothing but nginx. Browsers ask again. What Stellwerk answers for is that no request meets a dead slot.
    expect(report.reasons.filter(reason => !/socket hang up|ECONNRESET/.test(reason))).toEqual([])
    expect(report.failed).toBeLessThan(20)
    expect(Object.keys(report.byRelease).toSorted()).toEqual([v1, v2].toSorted())
    expect(await serving()).toBe(v1)
    const upstream = await readFile(nginx.include, 'utf8')
    expect(shop.ports.slots.filter(port => upstream.includes(`:${port}`))).toHaveLength(1)
  })

  test('a configuration test that says no leaves file, link and answers as they were', async () => {
    const before = { file: await readFile(nginx.include, 'utf8'), current: await currentOf(shop.root) }
    const site = join(nginx.directory, 'conf.d/broken.conf')
    await writeFile(site, 'server { listen; # written by hand in another window\n')

    const ended = await shop.deploy(await shop.bundle('v3'))

    expect(ended.code, ended.said).toBe(1)
    expect(ended.err).toContain('broken.conf')
    expect({ file: await readFile(nginx.include, 'utf8'), current: await currentOf(shop.root) }).toEqual(
      before,
    )
    expect(await serving()).toBe(before.current)
    await writeFile(site, '')
  })

  test('a sick release behind nginx goes back by itself', async () => {
    const before = await currentOf(shop.root)

    const ended = await shop.deploy(await shop.bundle('v4', { health: { status: 401 } }))

    expect(ended.code, ended.said).toBe(1)
    expect([await currentOf(shop.root), await serving()]).toEqual([before, before])
  })

  test.each(['step.begin', 'step.end'])(
    'killed at %s of telling nginx: recover leaves one truth',
    async at => {
      const before = await currentOf(shop.root)
      const words = ['deploy', '--bundle', await shop.bundle(`killed at ${at}`), '--yes', '--json']
      let hit = false
      const running = shop.start(words, {
        onLine: line => {
          if (hit || !line.includes(`"type":"${at}"`) || !/"step":"switch\/[^"]*\/nginx"/.test(line)) return
          hit = true
          running.kill('SIGKILL')
        },
      })
      await running.ended
      const recovered = await shop.run('recover', '--undo', '--steal', 'the machine that deployed is gone')

      expect(hit).toBe(true)
      expect(recovered.code, recovered.said).toBe(0)
      expect([await currentOf(shop.root), await serving()]).toEqual([before, before])
      const upstream = await readFile(nginx.include, 'utf8')
      expect(shop.ports.slots.filter(port => upstream.includes(`:${port}`))).toHaveLength(1)
    },
  )

  test('maintenance by hand: proven by a visitor, as it was when the test says no, and nothing of others is written over', async () => {
    const file = nginx.maintenance
    await chmod(nginx.directory, 0o755)
    await shop.configure({
      maintenance: {
        during: 'never',
        nginx: { include: file, test: nginx.test, reload: nginx.reload },
      },
    })
    const turn = (word: string) => shop.run('maintenance', word, '--yes')
    const status = async () => (await fetch(url())).status
    const site = join(nginx.directory, 'conf.d/broken.conf')

    await writeFile(site, 'server { listen; # written by hand in another window\n')
    const refused = await turn('on')
    expect([refused.code, await status()], refused.said).toEqual([1, 200])
    await writeFile(site, '')
    const on = await turn('on')
    expect([on.code, await status()], on.said).toEqual([0, 503])
    const off = await turn('off')
    expect([off.code, await status()], off.said).toEqual([0, 200])

    await writeFile(file, '# written by hand\n')
    const kept = await turn('off')
    expect([kept.code, await readFile(file, 'utf8')], kept.said).toEqual([4, '# written by hand\n'])
    expect(kept.err).toContain('STW-M803')
    await rm(file)
    const recovered = await shop.run('recover', '--yes')
    expect([recovered.code, (await turn('off')).code, await status()], recovered.said).toEqual([0, 0, 200])
  })
})

describe('a static site, where the link is the switch', () => {
  let shop: Shop
  let nginx: Nginx
  const page = async () => (await fetch(`http://127.0.0.1:${nginx.port}/`)).text()
  const site = (version: string, text = `<h1>Handbook ${version}</h1>`) =>
    shop.bundle(version, {}, { 'index.html': text, 'app.css': 'h1 { color: teal }' })
  afterEach(() => expect(execFileSync('ls', [shop.root], { encoding: 'utf8' })).not.toContain('.tmp'))

  beforeAll(async () => {
    shop = kept(await openShop())
    const port = shop.ports.listen
    // The workers of nginx run as another user.
    for (const path of [shop.rig.directory, join(shop.root, '..')]) await chmod(path, 0o755)
    // The rig's own server block stays unused; the site is the one that a person would write.
    nginx = await startNginx(
      'unused',
      `upstream unused { server 127.0.0.1:9; }
types { text/html html; text/css css; }
server { listen 127.0.0.1:${port}; location / { root ${shop.root}/current; index index.html; } }
`,
    )
    nginx = { ...nginx, port }
    open.push({ [Symbol.asyncDispose]: () => nginx.close() })
    await shop.configure({
      services: {},
      router: { kind: 'symlink', listen: `127.0.0.1:${port}` },
      checks: {
        'front-page': {
          kind: 'http',
          url: '/',
          expect: { contentType: 'text/html', text: { contains: 'Handbook' } },
        },
      },
      verify: {
        identity: { waived: 'a static site, whose pages are checked' },
        health: ['front-page'],
        smoke: [],
      },
    })
  })

  test('readers see one release or the other, never a missing page', async () => {
    await shop.deployed(await site('s1'))
    const load = startLoad({
      url: `http://127.0.0.1:${nginx.port}/`,
      concurrency: 4,
      postEvery: 0,
      timeout: 20_000,
    })
    await load.more(50)

    await shop.deployed(await site('s2'))
    await load.more(50)
    const after = await page()
    const back = await shop.rollback()
    await load.more(50)
    const report = await load.stop()

    expect(after).toContain('Handbook s2')
    expect(back.code, back.said).toBe(0)
    expect(await page()).toContain('Handbook s1')
    expect(report.reasons).toEqual([])
  })

  test('a page without its content goes back by itself, and the waiver is told', async () => {
    const ended = await shop.deploy(await site('s3', '<h1>It works!</h1>'))

    expect(ended.code, ended.said).toBe(1)
    expect(await page()).toContain('Handbook s1')
    const plan = await shop.run('plan', 'deploy', '--bundle', await site('s4'))
    expect(plan.said).toContain('a static site, whose pages are checked')
  })
})
