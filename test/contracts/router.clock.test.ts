// The clock of a host that is set while the router runs: nobody is held longer and nobody is cut for it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { parseArguments } from '../../src/traffic/router/arguments.ts'
import { Router } from '../../src/traffic/router/router.ts'
import { freePort } from '../rigs/free-port.ts'

afterEach(() => vi.useRealTimers())

it.each([
  ['back', -3_600_000, 1500],
  ['forward', 3_600_000, 3000],
])('set %s', async (_, jump, pauseMs) => {
  const state = await mkdtemp(join(tmpdir(), 'router-clock-'))
  const port = await freePort()
  const order = { order: 'run-1', mode: 'pause', pauseMs, allow: [], pages: state, language: 'en' }
  await writeFile(join(state, 'maintenance.json'), JSON.stringify(order))
  const args = parseArguments(['--state', state, '--listen', `127.0.0.1:${port}`])
  if (typeof args === 'string') throw new Error(args)
  const router = new Router(args, 'none')
  await router.restore()
  await router.listen(new Map())

  const from = performance.now()
  const held = fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(15_000) })
  await new Promise(resolve => setTimeout(resolve, 300))
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + jump })
  expect((await held).status).toBe(503)
  expect(performance.now() - from).toBeGreaterThanOrEqual(pauseMs - 20)
  vi.useRealTimers()
  await router.end(false)
  await rm(state, { recursive: true })
})
