// A place on this machine where steps of services run exactly as on a host: the engine's own script, in a shell of
// choice, with nothing but that shell's tools.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quote } from '../../src/core/shell.ts'
import { composeGroup, composeInspect } from '../../src/engine/compose.ts'
import { parseFrame, splitFrame } from '../../src/engine/frames.ts'
import type { Plan } from '../../src/engine/plan.ts'
import type { HostKind, Report, Step } from '../../src/engine/step.ts'

export type Shell = 'dash' | 'bash' | 'busybox'

export interface Acted {
  readonly ok: boolean
  readonly report: Report | undefined
  readonly data: Readonly<Record<string, string>>
  readonly output: string
}

/** How a script gets to the host: returns everything it printed. */
export type Send = (script: string) => Promise<string>

export class Stage {
  readonly root: string
  readonly send: Send

  constructor(root: string, send: Send) {
    this.root = root
    this.send = send
  }

  run<S extends Step>(kind: HostKind<S>, step: S, secrets: Record<string, string> = {}): Promise<Acted> {
    return this.#act(kind, step, 'run', secrets)
  }

  undo<S extends Step>(kind: HostKind<S>, step: S, secrets: Record<string, string> = {}): Promise<Acted> {
    return this.#act(kind, step, 'undo', secrets)
  }

  async inspect<S extends Step>(kind: HostKind<S>, step: S): Promise<string> {
    const act = { step, kind: kind as unknown as HostKind<Step> }
    const out = await this.send(
      composeInspect({ plan: plan(step), root: this.root, token: 1, nonce, acts: [act] }),
    )
    for (const frame of frames(out)) if (frame?.type === 'answer') return frame.value
    return `no answer: ${out}`
  }

  async #act<S extends Step>(
    kind: HostKind<S>,
    step: S,
    mode: 'run' | 'undo',
    secrets: Record<string, string>,
  ): Promise<Acted> {
    const act = { step, kind: kind as unknown as HostKind<Step> }
    const state = quote(`${this.root}/.stellwerk`)
    const lock = `mkdir -p ${state}/runs/r1; printf '%s\\n' '{"run":"r1","token":1,"v":1}' >${state}/lock\n`
    const out = await this.send(
      lock +
        composeGroup({
          plan: plan(step),
          root: this.root,
          token: 1,
          nonce,
          mode,
          acts: [act],
          secrets,
          begin: false,
          abortable: true,
        }),
    )
    const data: Record<string, string> = {}
    const lines: string[] = []
    let code: number | undefined
    for (const frame of frames(out)) {
      if (frame?.type === 'data') data[frame.key] = frame.value
      if (frame?.type === 'report') lines.push(frame.line)
      if (frame?.type === 'end') code = frame.code
    }
    const [key, ...args] = lines
    return { ok: code === 0, report: key === undefined ? undefined : { key, args }, data, output: out }
  }
}

const nonce = 'n0'

function frames(out: string) {
  return out.split('\n').map(line => parseFrame(splitFrame(line, nonce)[1], nonce))
}

function plan(step: Step): Plan {
  return {
    schema: 'stellwerk.plan/1',
    procedure: 'deploy',
    run: 'r1',
    app: 'shop',
    environment: 'test',
    createdAt: '2026-11-21T02:15:00Z',
    hosts: [],
    factsDigest: '',
    policy: 'undo',
    onHostFailure: 'undo',
    phases: [{ id: 'only', title: { en: 'only', de: 'nur' }, steps: [step] }],
    commit: '',
    summary: {},
  }
}

const applets =
  'sh ash setsid dd wc tail head mv cp rm mkfifo cat sleep date env printf grep tr readlink ls mkdir tee cut mktemp sync kill nohup touch base64 gzip ln chmod timeout'.split(
    ' ',
  )

/** PATH in which `sh` is that shell; for busybox there is nothing else in it. */
function shellPath(shell: Shell, directory: string): string {
  mkdirSync(directory, { recursive: true })
  const real = (name: string) => execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
  if (shell === 'busybox') for (const name of applets) symlinkSync(real('busybox'), join(directory, name))
  else symlinkSync(real(shell), join(directory, 'sh'))
  return shell === 'busybox' ? directory : `${directory}:/usr/bin:/bin`
}

/** Resolves when the script AND everything that holds its output has ended: a service that kept a descriptor hangs here. */
export function sendLocally(path: string): Send {
  return async script => {
    const child = spawn(join(path.split(':')[0] ?? '', 'sh'), ['-s'], {
      env: { PATH: path, HOME: tmpdir() },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', chunk => (out += chunk))
    child.stderr.setEncoding('utf8').on('data', chunk => (out += chunk))
    child.stdin.end(script)
    await once(child, 'close')
    return out
  }
}

export function makeStage(shell: Shell): {
  stage: Stage
  path: string
  release: (id: string, files: Record<string, string>) => void
  remove: () => void
} {
  const home = mkdtempSync(join(tmpdir(), 'stellwerk-services-'))
  const root = join(home, 'app')
  mkdirSync(join(root, 'releases'), { recursive: true })
  const path = shellPath(shell, join(home, 'bin'))
  return {
    stage: new Stage(root, sendLocally(path)),
    path,
    release(id, files) {
      const directory = join(root, 'releases', id)
      mkdirSync(directory, { recursive: true })
      for (const [name, content] of Object.entries(files)) {
        writeFileSync(join(directory, name), content)
        chmodSync(join(directory, name), 0o755)
      }
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

/** Polls until the condition holds; throws with `what` when it does not for half a minute. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}

/** Alive and not a zombie. */
export function alive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
