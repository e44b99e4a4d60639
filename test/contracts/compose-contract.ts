// What a compose service promises, whatever engine runs it: asked of a real docker and of a real podman.
import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { composeService } from '../../src/config/schema/services/compose.ts'
import type { HostKind, Step } from '../../src/engine/step.ts'
import { isContainerUp } from '../../src/services/compose/facts.ts'
import { parseServiceFacts, serviceFactsScript } from '../../src/services/facts.ts'
import { serviceKinds } from '../../src/services/kinds.ts'
import { logsScript } from '../../src/services/logs.ts'
import {
  planRestart,
  planServices,
  type ServicePlan,
  serviceBlockers,
} from '../../src/services/plan-services.ts'
import { statusRows } from '../../src/services/status.ts'
import type { ContainerEngine } from '../rigs/container-engine.ts'
import { freePort } from '../rigs/free-port.ts'
import { type Registry, startRegistry } from '../rigs/registry.ts'
import { type Acted, makeStage, until } from './services.stage.ts'

const execute = promisify(execFile)

export const appScript = `mkdir -p /www
echo "$RELEASE" >/www/release
trap 'echo "bye $RELEASE"; exit 0' TERM
httpd -f -p "127.0.0.1:$PORT" -h /www &
echo "started $RELEASE $GREETING"
wait
`
export const composeFile = `services:
  web:
    image: nothing/at-all:here
    network_mode: host
    environment:
      PORT: "\${PORT}"
      GREETING: "\${GREETING}"
`

const [r1, r2, r3] = [
  '20261121_021500-aaaaaaa',
  '20261122_021500-bbbbbbb',
  '20261123_021500-ccccccc',
] as const
type Props = Record<string, unknown>
const kindOf = (step: Step) => serviceKinds[step.kind as keyof typeof serviceKinds] as HostKind<never>

export function composeContract(start: (registry: string) => Promise<ContainerEngine>): void {
  let engine: ContainerEngine
  let registry: Registry
  let sites = 0

  beforeAll(async () => {
    registry = await startRegistry()
    engine = await start(registry.address)
  })

  afterAll(async () => {
    await registry?.close()
    await engine?.[Symbol.asyncDispose]()
  })

  async function site() {
    const { stage, release, remove, path } = makeStage('dash')
    sites += 1
    const app = `shop${sites}`
    const port = await freePort()
    const place = { app, environment: 'test', root: stage.root, env: engine.env }
    const host = { name: 'h', roles: [], root: stage.root, env: engine.env }
    const service = (props: Props = {}) =>
      composeService.parse({
        kind: 'compose',
        ports: [port],
        env: { GREETING: 'a "b" $HOME' },
        ready: { timeout: '20s' },
        stop: { timeout: '10s' },
        ...props,
      })
    const send = stage.send
    const facts = async (it = service()) =>
      parseServiceFacts(await send(serviceFactsScript({ web: it }, place)))
    const planFor = async (it: ReturnType<typeof service>, next: string, previous?: string) => {
      const context = {
        app,
        environment: 'test',
        host,
        facts: await facts(it),
        release: next,
        secretNames: [],
      }
      return planServices({ web: it }, previous === undefined ? context : { ...context, previous })
    }
    const run = (step: Step) => stage.run(kindOf(step), step as never)
    const undo = (step: Step) => stage.undo(kindOf(step), step as never)
    const inspect = (step: Step) => stage.inspect(kindOf(step), step as never)
    const all = (plan: ServicePlan) => [...plan.before, ...plan.leave, ...plan.arrive, ...plan.settle]
    async function deploy(it: ReturnType<typeof service>, next: string, previous?: string) {
      const plan = await planFor(it, next, previous)
      for (const step of all(plan)) {
        const acted = await run(step)
        if (!acted.ok) return { plan, failed: { step, acted, problem: problemOf(step, acted) } }
      }
      return { plan, failed: undefined }
    }
    const problemOf = (step: Step, acted: Acted) =>
      acted.report && kindOf(step).explain?.(step as never, acted.report)
    const runs = async (it: ReturnType<typeof service>) =>
      (await facts(it)).composes[0]?.containers.filter(isContainerUp)
    const answer = async () => {
      try {
        return (await (await fetch(`http://127.0.0.1:${port}/release`)).text()).trim()
      } catch {
        return undefined
      }
    }
    return {
      ...{
        app,
        stage,
        place,
        port,
        service,
        facts,
        planFor,
        run,
        undo,
        inspect,
        all,
        deploy,
        runs,
        answer,
        path,
      },
      release: (id: string, files: Record<string, string> = {}) =>
        release(id, { 'compose.yaml': composeFile, ...files }),
      host,
      [Symbol.asyncDispose]: async () => {
        const left = await engine.run('ps', '-aq', '--filter', `label=com.docker.compose.project=${app}-test`)
        if (left !== '') await engine.run('rm', '-f', ...left.split('\n'))
        remove()
      },
    }
  }

  const fine = (deployed: { failed: { step: Step; acted: Acted } | undefined }) => {
    const { failed } = deployed
    if (failed)
      throw new Error(
        `${failed.step.id}: ${failed.acted.report?.key} ${failed.acted.report?.args.join('\n')}\n${failed.acted.output}`,
      )
  }
  const idOf = async (reference: string) =>
    `sha256:${(await engine.run('image', 'inspect', '-f', '{{.Id}}', reference)).replace('sha256:', '')}`
  const healthy = { script: appScript, health: 'test -e /www/release' }

  describe('by digest', () => {
    it('starts, is seen, restarts, gives way to the next and comes back with its own image', async () => {
      await using it = await site()
      const one = await registry.push('shop/web', 'v1', healthy)
      const two = await registry.push('shop/web', 'v2', { ...healthy, script: `echo two\n${appScript}` })
      const v1 = it.service({ images: { web: one }, ready: { health: true, timeout: '20s' } })
      const v2 = it.service({ images: { web: two } })
      it.release(r1)
      it.release(r2)

      const first = await it.deploy(v1, r1)
      fine(first)
      expect(await it.answer()).toBe(r1)
      for (const step of it.all(first.plan)) expect(await it.inspect(step), step.id).toBe('done')
      const seen = await it.facts(v1)
      expect(seen.composes[0]).toMatchObject({ engine: engine.engine, image: await idOf(one) })
      expect(statusRows({ web: v1 }, it.host, seen)).toMatchObject([
        {
          service: 'web',
          kind: 'compose',
          state: 'running',
          health: 'healthy',
          release: r1,
          image: await idOf(one),
          restarts: 0,
        },
      ])
      expect(statusRows({ web: v1 }, it.host, seen)[0]?.since).toBeGreaterThan(Date.now() - 600_000)
      const said = await it.stage.send(logsScript('web', v1, it.place, { follow: false, lines: 5 }) ?? '')
      expect(said).toContain(`started ${r1} a "b" $HOME`)
      const day = new Date().toISOString().slice(0, 10).replaceAll('-', '')
      expect(await idOf(`stellwerk/${it.app}-web:stable-${day}`)).toBe(await idOf(one))

      const again = planRestart(
        'web',
        { web: v1 },
        {
          ...{
            app: it.app,
            environment: 'test',
            host: it.host,
            facts: seen,
            release: r1,
            previous: r1,
            secretNames: [],
          },
        },
      )
      expect(again.before).toEqual([])
      for (const step of it.all(again)) expect((await it.run(step)).ok, step.id).toBe(true)
      expect(await it.answer()).toBe(r1)

      const second = await it.deploy(v2, r2, r1)
      fine(second)
      expect(await it.answer()).toBe(r2)
      expect((await it.facts(v2)).composes[0]?.containers.filter(isContainerUp)).toMatchObject([
        { release: r2, image: await idOf(two) },
      ])
      const takenBack = it.all(second.plan).filter(({ undo }) => undo.how === 'auto')
      for (const step of takenBack.toReversed()) expect((await it.undo(step)).ok, step.id).toBe(true)
      // Twice: an undo may be run again after a crash.
      for (const step of second.plan.leave) expect((await it.undo(step)).ok, step.id).toBe(true)
      expect(await it.answer()).toBe(r1)
      expect((await it.facts(v1)).composes[0]?.containers.filter(isContainerUp)).toMatchObject([
        { release: r1, image: await idOf(one) },
      ])
    })

    it('a release whose health check says no is a failure with its words, and the old one answers again', async () => {
      await using it = await site()
      const one = await registry.push('shop/sick', 'v1', healthy)
      const two = await registry.push('shop/sick', 'v2', {
        script: appScript,
        health: 'echo no database; exit 1',
      })
      it.release(r1)
      it.release(r2)
      fine(await it.deploy(it.service({ images: { web: one } }), r1))
      const { plan, failed } = await it.deploy(
        it.service({ images: { web: two }, ready: { timeout: '4s' } }),
        r2,
        r1,
      )
      expect(failed?.step.id).toBe('services/h/web/start')
      expect(failed?.problem).toMatchObject({ code: 'STW-S108' })
      expect(failed?.problem?.evidence).toContain('no database')
      for (const step of [...plan.before, ...plan.leave, ...plan.arrive].toReversed())
        expect((await it.undo(step)).ok, step.id).toBe(true)
      expect(await it.answer()).toBe(r1)
      expect(await engine.run('images', '-q', `stellwerk/${it.app}-web:${r2}`)).toBe('')
    })

    it('a first release that is taken back leaves nothing that could start by itself', async () => {
      await using it = await site()
      const one = await registry.push('shop/first', 'v1', healthy)
      it.release(r1)
      const { plan, failed } = await it.deploy(it.service({ images: { web: one } }), r1)
      expect(failed).toBeUndefined()
      for (const step of [...plan.before, ...plan.arrive].toReversed())
        expect((await it.undo(step)).ok, step.id).toBe(true)
      expect((await it.facts()).composes[0]?.containers).toEqual([])
    })
  })

  describe('by tag', () => {
    it('is fetched for each new release, although an older copy is here, and held fast for those that were', async () => {
      await using it = await site()
      const tagged = `${registry.address}/shop/moving:latest`
      await registry.push('shop/moving', 'latest', healthy)
      const v1 = it.service({ images: 'images.lock' })
      const lock = { 'images.lock': `# pinned\nother: nothing\nweb: ${tagged}` }
      it.release(r1, lock)
      fine(await it.deploy(v1, r1))
      const id = await idOf(tagged)

      const moved = await registry.push('shop/moving', 'latest', {
        ...healthy,
        script: `echo moved\n${appScript}`,
      })
      it.release(r2, lock)
      fine(await it.deploy(v1, r2, r1))
      expect(await it.runs(v1)).toMatchObject([{ release: r2, image: await idOf(tagged) }])
      expect(await idOf(tagged)).not.toBe(id)
      expect(await idOf(tagged)).toBe(await idOf(moved))

      // By the config, and by a plan that saw the older copy: what is there when it is fetched.
      await registry.push('shop/moving', 'latest', { ...healthy, script: `echo again\n${appScript}` })
      it.release(r3)
      fine(await it.deploy(it.service({ images: { web: tagged } }), r3, r2))
      expect(await it.runs(v1)).toMatchObject([{ release: r3, image: await idOf(tagged) }])
      expect(await idOf(tagged)).not.toBe(await idOf(moved))

      fine(await it.deploy(v1, r1, r3))
      expect(await it.runs(v1)).toMatchObject([{ release: r1, image: id }])
    })

    it('is the copy on the host when it cannot be fetched, and says so; never the old one of a silent registry', async () => {
      await using it = await site()
      const one = await registry.push('shop/built', 'v1', healthy)
      await engine.run('pull', one)
      const gone = `${registry.address}/shop/unknown:latest`
      const built = `localhost/shop-built-${it.app}:latest`
      await engine.run('tag', one, gone)
      await engine.run('tag', one, built)
      const imageStep = async (reference: string, release: string) => {
        it.release(release)
        const [step] = (await it.planFor(it.service({ images: { web: reference } }), release)).before
        if (!step) throw new Error('no step')
        const acted = await it.run(step)
        return { ...acted, said: kindOf(step).observe?.(step as never, acted.data)?.en }
      }
      const first = await imageStep(gone, r1)
      expect(first.ok).toBe(true)
      expect(first.said).toMatch(/could not be fetched \(.+\), so the one on the host is used$/)
      const second = await imageStep(gone, r2)
      expect([second.ok, second.report?.key]).toEqual([false, 'pull'])
      const local = await imageStep(built, r3)
      expect(local.ok).toBe(true)
      expect(local.said).toContain(`is used; the same image as ${r1}`)
      const fixed = await imageStep(await idOf(one), r2)
      expect([fixed.ok, fixed.data['unfetched']]).toEqual([true, undefined])
    })

    it('is read from the compose file when nothing else names it', async () => {
      await using it = await site()
      await registry.push('shop/own', 'v1', healthy)
      const own = `${registry.address}/shop/own:v1`
      it.release(r1, { 'compose.yaml': composeFile.replace('nothing/at-all:here', own) })
      fine(await it.deploy(it.service(), r1))
      expect(await it.answer()).toBe(r1)
    })
  })

  it('is as well as the worst of its containers, and its log is that of all', async () => {
    await using it = await site()
    const own = await registry.push('shop/many', 'v1', healthy)
    const other = await registry.push('shop/many', 'v2', { ...healthy, script: `echo other\n${appScript}` })
    const web = it.service({ images: { web: own } })
    it.release(r1)
    const deployed = await it.deploy(web, r1)
    fine(deployed)
    const start = deployed.plan.arrive.find(({ kind }) => kind === 'compose.start')
    if (!start) throw new Error('no start')
    const labels = {
      'com.docker.compose.project': `${it.app}-test`,
      'com.docker.compose.service': 'web',
      'com.docker.compose.oneoff': 'False',
      'stellwerk.release': r1,
    }
    const beside = (image: string, ...words: string[]) =>
      engine.run(
        ...['run', '-d', '--network', 'host', '-e', `RELEASE=${r1}`, '-e', 'PORT=9'],
        ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
        ...words,
        image,
        ...['/bin/sh', '-c', "trap 'exit 0' TERM; echo beside; sleep 600 & wait"],
      )
    const twin = await beside(own, '--health-cmd', 'true', '--health-interval', '200ms')
    await until('both are well', async () => (await it.inspect(start)) === 'done')
    const said = await it.stage.send(logsScript('web', web, it.place, { follow: false, lines: 5 }) ?? '')
    expect(said).toContain(`${twin.slice(0, 12)}  beside\n`)
    expect(said).toMatch(new RegExp(`^[0-9a-f]{12}  started ${r1}`, 'm'))
    await engine.run('rm', '-f', twin)

    const sick = await beside(
      own,
      '--health-cmd',
      'exit 1',
      '--health-interval',
      '200ms',
      '--health-retries',
      '1',
    )
    expect(await it.inspect(start), 'one is ill').toBe('undone')
    await engine.run('rm', '-f', sick)
    const wrong = await beside(other, '--health-cmd', 'true', '--health-interval', '200ms')
    await sleep(1000)
    expect(await it.inspect(start), 'one runs another image').toBe('undone')
    await engine.run('rm', '-f', wrong)
    expect(await it.inspect(start)).toBe('done')
  })

  it('images of releases that are gone lose their tags, those that are there keep theirs', async () => {
    await using it = await site()
    const images = await Promise.all(
      [r1, r2, r3].map(name =>
        registry.push('shop/kept', name, { ...healthy, script: `echo ${name}\n${appScript}` }),
      ),
    )
    let previous: string | undefined
    for (const [index, id] of [r1, r2, r3].entries()) {
      if (id === r3) rmSync(join(it.stage.root, 'releases', r1), { recursive: true })
      it.release(id)
      fine(await it.deploy(it.service({ images: { web: images[index] } }), id, previous))
      previous = id
    }
    const tags = (await engine.run('images', '--format', '{{.Repository}}:{{.Tag}}')).split('\n')
    const own = tags
      .filter(tag => tag.includes(`stellwerk/${it.app}-web:`))
      .map(tag => tag.replace(/^.*:/, ''))
    expect(own.filter(tag => !tag.startsWith('stable-')).toSorted()).toEqual([r2, r3])
  })

  it('an app that ignores TERM is killed when its time is over', async () => {
    await using it = await site()
    const deaf = await registry.push('shop/deaf', 'v1', {
      script: appScript.replace(/trap .*/, "trap '' TERM"),
    })
    it.release(r1)
    it.release(r2)
    const web = it.service({ images: { web: deaf }, stop: { timeout: '1s' } })
    fine(await it.deploy(web, r1))
    const [stop] = (await it.planFor(web, r2, r1)).leave
    const acted = stop && (await it.run(stop))
    expect(acted?.ok).toBe(true)
    expect(stop && (await it.inspect(stop))).toBe('done')
    expect(await it.answer()).toBeUndefined()
    expect(statusRows({ web }, it.host, await it.facts(web))).toMatchObject([
      { state: 'stopped', release: r1 },
    ])
  })

  it('says what is missing: the file, its sense, the image, a health check, a program that stays', async () => {
    await using it = await site()
    const plain = await registry.push('shop/plain', 'v1', { script: appScript })
    const short = await registry.push('shop/short', 'v1', { script: 'echo cannot work; exit 3' })
    const failing = async (props: Props, files: Record<string, string> = {}) => {
      it.release(r1, files)
      const { plan, failed } = await it.deploy(it.service({ ready: { timeout: '3s' }, ...props }), r1)
      for (const step of it.all(plan).toReversed()) if (step.undo.how === 'auto') await it.undo(step)
      return failed?.problem
    }
    expect((await failing({ images: { web: plain }, file: 'gone.yaml' }))?.code).toBe('STW-S102')
    expect((await failing({ images: { web: plain } }, { 'compose.yaml': 'services: [' }))?.code).toBe(
      'STW-S107',
    )
    expect((await failing({ images: { web: `${registry.address}/shop/none:v1` } }))?.code).toBe('STW-S104')
    expect((await failing({ images: 'images.lock' }, { 'images.lock': '' }))?.code).toBe('STW-S103')
    const wanted = { images: { web: plain }, ready: { health: true, timeout: '3s' } }
    expect((await failing(wanted))?.why?.en).toContain('has no health check')
    const ended = await failing({ images: { web: short } })
    expect(ended?.why?.en).toContain('exit code 3')
    expect(ended?.evidence).toContain('cannot work')
    // Seen running once, it is gone or born again at the next look; no port and no health check would tell.
    const brief = await registry.push('shop/brief', 'v1', { script: 'sleep 0.4; echo cannot work; exit 3' })
    for (const policy of ['no', 'always']) {
      const file = `services:\n  web:\n    image: nothing/at-all:here\n    restart: "${policy}"\n`
      const quiet = { images: { web: brief }, ports: [], ready: { timeout: '5s' } }
      const gone = await failing(quiet, { 'compose.yaml': file })
      expect([gone?.code, gone?.evidence], policy).toEqual([
        'STW-S108',
        expect.stringContaining('cannot work'),
      ])
    }
  })

  it('what nobody deployed is not taken over without a way back', async () => {
    await using it = await site()
    const own = await registry.push('shop/stranger', 'v1', healthy)
    it.release(r1, { 'compose.yaml': composeFile.replace('nothing/at-all:here', own) })
    const file = join(it.stage.root, 'releases', r1, 'compose.yaml')
    const env = { ...process.env, ...engine.env, PORT: String(it.port), GREETING: '', RELEASE: '' }
    // Not synchronously: the registry answers from this process.
    await execute('docker-compose', ['-p', `${it.app}-test`, '-f', file, 'up', '-d'], { env })
    const facts = await it.facts()
    expect(serviceBlockers({ web: it.service() }, { host: it.host, facts }).map(({ code }) => code)).toEqual([
      'STW-S111',
    ])
    expect(serviceBlockers({ web: it.service() }, { host: it.host, facts, previous: r1 })).toEqual([])
  })

  it('an engine that does not answer is no knowledge: the plan is refused, and so is the step', async () => {
    await using it = await site()
    const nowhere = {
      DOCKER_HOST: 'unix:///nowhere/d.sock',
      CONTAINERS_STORAGE_CONF: '/nowhere',
      CONTAINERS_CONF: '/nowhere',
    }
    const web = it.service({ engine: engine.engine, env: nowhere })
    const facts = await it.facts(web)
    expect(statusRows({ web }, it.host, facts)).toMatchObject([{ state: 'unknown' }])
    expect(serviceBlockers({ web }, { host: it.host, facts }).map(({ code }) => code)).toEqual(['STW-S100'])
    const [image] = (await it.planFor(web, r1)).before
    writeFileSync(join(it.stage.root, 'unused'), '')
    expect(image && (await it.run(image)).report?.key).toBe('no-engine')
    expect(image && (await it.inspect(image))).toBe('unknown')
  })

  it('goes forward and back by the hand of a person, with the image of each release', async () => {
    await using it = await site()
    const byHand = async (step: Step | undefined) => {
      if (!step) throw new Error('no step')
      const lines = kindOf(step).byHand?.(step as never, { root: it.stage.root }) ?? []
      // This machine has the compose tool as a program of its own.
      const script = lines.join('\n').replaceAll(/\b(docker|podman) compose\b/g, 'docker-compose')
      return it.stage.send(`set -e\n${script}\necho well\n`)
    }
    const named =
      'services:\n  web:\n    image: nothing/at-all:here\n    network_mode: host\n    environment: [PORT, GREETING]\n'
    const files = { 'compose.yaml': named }
    const images = [
      await registry.push('shop/hand', 'v1', healthy),
      await registry.push('shop/hand', 'v2', { ...healthy, script: `echo two\n${appScript}` }),
    ] as const
    const props = { engine: engine.engine, env: { GREETING: 'a "b" $HOME', ...engine.env } }
    const v1 = it.service({ ...props, images: { web: images[0] } })
    const v2 = it.service({ ...props, images: 'images.lock' })
    it.release(r1, files)
    it.release(r2, { ...files, 'images.lock': `other: x\nweb: ${images[1]}\n` })
    fine(await it.deploy(v1, r1))

    const on = await it.planFor(v2, r2, r1)
    for (const step of [...on.before, ...on.leave]) expect(await byHand(step), step.id).toMatch(/well$/m)
    expect(await it.runs(v2)).toEqual([])
    expect(await byHand(on.arrive[0])).toMatch(/well$/m)
    await until('the new one answers', async () => (await it.answer()) === r2)
    expect(await it.runs(v2)).toMatchObject([{ release: r2, image: await idOf(images[1]) }])

    // Nobody could fetch this one: what keeps the image is enough.
    const back = await it.planFor(it.service({ ...props, images: { web: '127.0.0.1:1/none' } }), r1, r2)
    for (const step of [...back.before, ...back.leave]) expect(await byHand(step), step.id).toMatch(/well$/m)
    expect(await byHand(back.arrive[0])).toMatch(/well$/m)
    await until('the old one answers', async () => (await it.answer()) === r1)
    const [now] = (await it.runs(v1)) ?? []
    expect(now).toMatchObject({ release: r1, image: await idOf(`stellwerk/${it.app}-web:${r1}`) })
    const said = await it.stage.send(logsScript('web', v1, it.place, { follow: false, lines: 5 }) ?? '')
    expect(said).toContain(`started ${r1} a "b" $HOME`)
  })

  it('goes back without a registry: the kept image is enough', async () => {
    await using it = await site()
    const one = await registry.push('shop/gone', 'v1', healthy)
    const two = await registry.push('shop/gone', 'v2', { ...healthy, script: `echo two\n${appScript}` })
    it.release(r1)
    it.release(r2)
    fine(await it.deploy(it.service({ images: { web: one } }), r1))
    fine(await it.deploy(it.service({ images: { web: two } }), r2, r1))
    // Even its name is gone from the host: what keeps it is the tag of the release.
    await engine.run('rmi', one)
    await registry.close()
    fine(await it.deploy(it.service({ images: { web: two } }), r1, r2))
    expect(await it.answer()).toBe(r1)
  })
}
