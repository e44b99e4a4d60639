import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commandService, processService, type Service } from '../../src/config/schema/service.ts'
import type { Step } from '../../src/engine/step.ts'
import { makeSshHost } from '../../src/hosts/ssh.ts'
import {
  logsScript,
  parseServiceFacts,
  planRestart,
  planServices,
  type ServiceContext,
  type ServicePlan,
  serviceFactsScript,
  serviceKinds,
  statusRows,
} from '../../src/services/index.ts'
import { startSshHosts } from '../rigs/sshd.ts'
import { type Acted, alive, freePort, makeStage, type Shell, Stage, until } from './services.stage.ts'

const old = '20261121_021500-aaaaaaa'
const next = '20261122_021500-bbbbbbb'
const node = process.execPath
const server = `require('node:http').createServer((q, s) => s.end(process.env.RELEASE)).listen(+process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`

describe.each<Shell>(['dash', 'busybox'])('the life of services under %s', shell => {
  let field: ReturnType<typeof makeStage>
  let services: Record<string, Service>

  beforeEach(() => {
    field = makeStage(shell)
    services = {}
    field.release(old, { 'server.cjs': server })
    field.release(next, { 'server.cjs': server })
  })

  afterEach(async () => {
    const orphans = planServices({}, { ...context(old), facts: await facts() })
    await act(orphans.settle, 'run')
    field.remove()
  })

  const place = () => ({ app: 'shop', environment: 'test', root: field.stage.root })
  const facts = async () => parseServiceFacts(await field.stage.send(serviceFactsScript(services, place())))
  const context = (release: string, previous?: string): Omit<ServiceContext, 'facts'> => ({
    app: 'shop',
    environment: 'test',
    host: { name: 'h', roles: ['web'], root: field.stage.root, env: {} },
    release,
    secretNames: [],
    ...(previous === undefined ? {} : { previous }),
  })
  const status = async () => statusRows(services, { roles: ['web'] }, await facts())
  const link = (release: string) => {
    symlinkSync(`releases/${release}`, join(field.stage.root, 'next'))
    renameSync(join(field.stage.root, 'next'), join(field.stage.root, 'current'))
  }
  async function act(steps: readonly Step[], mode: 'run' | 'undo'): Promise<Acted[]> {
    const done: Acted[] = []
    for (const step of steps) {
      if (mode === 'undo' && step.undo.how === 'none') continue
      const acted = await field.stage[mode](
        serviceKinds[step.kind as keyof typeof serviceKinds] as never,
        step as never,
      )
      done.push(acted)
      if (!acted.ok) break
    }
    return done
  }
  /** As the engine does it: a failure takes back what began, in reverse order, the link in its place. */
  async function deploy(release: string, previous?: string): Promise<{ plan: ServicePlan; failed?: Acted }> {
    const plan = planServices(services, { ...context(release, previous), facts: await facts() })
    const first = [...plan.before, ...plan.leave]
    const began = [...(await act(first, 'run'))]
    let failed = began.find(acted => !acted.ok)
    if (!failed) {
      link(release)
      const arrived = await act(plan.arrive, 'run')
      failed = arrived.find(acted => !acted.ok)
      if (!failed) {
        for (const acted of await act(plan.settle, 'run')) expect(acted.report).toBeUndefined()
        return { plan }
      }
      await act(plan.arrive.slice(0, arrived.length).toReversed(), 'undo')
      if (previous) link(previous)
    }
    for (const acted of await act(first.slice(0, began.length).toReversed(), 'undo'))
      expect(acted.report).toBeUndefined()
    return { plan, failed }
  }
  const answer = async (port: number) =>
    (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text()
  const web = (ports: number[], props: object = {}) =>
    processService.parse({
      kind: 'process',
      command: `${node} server.cjs`,
      ports,
      ready: { timeout: '10s' },
      ...props,
    })

  it('two ports: the new release starts beside the old one, which stops at the end', async () => {
    const ports = [await freePort(), await freePort()]
    services = { web: web(ports) }
    expect(await status()).toMatchObject([{ service: 'web', state: 'never' }])
    await deploy(old)
    expect(await answer(ports[0]!)).toBe(old)

    const { plan } = await deploy(next, old)

    expect(plan.targets).toEqual([
      { service: 'web', slot: 1, port: ports[1], previous: { slot: 0, port: ports[0] } },
    ])
    expect(await answer(ports[1]!)).toBe(next)
    await expect(answer(ports[0]!)).rejects.toThrow()
    expect(await status()).toMatchObject([
      {
        service: 'web',
        slot: 1,
        state: 'running',
        release: next,
        port: ports[1],
        restarts: 0,
        supervised: true,
      },
    ])
    const restart = planRestart('web', services, { ...context(next), facts: await facts() })
    for (const acted of await act(
      [...restart.before, ...restart.leave, ...restart.arrive, ...restart.settle],
      'run',
    ))
      expect(acted.ok).toBe(true)
    expect(await answer(ports[0]!)).toBe(next)
  })

  it('two ports: a new release that dies leaves the old one untouched', async () => {
    const ports = [await freePort(), await freePort()]
    services = { web: web(ports) }
    await deploy(old)
    const [before] = (await facts()).slots
    writeFileSync(join(field.stage.root, 'releases', next, 'server.cjs'), 'throw new Error("no database")')

    const { failed } = await deploy(next, old)

    expect(failed?.report?.key).toBe('died')
    expect(failed?.report?.args.join('\n')).toContain('no database')
    expect((await facts()).slots[0]).toMatchObject({ pid: before?.pid, state: 'running' })
  })

  it('one port and a worker: stopped in reverse order before the switch; the undo brings both back', async () => {
    const port = await freePort()
    services = {
      web: web([port]),
      worker: processService.parse({ kind: 'process', command: 'while :; do sleep 1; done', after: ['web'] }),
    }
    await deploy(old)
    writeFileSync(join(field.stage.root, 'releases', next, 'server.cjs'), 'throw new Error("no database")')

    const { plan, failed } = await deploy(next, old)

    expect(plan.leave.map(step => step.id)).toEqual(['services/h/worker/stop-0', 'services/h/web/stop-0'])
    expect(plan.arrive.map(step => step.id)).toEqual(['services/h/web/start-0', 'services/h/worker/start-0'])
    expect(failed?.report?.key).toBe('died')
    expect(readlinkSync(join(field.stage.root, 'current'))).toBe(`releases/${old}`)
    expect(await answer(port)).toBe(old)
    expect(await status()).toMatchObject([
      { service: 'web', state: 'running', release: old },
      { service: 'worker', state: 'running', release: old },
    ])
  })

  it('a crash is visible, while it waits and when it gave up', async () => {
    services = {
      web: processService.parse({
        kind: 'process',
        command: 'sleep 1.3; exit 3',
        restart: { max: 1, delay: '2s' },
      }),
    }
    await deploy(old)

    await until('it waits', async () => {
      const [row] = await status()
      return row?.state === 'waiting' && row.lastExit !== undefined
    })
    expect(await status()).toMatchObject([
      { state: 'waiting', lastExit: { code: 3, asked: false, release: old } },
    ])
    expect((await status())[0]?.retryAt).toBeGreaterThan(0)
    await until('it gave up', async () => (await status())[0]?.state === 'crashed')

    expect(await status()).toMatchObject([
      { state: 'crashed', restarts: 1, release: old, lastExit: { code: 3 } },
    ])
    expect((await status())[0]).not.toHaveProperty('pid')
  })

  it('tells a killed app, a killed supervisor and an ended app apart', async () => {
    services = {
      web: processService.parse({
        kind: 'process',
        command: 'exec sleep 1000',
        restart: { onFailure: false },
      }),
    }
    await deploy(old)
    const supervisor = () =>
      Number(
        /supervisor (\d+)/.exec(
          readFileSync(join(field.stage.root, '.stellwerk/services/web/0/pid'), 'utf8'),
        )?.[1],
      )
    process.kill((await facts()).slots[0]!.pid!, 'SIGKILL')
    await until('it is down', async () => (await status())[0]?.state === 'crashed')
    expect(await status()).toMatchObject([{ lastExit: { code: 137, signal: 'KILL' } }])

    await deploy(old)
    process.kill(supervisor(), 'SIGKILL')
    await until('nobody watches it', async () => (await status())[0]?.supervised === false)
    expect((await status())[0]?.state).toBe('running')
    const { pid } = (await facts()).slots[0]!
    process.kill(pid!, 'SIGKILL')
    await until('it is gone', () => !alive(pid!))
    // Nobody saw how it ended, and that is what is said.
    expect((await facts()).slots[0]).toMatchObject({ state: 'crashed' })

    services = { web: processService.parse({ kind: 'process', command: 'sleep 1.3; exit 0' }) }
    await deploy(old)
    await until('it ended', async () => (await status())[0]?.state === 'ended')
  })

  it('shows the log, and follows it over a rotation', async () => {
    services = {
      web: processService.parse({
        kind: 'process',
        command: `i=0; while [ $i -lt 400 ]; do echo "line $i ................................................................................................................................................................................................................"; i=$((i+1)); sleep 0.01; done; echo last; exec sleep 1000`,
        log: { maxSize: '20kB', keep: 9 },
      }),
    }
    await deploy(old)
    const script = (follow: boolean) =>
      logsScript('web', services['web']!, place(), { follow, lines: 5 }) ?? ''
    const follower = spawn(join(field.path.split(':')[0]!, 'sh'), ['-c', script(true)], {
      env: { PATH: field.path },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let seen = ''
    follower.stdout.setEncoding('utf8').on('data', chunk => (seen += chunk))

    await until('the last line was seen', () => seen.includes('last'))
    follower.kill()
    await once(follower, 'exit')

    expect(existsSync(join(field.stage.root, '.stellwerk/services/web/0/log/current.log.1'))).toBe(true)
    expect((await field.stage.send(script(false))).trim().split('\n').at(-1)).toBe('last')
  })

  it('a service that the config no longer has is shown, and stops at the end', async () => {
    services = { web: processService.parse({ kind: 'process', command: 'exec sleep 1000' }) }
    await deploy(old)
    services = {}
    expect(await status()).toMatchObject([{ service: 'web', state: 'running' }])

    await deploy(next, old)

    expect(await status()).toEqual([])
  })

  const daemon = (props: object = {}) =>
    commandService.parse({
      kind: 'command',
      start: `echo starting; sh -c 'while :; do sleep 0.1; done' & echo $! >"$HOME/app.pid"; echo "$RELEASE" >>"$HOME/started"`,
      stop: `kill "$(cat "$HOME/app.pid")"; rm "$HOME/app.pid"`,
      status: `[ -s "${join(field.stage.root, '../app.pid')}" ] && kill -0 "$(cat "${join(field.stage.root, '../app.pid')}")"`,
      timeout: '5s',
      ready: { timeout: '3s' },
      env: { HOME: join(field.stage.root, '..') },
      ...props,
    })
  const started = () => readFileSync(join(field.stage.root, '../started'), 'utf8').trim().split('\n')
  const stopDaemon = () => process.kill(Number(readFileSync(join(field.stage.root, '../app.pid'), 'utf8')))

  it('own commands: stop, start, and back; a daemon that keeps its output open does not hang the step', async () => {
    services = { app: daemon({}) }
    await deploy(old)
    expect(await status()).toMatchObject([{ service: 'app', state: 'running' }])
    expect((await deploy(next, old)).failed).toBeUndefined()
    expect(started()).toEqual([old, next])

    services = {
      app: daemon({
        start: `[ "$RELEASE" = ${next} ] || { echo broken; exit 4; }; ${daemon().start}`,
      }),
    }
    const { failed } = await deploy(old, next)

    expect(failed?.report).toEqual({ key: 'failed', args: ['4', 'broken'] })
    expect(started()).toEqual([old, next, next])
    stopDaemon()
  })

  it('own commands: a time-out is said, and so is a service that does not run', async () => {
    services = { app: daemon({ start: 'echo slow; sleep 1000', timeout: '1s' }) }
    const { report } = (await deploy(old)).failed ?? {}
    expect(report?.key).toBe('timeout')
    expect(report?.args.slice(0, 2)).toEqual(['124', 'slow'])

    services = { app: daemon({ start: 'echo did nothing', ready: { timeout: '1s' } }) }
    expect((await deploy(old)).failed?.report?.key).toBe('not-running')
  })

  it('own commands: a reload is taken back by reloading when the old link is back', async () => {
    const log = join(field.stage.root, '../reloads')
    services = {
      app: daemon({
        reload: `echo "$RELEASE $(readlink ../../current)" >>${log}`,
      }),
    }
    await deploy(old)
    services = {
      ...services,
      worker: processService.parse({ kind: 'process', command: 'exit 1', after: ['app'] }),
    }

    const { failed } = await deploy(next, old)

    expect(failed?.report?.key).toBe('died')
    expect(readFileSync(log, 'utf8')).toBe(`${next} releases/${next}\n${old} releases/${old}\n`)
    stopDaemon()
  })
})

describe.each(['dash', 'busybox'] as const)('services over ssh, %s on the host', shell => {
  it('starting and stopping does not hang the session', async () => {
    await using rig = await startSshHosts({ count: 1, shell })
    const [host] = rig.hosts
    const controlDirectory = mkdtempSync(join(tmpdir(), 'swc-'))
    let connection = makeSshHost({ config: host!.config, controlDirectory })
    const stage = new Stage(host!.root, async script => {
      const { ending, stdout, stderr } = await connection.run(script, { timeout: 60_000 })
      if (ending.kind !== 'exit') throw new Error(`${JSON.stringify(ending)} ${stderr}`)
      return stdout + stderr
    })
    const port = await freePort()
    const services = {
      web: processService.parse({ kind: 'process', command: `${node} server.cjs`, ports: [port] }),
    }
    await connection.run(
      `mkdir -p ${host!.root}/releases/${old}; cat >${host!.root}/releases/${old}/server.cjs <<'E'\n${server}E\n`,
      { timeout: 10_000 },
    )
    const place = { app: 'shop', environment: 'test', root: host!.root }
    const facts = async () => parseServiceFacts(await stage.send(serviceFactsScript(services, place)))
    const plan = planServices(services, {
      app: 'shop',
      environment: 'test',
      host: { name: 'h', roles: [], root: host!.root, env: {} },
      facts: await facts(),
      release: old,
      secretNames: [],
    })

    const acted = await stage.run(serviceKinds['service.start'], plan.arrive[0] as never)

    expect(acted.report).toBeUndefined()
    await connection.close()
    connection = makeSshHost({ config: host!.config, controlDirectory })
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe(old)
    const running = (await facts()).slots[0]
    expect(running).toMatchObject({ state: 'running', port, release: old })
    const environment = readFileSync(`/proc/${running?.pid}/environ`, 'utf8')
    expect(environment).not.toMatch(/SSH_CONNECTION|SSH_AUTH_SOCK|LC_ALL/)
    expect((await stage.undo(serviceKinds['service.start'], plan.arrive[0] as never)).ok).toBe(true)
    await connection.close()
    rmSync(controlDirectory, { recursive: true, force: true })
  })
})
