// The router's program: an embedded reverse proxy that switches between the slots of one service.
import { spawn } from 'node:child_process'
import { mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Arguments, parseArguments, usage } from './arguments.ts'
import { handOver, takeOver } from './handover.ts'
import type { Upgrade } from './protocol.ts'
import { Router } from './router.ts'
import { runningProcess, StateDirectory } from './state-directory.ts'

/** Grows when the files in the state directory change their meaning. */
const protocolVersion = 1
const waitMs = 20_000

async function main(words: readonly string[]): Promise<void> {
  const parent = words.at(-2) === '--child-of' ? words.at(-1) : undefined
  const own = parent === undefined ? words : words.slice(0, -2)
  const args = parseArguments(own)
  if (typeof args === 'string') {
    process.stderr.write(`${args}\n${usage}`)
    process.exitCode = 2
    return
  }
  if (args.version) process.stdout.write(`${protocolVersion}\n`)
  else if (args.takeOver) await replace(args, own)
  else if (args.daemon) await startInBackground(args, own)
  else await serve(args, parent)
}

async function serve(args: Arguments, parent: string | undefined): Promise<void> {
  const router = new Router(args, programFile())
  await router.directory.prepare()
  // Whoever read the log may be gone; a log line is not worth a request.
  process.stderr.on('error', () => {})
  process.on('uncaughtException', error => {
    // One connection met a bug. Ending would take every other user down with it, and nobody would start the router again.
    router.log.line(`bug: ${error.stack ?? error.message}`)
  })
  try {
    if (parent === 'router') await takeOver(router)
    else {
      const running = runningProcess(await router.directory.read('router.pid'))
      if (running !== undefined && running !== process.pid)
        throw new Error(`a router already runs as process ${running}`)
      await router.restore()
      await router.listen(new Map())
      await router.open()
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exit(1)
  }
  listenToSignals(router)
  if (parent === 'daemon') {
    process.send?.('serving')
    process.disconnect()
  }
}

function listenToSignals(router: Router): void {
  const end = async (polite: boolean): Promise<void> => {
    await router.end(polite)
    const mine = await router.directory.read('router.pid')
    if (runningProcess(mine) === process.pid) await router.directory.remove('router.pid')
    process.exit(0)
  }
  process.on('SIGTERM', () => void end(false))
  process.on('SIGINT', () => void end(false))
  process.on('SIGHUP', () => router.look())
  let busy = false
  router.directory.follow('upgrade.json', async () => {
    if (busy) return
    busy = true
    const upgrade = parseUpgrade(await router.directory.read('upgrade.json'))
    await router.directory.remove('upgrade.json')
    if (upgrade !== undefined) {
      router.log.line(`handing over to ${upgrade.file}`)
      const failure = await handOver(router, upgrade)
      if (failure === undefined) await end(true)
      router.log.line(`stays: ${failure}`)
      await router.directory.write('upgrade.problem', `${failure}\n`)
    }
    busy = false
  })
}

/** Starts the router detached from this process and its terminal; returns when it serves or says why it does not. */
async function startInBackground(args: Arguments, words: readonly string[]): Promise<void> {
  const log = args.log === undefined ? 'ignore' : openLog(resolve(args.log))
  const child = spawn(process.execPath, [programFile(), ...absolute(words, args), '--child-of', 'daemon'], {
    detached: true,
    stdio: ['ignore', log, 'pipe', 'ipc'],
    cwd: '/',
  })
  let complaint = ''
  child.stderr?.on('data', chunk => {
    complaint += String(chunk)
  })
  const serving = await new Promise<boolean>(done => {
    child.once('message', () => done(true))
    child.once('close', () => done(false))
    child.once('error', () => done(false))
  })
  if (!serving) {
    process.stderr.write(complaint || 'the router ended before it served\n')
    process.exitCode = 1
  }
  child.stderr?.destroy()
  child.unref()
}

/** Asks the running router to hand over to this file; starts one when none runs. */
async function replace(args: Arguments, words: readonly string[]): Promise<void> {
  const directory = new StateDirectory(args.state)
  await directory.prepare()
  const before = runningProcess(await directory.read('router.pid'))
  if (before === undefined) {
    await startInBackground(args, words)
    return
  }
  await directory.remove('upgrade.problem')
  const upgrade: Upgrade = { file: programFile(), node: process.execPath, arguments: absolute(words, args) }
  await directory.write('upgrade.json', JSON.stringify(upgrade))
  const until = Date.now() + waitMs
  while (Date.now() < until) {
    const now = runningProcess(await directory.read('router.pid'))
    if (now !== undefined && now !== before) return
    const problem = await directory.read('upgrade.problem')
    if (problem !== undefined) {
      process.stderr.write(problem)
      process.exitCode = 1
      return
    }
    await new Promise(done => setTimeout(done, 50))
  }
  await directory.remove('upgrade.json')
  process.stderr.write('the running router did not hand over in time\n')
  process.exitCode = 1
}

/** The words for a process with another working directory that is to serve in the foreground. */
function absolute(words: readonly string[], args: Arguments): string[] {
  const kept = words.filter(word => word !== '--daemon' && word !== '--take-over')
  return kept.map((word, index) => {
    if (kept[index - 1] === '--state') return resolve(args.state)
    return kept[index - 1] === '--log' ? resolve(word) : word
  })
}

function parseUpgrade(text: string | undefined): Upgrade | undefined {
  try {
    const value = JSON.parse(text ?? '') as Partial<Upgrade>
    if (typeof value.file !== 'string' || typeof value.node !== 'string' || !Array.isArray(value.arguments))
      return undefined
    return { file: value.file, node: value.node, arguments: value.arguments.map(String) }
  } catch {
    return undefined
  }
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true })
  return openSync(path, 'a', 0o600)
}

function programFile(): string {
  return resolve(process.argv[1] ?? '')
}

await main(process.argv.slice(2))
