// The nginx steps against a real nginx: switch under load, refusals that change nothing, undo, drain.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import type http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { router as routerSchema } from '../../src/config/schema/router.ts'
import type { HostKind, Step } from '../../src/engine/step.ts'
import {
  makeRouterKinds,
  parseRouterFacts,
  planRouter,
  type RouterFacts,
  routerFactsScript,
} from '../../src/traffic/index.ts'
import { startLoad } from '../rigs/load.ts'
import { type Nginx, startNginx } from '../rigs/nginx.ts'
import { until } from '../rigs/router.ts'
import { type Slot, startSlot } from '../rigs/slot.ts'
import { type Acted, type Shell, Stage, sendLocally } from './services.stage.ts'

const ending: (() => Promise<void> | void)[] = []
const kinds = makeRouterKinds({ openRouterFile: async () => Readable.from([]) }) as unknown as Record<
  string,
  HostKind<Step>
>

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

class NginxStage {
  readonly nginx: Nginx
  readonly stage: Stage
  readonly root: string
  readonly #extra: Readonly<Record<string, string>>

  constructor(nginx: Nginx, stage: Stage, root: string, extra: Readonly<Record<string, string>>) {
    this.nginx = nginx
    this.stage = stage
    this.root = root
    this.#extra = extra
  }

  static async make(shell: Shell = 'dash', extra: Record<string, string> = {}): Promise<NginxStage> {
    const nginx = await startNginx('shop')
    const home = mkdtempSync(join(tmpdir(), 'router-nginx-'))
    mkdirSync(join(home, 'bin'))
    symlinkSync(shell === 'busybox' ? '/bin/busybox' : `/bin/${shell}`, join(home, 'bin/sh'))
    ending.push(async () => {
      await nginx.close()
      rmSync(home, { recursive: true, force: true })
    })
    const path = `${join(home, 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin`
    return new NginxStage(nginx, new Stage(home, sendLocally(path)), home, extra)
  }

  get url(): string {
    return `http://127.0.0.1:${this.nginx.port}`
  }

  get include(): string {
    return readFileSync(this.nginx.include, 'utf8')
  }

  config() {
    const { include, test, reload } = this.nginx
    return routerSchema.parse({
      kind: 'nginx',
      include,
      upstream: 'shop',
      test,
      reload,
      service: 'web',
      drain: '5s',
      ...this.#extra,
    })
  }

  async facts(): Promise<RouterFacts> {
    return parseRouterFacts((await this.stage.send(routerFactsScript(this.config(), this.root))).split('\n'))
  }

  async plan(slot: { port: number; release: string }) {
    const host = { name: 'web1', root: this.root }
    const facts = await this.facts()
    const plan = planRouter(this.config(), {
      host,
      facts,
      release: slot.release,
      target: slot,
      file: undefined,
    })
    return { switchStep: plan.arrive[0]!, drainStep: plan.settle[0]! }
  }

  run(step: Step): Promise<Acted> {
    return this.stage.run(kinds[step.kind]!, step)
  }

  undo(step: Step): Promise<Acted> {
    return this.stage.undo(kinds[step.kind]!, step)
  }

  explain(step: Step, acted: Acted) {
    return kinds[step.kind]!.explain!(step, acted.report!)
  }

  async answering(): Promise<string | number> {
    const response = await fetch(this.url)
    return response.headers.get('x-release') ?? response.status
  }
}

async function aSlot(
  release: string,
  handler?: (request: http.IncomingMessage, response: http.ServerResponse) => void,
): Promise<Slot> {
  const slot = await startSlot(release, handler)
  ending.push(() => slot.close())
  return slot
}

describe.each(['dash', 'bash', 'busybox'] as const)('nginx by steps in %s', shell => {
  it('switches under load and back; at most a connection that nginx itself closed while idle is lost', async () => {
    const rig = await NginxStage.make(shell)
    const [one, two] = [await aSlot('r1'), await aSlot('r2')]
    expect(await rig.facts()).toMatchObject({ include: 'foreign' })
    const first = await rig.plan(one)
    expect(await rig.run(first.switchStep)).toMatchObject({ ok: true, data: { proof: 'workers' } })
    expect(await rig.answering()).toBe('r1')
    expect(await rig.facts()).toMatchObject({ include: 'ours', target: { port: one.port, release: 'r1' } })
    rmSync(join(rig.root, '.stellwerk/runs'), { recursive: true })

    const second = await rig.plan(two)
    const load = startLoad({ url: rig.url, concurrency: 4 })
    await load.more(50)
    expect(await rig.run(second.switchStep)).toMatchObject({ ok: true, data: { proof: 'workers' } })
    expect(await rig.answering()).toBe('r2')
    expect(await rig.run(second.switchStep)).toMatchObject({ ok: true })
    expect(await rig.run(second.drainStep)).toMatchObject({ ok: true, data: { 'workers-left': '0' } })
    await load.more(50)
    expect(await rig.undo(second.switchStep)).toMatchObject({ ok: true })
    expect(await rig.undo(second.switchStep)).toMatchObject({ ok: true })
    expect(await rig.answering()).toBe('r1')
    await load.more(50)
    const report = await load.stop()

    // A worker that ends closes its idle connections; a client that sends in that very moment is reset. Never a 5xx.
    expect(report.reasons.filter(reason => !/ECONNRESET|hang up/.test(reason))).toEqual([])
    expect(Object.keys(report.byRelease).sort()).toEqual(['r1', 'r2'])
    expect(rig.include).toContain('"release":"r1"')
  })
})

describe('nginx by steps', () => {
  it('leaves everything as it was when nginx refuses the configuration', async () => {
    const rig = await NginxStage.make()
    const [one, two] = [await aSlot('r1'), await aSlot('r2')]
    const { switchStep } = await rig.plan(one)
    await rig.run(switchStep)
    const before = rig.include
    // Somebody's half-finished work elsewhere in the configuration.
    const broken = join(rig.nginx.directory, 'conf.d/zz.conf')
    writeFileSync(broken, 'server { listen }\n')
    rmSync(join(rig.root, '.stellwerk/runs'), { recursive: true })

    const next = await rig.plan(two)
    const acted = await rig.run(next.switchStep)

    expect(acted).toMatchObject({ ok: false, report: { key: 'test' } })
    expect(acted.report?.args[0]).toMatch(/emerg.*zz\.conf/)
    expect(rig.explain(next.switchStep, acted)).toMatchObject({ code: 'STW-T102' })
    expect(rig.include).toBe(before)
    expect(await rig.undo(next.switchStep)).toMatchObject({ ok: true })
    expect(await rig.answering()).toBe('r1')
    unlinkSync(broken)
  })

  it('is not satisfied with a reload that reached nobody', async () => {
    const rig = await NginxStage.make('dash', { reload: 'true' })
    const one = await aSlot('r1')
    const before = rig.include

    const { switchStep } = await rig.plan(one)
    const acted = await rig.run(switchStep)

    expect(acted).toMatchObject({ ok: false, report: { key: 'unproven' } })
    expect(rig.include).toContain('"release":"r1"')
    const { reload } = rig.nginx
    expect(await rig.undo(Object.assign({}, switchStep, { reload }))).toMatchObject({ ok: true })
    expect(rig.include).toBe(before)
  })

  it('takes no other nginx for the one that was told, whether it was there or starts now', async () => {
    const stranger = await startNginx('other')
    ending.push(() => stranger.close())
    const rig = await NginxStage.make()
    const { switchStep } = await rig.plan(await aSlot('r1'))

    const acting = rig.run(Object.assign({}, switchStep, { reload: 'true' }))
    const newcomer = await startNginx('third')
    ending.push(() => newcomer.close())
    const acted = await acting

    expect(acted).toMatchObject({ ok: false, report: { key: 'unproven' } })
  })

  it('accepts a restart in place of a reload', async () => {
    const rig = await NginxStage.make()
    const { switchStep } = await rig.plan(await aSlot('r1'))
    const { directory } = rig.nginx
    const command = `nginx -c ${directory}/nginx.conf -p ${directory}`
    const restart = `old=$(cat ${directory}/pid); ${command} -s stop; while [ -d /proc/$old ]; do sleep 0.1; done; ${command}`
    const acted = await rig.run(Object.assign({}, switchStep, { reload: restart }))
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'))
    ending.push(() => process.kill(pid, 'SIGTERM') && undefined)

    expect(acted).toMatchObject({ ok: true, data: { proof: 'workers' } })
    expect(await rig.answering()).toBe('r1')
  })

  it('says that a failed reload leaves it open what nginx uses, and goes back by one', async () => {
    const rig = await NginxStage.make()
    const before = rig.include
    const { switchStep } = await rig.plan(await aSlot('r1'))
    const { reload } = rig.nginx
    const step = Object.assign({}, switchStep, {
      reload: `${reload}; echo "nginx: [error] no" >&2; exit 3`,
    })

    const acted = await rig.run(step)

    expect(acted).toMatchObject({ ok: false, report: { key: 'reload', args: ['nginx: [error] no'] } })
    expect(rig.explain(step, acted)).toMatchObject({
      code: 'STW-T103',
      what: { en: expect.stringContaining('is not certain') },
    })
    // It did reload, so the file and nginx agree until the way back.
    expect(rig.include).toContain('"release":"r1"')
    await until('the new slot', async () => (await rig.answering()) === 'r1')
    expect(await rig.undo(switchStep)).toMatchObject({ ok: true })
    expect(rig.include).toBe(before)
    expect(await rig.answering()).toBe(502)
  })

  it('waits for requests that the old workers still carry', async () => {
    const rig = await NginxStage.make()
    const held: http.ServerResponse[] = []
    const one = await aSlot('r1', (request, response) =>
      request.url === '/hold' ? held.push(response) : response.end(),
    )
    const first = await rig.plan(one)
    await rig.run(first.switchStep)
    const slow = fetch(`${rig.url}/hold`)
    await until('the slow request', () => held.length === 1)
    rmSync(join(rig.root, '.stellwerk/runs'), { recursive: true })
    const second = await rig.plan(await aSlot('r2'))
    await rig.run(second.switchStep)

    const hasty = await rig.run(Object.assign({}, second.drainStep, { drainMs: 1000 }))
    const drained = rig.run(second.drainStep)
    held[0]!.end('late')

    expect(hasty.data).toEqual({ 'workers-left': '1' })
    expect((await drained).data).toEqual({ 'workers-left': '0' })
    expect(await (await slow).text()).toBe('late')
  })

  it('says so when the include file may not be written', async () => {
    const rig = await NginxStage.make()
    const { switchStep } = await rig.plan({ port: 1, release: 'r1' })
    const step = Object.assign({}, switchStep, { include: join(rig.nginx.directory, 'absent/upstream.conf') })

    const acted = await rig.run(step)

    expect(acted.report?.key).toBe('directory')
    expect(rig.explain(step, acted)).toMatchObject({ code: 'STW-T101' })
  })
})
