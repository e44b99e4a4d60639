// The router's step kinds in real shells: the program arrives, starts, takes over, switches, drains, and every step is
// taken back.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
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
import { freePort } from '../rigs/free-port.ts'
import { startLoad } from '../rigs/load.ts'
import { isAlive } from '../rigs/processes.ts'
import { bundleRouter, killQuietly } from '../rigs/router.ts'
import { type Slot, startSlot } from '../rigs/slot.ts'
import { type Acted, type Shell, Stage, sendLocally } from './services.stage.ts'

const shells: readonly Shell[] = ['dash', 'bash', 'busybox']
const ending: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

/** Applets that BusyBox offers and nothing else, plus the node that the router needs. */
const applets =
  'sh cat tr mv rm dd sync sed cut head tail sha256sum printf sleep date touch mktemp mkdir chmod env tee kill setsid readlink ls'

class RouterStage {
  readonly root: string
  readonly stage: Stage
  readonly path: string
  readonly listen: string
  readonly program: Buffer
  readonly kinds: Readonly<Record<string, HostKind<never>>>

  constructor(root: string, path: string, port: number, program: Buffer) {
    this.root = root
    this.path = path
    this.listen = `127.0.0.1:${port}`
    this.program = program
    this.stage = new Stage(root, sendLocally(path))
    this.kinds = makeRouterKinds({ openRouterFile: async () => Readable.from([program]) }) as never
  }

  static async make(shell: Shell, banner = ''): Promise<RouterStage> {
    const home = mkdtempSync(join(tmpdir(), 'router-steps-'))
    const root = join(home, 'it is an app')
    const bin = join(home, 'bin')
    mkdirSync(root)
    mkdirSync(bin)
    symlinkSync(process.execPath, join(bin, 'node'))
    for (const name of shell === 'busybox' ? applets.split(' ') : [])
      symlinkSync('/bin/busybox', join(bin, name))
    if (shell !== 'busybox') symlinkSync(`/bin/${shell}`, join(bin, 'sh'))
    const program = readFileSync(await bundleRouter(home, 'router.mjs', banner))
    const stage = new RouterStage(
      root,
      shell === 'busybox' ? bin : `${bin}:/usr/bin:/bin`,
      await freePort(),
      program,
    )
    ending.push(() => {
      const pid = stage.pid()
      if (pid) killQuietly(pid)
      rmSync(home, { recursive: true, force: true })
    })
    return stage
  }

  get url(): string {
    return `http://${this.listen}`
  }

  get port(): number {
    return Number(this.listen.split(':')[1])
  }

  get file(): { sha256: string; bytes: number } {
    return { sha256: createHash('sha256').update(this.program).digest('hex'), bytes: this.program.length }
  }

  get config() {
    return routerSchema.parse({ kind: 'embedded', listen: this.listen, service: 'web', drain: '2s' })
  }

  pid(): number | undefined {
    const file = join(this.root, '.stellwerk/router/state/router.pid')
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[0]) : undefined
  }

  async facts(): Promise<RouterFacts> {
    return parseRouterFacts((await this.stage.send(routerFactsScript(this.config, this.root))).split('\n'))
  }

  async plan(slot: { port: number; release: string }, file: RouterStage['file'] | undefined = this.file) {
    const host = { name: 'web1', root: this.root }
    return planRouter(this.config, {
      host,
      facts: await this.facts(),
      release: slot.release,
      target: slot,
      file,
    })
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      const acted = await this.act(step)
      if (!acted.ok) throw new Error(`${step.id}: ${acted.output}`)
    }
  }

  act(step: Step): Promise<Acted> {
    const kind = this.kinds[step.kind] as unknown as HostKind<Step>
    return kind.stream ? this.stream(kind, step) : this.stage.run(kind, step)
  }

  undo(step: Step): Promise<Acted> {
    return this.stage.undo(this.kinds[step.kind] as unknown as HostKind<Step>, step)
  }

  inspect(step: Step): Promise<string> {
    return this.stage.inspect(this.kinds[step.kind] as unknown as HostKind<Step>, step)
  }

  /** As the engine does it: the script as an argument, the data on standard input. */
  stream(kind: HostKind<Step>, step: Step): Promise<Acted> {
    const send = async (script: string): Promise<string> => {
      const child = spawn(join(this.path.split(':')[0] ?? '', 'sh'), ['-c', script], {
        env: { PATH: this.path },
      })
      let out = ''
      child.stdout.setEncoding('utf8').on('data', text => (out += text))
      child.stderr.setEncoding('utf8').on('data', text => (out += text))
      ;(await kind.stream!(step)).pipe(child.stdin)
      await once(child, 'close')
      return out
    }
    return new Stage(this.root, send).run(kind, step)
  }
}

async function aSlot(release: string): Promise<Slot> {
  const slot = await startSlot(release)
  ending.push(() => slot.close())
  return slot
}

async function answering(url: string): Promise<string | number> {
  return fetch(url).then(
    response => response.headers.get('x-release') ?? response.status,
    () => 'closed',
  )
}

/** What a new connection meets, whatever others are kept alive. */
function opens(port: number): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve('open'))
    socket.on('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message))
    socket.on('connect', () => socket.destroy())
  })
}

describe.each(shells)('the embedded router by steps in %s', shell => {
  it('goes from nothing to serving, on to the next release, and back', async () => {
    const rig = await RouterStage.make(shell)
    const [one, two] = [await aSlot('20261121_021500-aaaaaaa'), await aSlot('20261121_021600-bbbbbbb')]
    const first = await rig.plan(one)
    expect((await rig.facts()).node).toBe(process.version)
    expect(await Promise.all([...first.install, ...first.before].map(step => rig.inspect(step)))).toEqual([
      'undone',
      'undone',
    ])

    await rig.run([...first.install, ...first.before, ...first.arrive, ...first.settle])

    expect(await answering(rig.url)).toBe(one.release)
    for (const step of [...first.install, ...first.before, ...first.arrive, ...first.settle]) {
      expect([step.kind, await rig.inspect(step)]).toEqual([step.kind, 'done'])
    }
    expect(await rig.facts()).toMatchObject({
      running: true,
      target: { port: one.port, release: one.release },
      generation: 1,
    })

    const second = await rig.plan(two)
    expect(second.install).toEqual([])
    const load = startLoad({ url: rig.url, concurrency: 4 })
    await rig.run([...second.before, ...second.arrive])
    await load.more(20)
    expect(await answering(rig.url)).toBe(two.release)
    const again = await rig.act(second.arrive[0]!)
    expect(again.ok).toBe(true)
    for (const step of [...second.arrive, ...second.before].toReversed()) {
      if (step.undo.how === 'none') continue
      expect((await rig.undo(step)).ok).toBe(true)
      expect((await rig.undo(step)).ok).toBe(true)
      expect(await rig.inspect(step)).toBe('undone')
    }
    await load.more(20)
    const report = await load.stop()

    expect(await answering(rig.url)).toBe(one.release)
    expect(report).toMatchObject({ failed: 0, reasons: [] })
    expect(Object.keys(report.byRelease).sort()).toEqual([one.release, two.release])
  })

  it('leaves nothing running when the first deploy is taken back', async () => {
    const rig = await RouterStage.make(shell)
    const one = await aSlot('r1')
    const steps = await rig.plan(one)
    await rig.run([...steps.install, ...steps.before, ...steps.arrive])
    expect(await answering(rig.url)).toBe('r1')

    expect((await rig.undo(steps.arrive[0]!)).ok).toBe(true)
    expect(await answering(rig.url)).toBe(503)
    expect((await rig.undo(steps.before[0]!)).ok).toBe(true)
    expect((await rig.undo(steps.before[0]!)).ok).toBe(true)

    expect(await answering(rig.url)).toBe('closed')
    expect(await rig.facts()).toMatchObject({ running: false })
  })

  it('keeps the old slot and says why when the new one is not ready', async () => {
    const rig = await RouterStage.make(shell)
    const one = await aSlot('r1')
    const first = await rig.plan(one)
    await rig.run([...first.install, ...first.before, ...first.arrive])
    const bad = await rig.plan({ port: await freePort(), release: 'r2' })
    const [step] = bad.arrive
    const short = Object.assign({}, step, { health: { path: '/', timeoutMs: 200 } }) as Step

    const acted = await rig.act(short)

    expect(acted.report).toEqual({ key: 'not-ready', args: ['ECONNREFUSED'] })
    expect((rig.kinds[step!.kind] as unknown as HostKind<Step>).explain!(short, acted.report!)).toMatchObject(
      { code: 'STW-T008' },
    )
    expect(await answering(rig.url)).toBe('r1')
    expect((await rig.undo(short)).ok).toBe(true)
    expect(await answering(rig.url)).toBe('r1')
  })
})

describe('the embedded router by steps', () => {
  it('lets a newer program take over without closing the port, removes the old one, and can go back', async () => {
    const rig = await RouterStage.make('dash')
    const one = await aSlot('r1')
    const first = await rig.plan(one)
    await rig.run([...first.install, ...first.before, ...first.arrive, ...first.settle])
    const newer = new RouterStage(
      rig.root,
      rig.path,
      Number(rig.listen.split(':')[1]),
      Buffer.concat([rig.program, Buffer.from('// 2\n')]),
    )
    const load = startLoad({ url: rig.url, concurrency: 4 })
    await load.more(20)
    const before = rig.pid()

    const next = await newer.plan(one)
    await newer.run([...next.install, ...next.before])
    const between = rig.pid()
    expect((await newer.undo(next.before[0]!)).ok).toBe(true)
    const back = rig.pid()
    await newer.run([...next.before, ...next.arrive, ...next.settle])
    await load.more(20)
    const report = await load.stop()

    expect(new Set([before, between, back, rig.pid()]).size).toBe(4)
    expect(report).toMatchObject({ failed: 0, byRelease: { r1: report.total } })
    expect(readdirSync(join(rig.root, '.stellwerk/router')).filter(name => name.endsWith('.mjs'))).toEqual([
      (next.before[0] as unknown as { wanted: { file: string } }).wanted.file,
    ])
  })

  it('keeps the old address open until the new one is proven, then closes it', async () => {
    const rig = await RouterStage.make('dash')
    const one = await aSlot('r1')
    const first = await rig.plan(one)
    await rig.run([...first.install, ...first.before, ...first.arrive, ...first.settle])
    const moved = new RouterStage(rig.root, rig.path, await freePort(), rig.program)
    const load = startLoad({ url: rig.url, concurrency: 4 })
    await load.more(20)

    const next = await moved.plan(one)
    await moved.run([...next.install, ...next.before, ...next.arrive])
    expect(await Promise.all([rig.url, moved.url].map(answering))).toEqual(['r1', 'r1'])
    expect(await moved.inspect(next.before[0]!)).toBe('done')
    await load.more(20)
    expect(await load.stop()).toMatchObject({ failed: 0, reasons: [] })
    await moved.run(next.settle)

    expect(await Promise.all([rig.port, moved.port].map(opens))).toEqual(['ECONNREFUSED', 'open'])
    expect(await answering(moved.url)).toBe('r1')
    expect((await moved.plan(one)).settle).toHaveLength(1)
  })

  it('goes back to the old address, twice if need be, and nobody who comes to it has to wait', async () => {
    const rig = await RouterStage.make('dash')
    const one = await aSlot('r1')
    const first = await rig.plan(one)
    await rig.run([...first.install, ...first.before, ...first.arrive, ...first.settle])
    const moved = new RouterStage(rig.root, rig.path, await freePort(), rig.program)
    const load = startLoad({ url: rig.url, concurrency: 4 })
    const next = await moved.plan(one)
    await moved.run([...next.install, ...next.before])
    await load.more(20)

    const acted = [await moved.undo(next.before[0]!), await moved.undo(next.before[0]!)]
    await load.more(20)
    const report = await load.stop()

    expect(acted.map(({ ok, output }) => [ok, output.includes('EADDRINUSE')])).toEqual([
      [true, false],
      [true, false],
    ])
    expect(report).toMatchObject({ failed: 0, reasons: [] })
    expect(await Promise.all([rig.port, moved.port].map(opens))).toEqual(['open', 'ECONNREFUSED'])
    expect(await answering(rig.url)).toBe('r1')
  })

  it('stays on the old address when the new one is taken', async () => {
    const rig = await RouterStage.make('dash')
    const [one, thief] = [await aSlot('r1'), await aSlot('thief')]
    const first = await rig.plan(one)
    await rig.run([...first.install, ...first.before, ...first.arrive, ...first.settle])
    const moved = new RouterStage(rig.root, rig.path, thief.port, rig.program)
    const next = await moved.plan(one)

    const acted = await moved.act(next.before[0]!)

    expect(acted.report?.args[0]).toContain('EADDRINUSE')
    expect((await moved.undo(next.before[0]!)).ok).toBe(true)
    expect(await answering(rig.url)).toBe('r1')
  })

  it('starts the router again when it died, with the target it had', async () => {
    const rig = await RouterStage.make('dash')
    const one = await aSlot('r1')
    const first = await rig.plan(one)
    await rig.run([...first.install, ...first.before, ...first.arrive])
    const pid = rig.pid()!
    killQuietly(pid)
    while (await isAlive(pid)) await sleep(10)
    const dead = await rig.act(first.arrive[0]!)
    expect(dead.report?.key).toBe('dead')

    const again = await rig.plan(one, undefined)
    await rig.run(again.before)

    expect(await answering(rig.url)).toBe('r1')
  })

  it('says who it is when the port is taken', async () => {
    const rig = await RouterStage.make('dash')
    const thief = await aSlot('thief')
    const steps = await new RouterStage(rig.root, rig.path, thief.port, rig.program).plan({
      port: 1,
      release: 'r1',
    })
    await rig.run(steps.install)

    const acted = await rig.act(steps.before[0]!)

    expect(acted.report?.key).toBe('start')
    expect(acted.report?.args[0]).toContain('EADDRINUSE')
  })

  it('refuses a program that arrived changed', async () => {
    const rig = await RouterStage.make('dash')
    const steps = await rig.plan({ port: 1, release: 'r1' }, { ...rig.file, sha256: 'a'.repeat(64) })

    const acted = await rig.act(steps.install[0]!)

    expect(acted.report).toEqual({ key: 'content', args: [rig.file.sha256] })
    expect(await rig.inspect(steps.install[0]!)).toBe('undone')
  })

  it('hands no secret of the app to the router', async () => {
    const rig = await RouterStage.make('dash')
    const one = await aSlot('r1')
    const steps = await rig.plan(one)
    await rig.run(steps.install)
    const kind = rig.kinds['router.start'] as unknown as HostKind<Step>

    await rig.stage.run(kind, steps.before[0]!, { APP_TOKEN: 'geheim-geheim' })

    expect(readFileSync(`/proc/${rig.pid()}/environ`, 'utf8')).not.toContain('geheim')
  })
})
