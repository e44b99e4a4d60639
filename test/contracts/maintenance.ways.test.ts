// Every way to put an app under maintenance, as the steps do it on a host: real nginx, real endpoint, real commands.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { text } from '../../src/core/lang.ts'
import { quote } from '../../src/core/shell.ts'
import {
  type Located,
  type MaintenanceOff,
  type MaintenanceOn,
  makeMaintenanceKinds,
  type Notice,
  stateScript,
  type Way,
} from '../../src/traffic/maintenance/index.ts'
import { oneFile } from '../../src/traffic/maintenance/nginx-include.ts'
import { ownPage } from '../../src/traffic/maintenance/page.ts'
import { type FragmentOptions, type FragmentResult, runFragment } from '../rigs/fragment.ts'
import { type Nginx, startNginx } from '../rigs/nginx.ts'
import { until } from '../rigs/router.ts'
import { type Slot, startSlot } from '../rigs/slot.ts'

const kinds = makeMaintenanceKinds({
  clock: { now: () => new Date(0), elapsed: () => 0, sleep: async () => {} },
})
const on = kinds['maintenance.on']
const off = kinds['maintenance.off']
const bounded = 'sw_bounded() { timeout "$1" sh -eu "$2" </dev/null; }\n'

let root: string
let context: { root: string; run: string; runDirectory: string }
let runs = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'maintenance-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  runs++
  context = { root, run: `run-${runs}`, runDirectory: join(root, `run-${runs}`) }
  await mkdir(context.runDirectory, { recursive: true })
})

const notice: Notice = { mode: 'page', pauseMs: 0, retryAfter: 60, allow: [], language: 'en' }

function located(way: Way): Located {
  return { root, environment: 'test', known: ['TOKEN', 'PASS'], way }
}

function onStep(way: Way, more: Partial<MaintenanceOn> = {}): MaintenanceOn {
  const undo = { how: 'auto', title: text('off', 'aus') } as const
  const base = { ...located(way), id: 'on', host: 'h', title: text('on', 'ein'), timeout: 60_000, undo }
  return { ...base, kind: 'maintenance.on', notice, pending: [], ...more }
}

function offStep(way: Way, what: MaintenanceOff['what'] = 'own'): MaintenanceOff {
  const { notice: _, pending: __, kind: ___, ...rest } = onStep(way)
  return { ...rest, kind: 'maintenance.off', what }
}

function act(fragment: string, options?: FragmentOptions): Promise<FragmentResult> {
  return runFragment(`${bounded}${fragment}`, options)
}

async function stateOf(way: Way, secrets: Record<string, string> = {}): Promise<string> {
  const { stdout } = await runFragment(stateScript(located(way), secrets))
  return stdout.trim()
}

describe('nginx', () => {
  let nginx: Nginx
  let slot: Slot
  let way: Extract<Way, { how: 'nginx' }>
  const pass = { env: { PASS: 'pass.word-0815' } }
  const guarded = { ...notice, allow: ['10.0.0.0/9'], header: { name: 'X-Stellwerk-Pass', secret: 'PASS' } }
  const visit = (headers: Record<string, string> = {}, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${nginx.port}/x`, { ...init, headers })

  beforeAll(async () => {
    slot = await startSlot('r1')
    nginx = await startNginx('app', `upstream app { server 127.0.0.1:${slot.port}; }\n`)
    // Workers of another user read the pages.
    await chmod(nginx.directory, 0o755)
    way = { how: 'nginx', include: nginx.maintenance, test: nginx.test, reload: nginx.reload, drainMs: 2000 }
  })
  afterAll(async () => {
    await nginx.close()
    await slot.close()
  })

  it('shows the page for every method, lets the pass through, and ends', async () => {
    const turned = await act(on.run(onStep(way, { notice: guarded }), context), pass)
    expect([turned.code, turned.report, turned.stderr]).toEqual([0, [], ''])
    expect(await stateOf(way)).toBe('maintenance on')

    const german = await visit({ 'Accept-Language': 'de-DE, en;q=0.5' })
    expect(german.status).toBe(503)
    expect(await german.text()).toBe(ownPage('de'))
    expect(Object.fromEntries(german.headers)).toMatchObject({
      'retry-after': '60',
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'x-stellwerk-maintenance': 'page',
    })
    const posted = await visit({}, { method: 'POST', body: 'x' })
    expect([posted.status, await posted.text()]).toEqual([503, ownPage('en')])
    expect((await visit({ 'X-Stellwerk-Pass': 'pass.word-0815' })).status).toBe(200)
    expect((await visit({ 'X-Stellwerk-Pass': 'pass.word-0816' })).status).toBe(503)
    expect((await visit({ 'X-Stellwerk-Pass': 'pass.word-0815', 'X-Stellwerk-Visitor': '1' })).status).toBe(
      503,
    )
    expect((await stat(way.include)).mode & 0o777).toBe(0o600)

    expect((await act(off.run(offStep(way), context))).report).toEqual([])
    expect((await visit()).status).toBe(200)
    expect(await stateOf(way)).toBe('maintenance off')
    // A run that is taken back after that closes the gate again, and then opens it.
    expect((await act(off.undo(offStep(way), context))).code).toBe(0)
    expect((await visit()).status).toBe(503)
    expect((await act(on.undo(onStep(way), context))).code).toBe(0)
    expect((await visit()).status).toBe(200)
  }, 60_000)

  it('knows ranges of addresses', async () => {
    const allow = ['192.0.2.0/24', '127.0.0.0/9', '2001:db8::/33']
    await act(on.run(onStep(way, { notice: { ...notice, allow } }), context))
    expect((await visit()).status).toBe(200)
    expect((await visit({ 'X-Stellwerk-Visitor': '1' })).status).toBe(503)
    await act(on.undo(onStep(way), context))
  }, 60_000)

  it('keeps the file of somebody else, a pass it cannot write, and a test that fails, out of it', async () => {
    const { include } = way
    const before = await readFile(include, 'utf8')
    const bad = await act(on.run(onStep(way, { notice: guarded }), context), { env: { PASS: 'a"; }' } })
    expect(bad.report[0]).toBe('pass')
    const untested = { ...way, test: 'echo "nginx: [emerg] no"; false' }
    expect((await act(on.run(onStep(untested), context))).report[0]).toBe('test')
    expect(await readFile(include, 'utf8')).toBe(before)

    await writeFile(include, '# mine\n')
    const foreign = { ...context, runDirectory: join(root, 'foreign') }
    await mkdir(foreign.runDirectory)
    expect((await act(on.run(onStep(way), foreign))).report).toEqual(['unknown'])
    expect((await act(off.run(offStep(way, 'all'), foreign))).report).toEqual(['unknown'])
    expect(await readFile(include, 'utf8')).toBe('# mine\n')
    await rm(include)
  }, 60_000)

  it('is included as the guide says: alone, whatever lies beside it', async () => {
    const guide = await readFile('docs/guides/maintenance.md', 'utf8')
    const [, named = ''] = /nginx: { include: (\S+) }/.exec(guide) ?? []
    expect(guide).toContain(`  include ${oneFile(named)};\n`)
    await writeFile(`${way.include}.4711.tmp`, 'half of a')

    expect((await act(on.run(onStep(way), context))).report).toEqual([])
    expect((await visit()).status).toBe(503)
    expect((await act(on.undo(onStep(way), context))).report).toEqual([])
    expect((await visit()).status).toBe(200)
    await rm(`${way.include}.4711.tmp`)
  }, 60_000)

  describe.each(['dash', 'busybox sh'])('in %s', shell => {
    const broken = () => join(nginx.directory, 'conf.d/zz.conf')
    /** As after kill -9 right before that. */
    function cutOff(fragment: string, at: string) {
      const cut = fragment.replace(`\n  ${at} ||`, `\n  exit 9 ||`)
      expect(cut).not.toBe(fragment)
      return act(cut, { shell })
    }
    const took = async (fragment: string) => (await act(fragment, { shell })).report
    afterEach(async () => {
      await rm(broken(), { force: true })
      expect(await took(off.run(offStep(way, 'all'), context))).toEqual([])
    })

    it('goes back without nginx when it was cut off before nginx heard, whatever another site broke', async () => {
      await rm(way.include, { force: true })
      expect((await cutOff(on.run(onStep(way), context), 'sn_test')).code).toBe(9)
      await writeFile(broken(), 'server { listen }\n')
      expect(await took(on.undo(onStep(way), context))).toEqual([])
      await expect(stat(way.include)).rejects.toThrow('ENOENT')
      await rm(broken())

      expect(await took(on.run(onStep(way), context))).toEqual([])
      expect((await cutOff(off.run(offStep(way), context), 'sn_test')).code).toBe(9)
      // The file says off by now, and nginx still shows the page.
      expect((await act(off.inspect(offStep(way), context), { shell })).stdout.trim()).toBe('unknown')
      expect((await visit()).status).toBe(503)
      await writeFile(broken(), 'server { listen }\n')
      expect(await took(off.undo(offStep(way), context))).toEqual([])
      expect(await stateOf(way)).toBe('maintenance on')
      expect((await stat(way.include)).mode & 0o777).toBe(0o600)
      expect(await took(on.undo(onStep(way), context))).toContain('test')
      expect(await stateOf(way)).toBe('maintenance on')
      await rm(broken())
      expect(await took(on.undo(onStep(way), context))).toEqual([])
      expect((await visit()).status).toBe(200)
    }, 60_000)

    it('tells nginx again when it was cut off after nginx may have heard', async () => {
      for (const at of ['sn_reload', 'sn_prove']) {
        expect((await cutOff(on.run(onStep(way), context), at)).code).toBe(9)
        expect(await took(on.undo(onStep(way), context))).toEqual([])
        expect((await visit()).status).toBe(200)
      }
    }, 60_000)

    it('leaves the file as nginx was told to read it, and says so, when the reload fails', async () => {
      const deaf = { ...way, reload: `${way.reload}; echo "nginx: [error] no" >&2; exit 3` }
      expect(await took(on.run(onStep(deaf), context))).toEqual(['reload', 'nginx: [error] no'])
      expect(await stateOf(way)).toBe('maintenance on')
      await until('the page', async () => (await visit()).status === 503)
      const problem = on.explain?.(onStep(deaf), { key: 'reload', args: ['nginx: [error] no'] })
      expect(problem).toMatchObject({ code: 'STW-M814', why: { en: 'it says "nginx: [error] no"' } })
      expect(await took(on.undo(onStep(way), context))).toEqual([])
      expect((await visit()).status).toBe(200)
    }, 60_000)
  })
})

describe('an endpoint of the app', () => {
  let server: http.Server
  let active = false
  /** works; lies: answers 200 and does nothing; missing: 404; silent: no answer. */
  let mood: 'works' | 'lies' | 'missing' | 'silent' = 'works'
  let tokens: (string | undefined)[] = []
  let way: Way
  const token = { env: { TOKEN: 'to"ken\\1' } }

  beforeAll(async () => {
    server = http.createServer((request, response) => {
      tokens.push(request.headers.authorization)
      if (mood === 'silent') return
      if (mood === 'missing') response.statusCode = 404
      else if (request.url === '/maintenance' && mood === 'works') active = request.method === 'POST'
      response.end(request.url === '/status' ? JSON.stringify({ active }) : '{"erfolg":true}')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const headers = { Authorization: 'Bearer ${TOKEN}' }
    way = {
      how: 'endpoint',
      on: { url: `${base}/maintenance`, method: 'POST', headers, body: '{"on":true}' },
      off: { url: `${base}/maintenance`, method: 'DELETE', headers },
      status: {
        url: `${base}/status`,
        method: 'GET',
        headers,
        isOn: '"active":true',
        isOff: '"active":false',
      },
    }
  })
  afterAll(() => new Promise(resolve => server.close(resolve)))
  beforeEach(() => {
    mood = 'works'
    active = false
    tokens = []
  })

  it('is turned on and off, with the token in no argument, and proven by its status', async () => {
    const step = onStep(way)
    expect(on.run(step, context)).not.toContain(token.env.TOKEN)
    expect(await act(on.run(step, context), token)).toMatchObject({ code: 0, data: { maintenance: 'on' } })
    expect(active).toBe(true)
    expect(new Set(tokens)).toEqual(new Set(['Bearer to"ken\\1']))
    expect(await stateOf(way, token.env)).toBe('maintenance on')
    expect((await act(on.undo(step, context), token)).code).toBe(0)
    expect(active).toBe(false)
  })

  it('that answers 200 and does nothing is found', async () => {
    mood = 'lies'
    const { report } = await act(on.run(onStep(way), context), token)
    expect(report).toEqual(['effect', 'on', 'off'])
  }, 40_000)

  it.each(['dash', 'busybox'])('leaves no token behind when %s is ended while it asks', async shell => {
    mood = 'silent'
    const temporary = await mkdtemp(join(root, 'tmp-'))
    const words = shell === 'busybox' ? ['sh'] : []
    const child = spawn(shell, [...words, '-s'], {
      detached: true,
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.stdin.end(stateScript(located(way), token.env))
    await until('it to ask', async () => tokens.length > 0)
    expect(await readdir(temporary)).toHaveLength(1)
    const ended = once(child, 'exit')
    process.kill(-(child.pid ?? 0), 'SIGTERM')
    await ended
    expect(await readdir(temporary)).toEqual([])
    server.closeAllConnections()
  })

  it('that is not there, or says neither, is no maintenance', async () => {
    mood = 'missing'
    expect((await act(on.run(onStep(way), context), token)).report).toEqual(['unknown'])
    expect(await stateOf(way, token.env)).toBe('maintenance unknown')
  })
})

describe('commands', () => {
  const flag = () => join(root, 'flag')
  const way = (): Way => ({
    how: 'command',
    on: `: >${quote(flag())}`,
    off: `rm -f ${quote(flag())}`,
    status: `[ -e ${quote(flag())} ] || exit 3`,
  })

  it('are proven by a third one, and leave a maintenance of somebody else alone', async () => {
    const step = onStep(way())
    expect((await act(on.run(step, context))).code).toBe(0)
    expect(await stateOf(way())).toBe('maintenance on')

    // Another run meets it already on: afterwards it still is.
    const later = { ...context, runDirectory: join(context.runDirectory, 'later') }
    await mkdir(later.runDirectory)
    await act(on.run(step, later))
    await act(off.run(offStep(way()), later))
    expect(await stateOf(way())).toBe('maintenance on')

    await act(off.run(offStep(way()), context))
    expect(await stateOf(way())).toBe('maintenance off')
    expect((await act(on.inspect(step, context))).stdout.trim()).toBe('undone')
  })

  it('without an effect, or with a status that nobody can read, fail', async () => {
    const idle = { ...way(), on: 'true' } as Way
    expect((await act(on.run(onStep(idle), context))).report).toEqual(['effect', 'on', 'off'])
    const blind = { ...way(), status: 'exit 1' } as Way
    expect((await act(on.run(onStep(blind), { ...context, runDirectory: root }))).report).toEqual(['unknown'])
  }, 40_000)

  it('are not run when no migration is pending', async () => {
    const ask = (code: number) => [{ directory: root, command: `exit ${code}`, env: {} }]
    const { data } = await act(on.run(onStep(way(), { pending: ask(3) }), context))
    expect(data).toEqual({ pending: 'no' })
    expect(await stateOf(way())).toBe('maintenance off')
    const other = { ...context, runDirectory: join(context.runDirectory, 'other') }
    await mkdir(other.runDirectory)
    expect((await act(on.run(onStep(way(), { pending: ask(1) }), other))).report).toEqual([
      'pending',
      '1',
      'exit 1',
    ])
  })
})
