// An app of containers, from the first deploy to the way back: a release whose health check says no leaves the old image
// answering, kill -9 leaves one of the two, and a rollback needs no registry.
import { readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { appScript, composeFile } from '../contracts/compose-contract.ts'
import type { ContainerEngine } from '../rigs/container-engine.ts'
import { crashAt } from '../rigs/crash.ts'
import { startDocker } from '../rigs/docker.ts'
import { freePort } from '../rigs/free-port.ts'
import { startPodman } from '../rigs/podman.ts'
import { type Registry, startRegistry } from '../rigs/registry.ts'
import { openStory, type Story, tailOf } from '../rigs/story.ts'

const healthy = 'test -e /www/release'

async function openContainers(engine: ContainerEngine, registry: Registry) {
  const port = await freePort()
  const story = await openStory({
    app: 'static',
    document: () => ({
      services: {
        web: {
          kind: 'compose',
          images: 'images.lock',
          ports: [port],
          env: { ...engine.env, GREETING: 'hello' },
          ready: { path: '/release', timeout: '20s', health: true },
          stop: { timeout: '5s' },
        },
      },
      router: undefined,
      verify: { identity: { url: '/release', text: true, retries: 3, every: '100ms' } },
    }),
  })
  const bundle = async (name: string, health: string) =>
    story.bundle(name, 'fine', {
      'compose.yaml': composeFile,
      'images.lock': `web ${await registry.push('story/web', name, { script: `echo ${name}\n${appScript}`, health })}\n`,
    })
  const answer = async () => (await (await fetch(`http://127.0.0.1:${port}/release`)).text()).trim()
  return { story, bundle, answer, [Symbol.asyncDispose]: () => story[Symbol.asyncDispose]() }
}

test('docker: deploys, refuses a sick image, survives kill -9, and goes back without a registry', async () => {
  await using registry = await startRegistry()
  await using engine = await startDocker()
  await using containers = await openContainers(engine, registry)
  const { story, bundle, answer } = containers
  const current = async () => basename(await readlink(join(story.hosts[0]?.root ?? '', 'current')))

  const v1 = await story.deployed(await bundle('v1', healthy))
  expect(await answer()).toBe(v1)

  const sick = await story.run('deploy', '--bundle', await bundle('v2', 'echo no database; exit 1'))
  expect(sick.code, tailOf(sick)).toBe(1)
  expect(sick.said).toContain('STW-S108')
  expect(sick.said).toContain('no database')
  expect(await answer()).toBe(v1)
  expect(await serviceOf(story)).toMatchObject({ state: 'running', health: 'healthy', release: v1 })

  const v3 = await bundle('v3', healthy)
  let deployed = v1
  let hits = 0
  for (const records of [6, 14, 20]) {
    const crash = await crashAt(story, ['deploy', '--bundle', v3], records)
    if (!crash.hit) break
    hits += 1
    const recovered = await story.run('recover')
    expect(recovered.code, `${crash.last}\n${tailOf(recovered)}`).toBeLessThan(2)
    deployed = await current()
    expect(await answer(), crash.last).toBe(deployed)
  }
  expect(hits).toBeGreaterThan(0)
  if (deployed === v1) await story.deployed(v3)

  const logs = await story.run('logs', 'web')
  expect(logs.out).toContain('hello')
  const exec = await story.run('exec', '--json', '--', 'sh', '-c', 'exit 7')
  expect(exec.code).toBe(1)
  expect(exec.out).toContain('"exit":7')
  const shell = await story.run('shell')
  expect([shell.code, shell.said]).toEqual([2, expect.stringContaining('STW-S130')])
  expect((await story.run('restart', 'web')).code).toBe(0)
  expect(await answer()).toBe(await current())

  await registry.close()
  const back = await story.run('rollback', '--to', v1)
  expect(back.code, tailOf(back)).toBe(0)
  expect(await answer()).toBe(v1)
})

test('podman: deploys, and goes back without a registry', async () => {
  await using registry = await startRegistry()
  await using engine = await startPodman(registry.address)
  await using containers = await openContainers(engine, registry)
  const { story, bundle, answer } = containers

  const v1 = await story.deployed(await bundle('v1', healthy))
  const v2 = await story.deployed(await bundle('v2', healthy))
  expect(await answer()).toBe(v2)
  expect(await serviceOf(story)).toMatchObject({ state: 'running', health: 'healthy', release: v2 })

  await registry.close()
  const back = await story.run('rollback')
  expect(back.code, tailOf(back)).toBe(0)
  expect(await answer()).toBe(v1)
})

async function serviceOf(story: Story) {
  const { document } = await story.run('status')
  const hosts = document?.['hosts'] as readonly { services: readonly Record<string, unknown>[] }[]
  return hosts[0]?.services[0]
}
