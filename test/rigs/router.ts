// The embedded router as hosts run it: one bundled file, a process of its own, orders by file.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Desired, Status, TargetAddress } from '../../src/traffic/router/protocol.ts'
import { freePort } from './free-port.ts'

const entry = new URL('../../src/traffic/router/main.ts', import.meta.url).pathname

/** Bundles the router into `directory` and returns the file's path. `banner` makes files with other content. */
export async function bundleRouter(directory: string, name = 'router.mjs', banner = ''): Promise<string> {
  const outfile = join(directory, name)
  await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
    banner: { js: banner },
    logLevel: 'error',
  })
  return outfile
}

export interface RouterOrder {
  readonly drainMs?: number
  readonly trustForwarded?: readonly string[]
  readonly health?: Desired['health']
}

export class RouterRig {
  readonly directory: string
  readonly file: string
  readonly state: string
  readonly port: number
  readonly #extra: readonly string[]
  readonly #node: string
  #child: ChildProcess | undefined
  #generation = 0
  #stderr = ''

  private constructor(directory: string, file: string, port: number, extra: readonly string[], node: string) {
    this.directory = directory
    this.file = file
    this.state = join(directory, 'state')
    this.port = port
    this.#extra = extra
    this.#node = node
  }

  /** Bundles, starts and waits until it serves. `node`: the program that runs it. */
  static async start(
    extra: readonly string[] = [],
    node = process.env['ROUTER_NODE'] ?? process.execPath,
  ): Promise<RouterRig> {
    const directory = await mkdtemp(join(tmpdir(), 'router-'))
    const rig = new RouterRig(directory, await bundleRouter(directory), await freePort(), extra, node)
    await rig.launch()
    return rig
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get stderr(): string {
    return this.#stderr
  }

  get arguments(): readonly string[] {
    return ['--state', this.state, '--listen', `127.0.0.1:${this.port}`, ...this.#extra]
  }

  async launch(): Promise<void> {
    await rm(join(this.state, 'router.pid'), { force: true })
    const child = spawn(this.#node, [this.file, ...this.arguments], { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr?.on('data', part => {
      this.#stderr += String(part)
    })
    this.#child = child
    await until('the router to serve', async () => {
      if (child.exitCode !== null) throw new Error(`the router ended: ${this.#stderr}`)
      return (await this.#read('router.pid')) !== undefined
    })
  }

  /** Orders a switch and returns its generation, without waiting. */
  async order(target: TargetAddress, order: RouterOrder = {}): Promise<number> {
    const desired: Desired = {
      generation: ++this.#generation,
      target,
      drainMs: order.drainMs ?? 5000,
      trustForwarded: order.trustForwarded ?? [],
      ...(order.health ? { health: order.health } : {}),
    }
    await this.put('desired.json', JSON.stringify(desired))
    return desired.generation
  }

  /** Puts a file into the state directory as a whole. */
  async put(name: string, content: string): Promise<void> {
    const temporary = join(this.state, '.test.tmp')
    await writeFile(temporary, content)
    await rename(temporary, join(this.state, name))
  }

  /** Orders a switch and waits until the router has decided. */
  async switch(slot: { port: number; release: string }, order: RouterOrder = {}): Promise<Status> {
    const generation = await this.order({ host: '127.0.0.1', port: slot.port, release: slot.release }, order)
    return this.until(status => status.generation === generation && status.state !== 'switching')
  }

  async status(): Promise<Status | undefined> {
    const text = await this.#read('status.json')
    return text === undefined ? undefined : (JSON.parse(text) as Status)
  }

  async until(wanted: (status: Status) => boolean): Promise<Status> {
    let last: Status | undefined
    await until('a status', async () => {
      last = await this.status()
      return last !== undefined && wanted(last)
    })
    return last as Status
  }

  /** Process that serves now. */
  async pid(): Promise<number> {
    return Number((await this.#read('router.pid'))?.split(' ')[0])
  }

  /** Sends a signal to the first process and waits for its end. */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const ended = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)))
    child.kill(signal)
    return ended
  }

  async close(): Promise<void> {
    const serving = await this.pid()
    await this.kill('SIGKILL')
    if (serving > 1 && serving !== this.#child?.pid) killQuietly(serving)
    await rm(this.directory, { recursive: true, force: true })
  }

  async #read(name: string): Promise<string | undefined> {
    return readFile(join(this.state, name), 'utf8').catch(() => undefined)
  }
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Polls until the condition holds; fails after half a minute with a name for what was missing. */
export async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** Sends raw bytes and returns everything that comes back until the other side closes, as Latin-1. */
export function raw(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      for (const part of parts) socket.write(part)
    })
    let answer = ''
    socket.setEncoding('latin1')
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no end of the answer; so far: ${answer}`)))
    socket.on('data', text => {
      answer += text
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}
