// Runs the steps of one group on one host: sends the script, follows its frames, and says what is known afterwards.
import { PassThrough, type Readable } from 'node:stream'
import type { Text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { type Act, composeGroup } from './compose.ts'
import type { EngineDeps } from './engine.ts'
import { parseFrame, splitFrame } from './frames.ts'
import type { Ending, Host } from './host.ts'
import type { HostRun } from './host-run.ts'
import type { Plan, PlanHost } from './plan.ts'
import { fencedProblem, journalProblem, stepProblem } from './problems.ts'

export interface GroupResult {
  /** all: every step ended well. failed: a step ended badly. stopped: the script stopped before a step, on purpose.
   *  unknown: the connection or the script died; the host has to be asked. */
  readonly outcome: 'all' | 'failed' | 'stopped' | 'unknown'
  readonly problem?: Problem
  /** Why a stopped script stopped. */
  readonly stop?: string
  readonly ending: Ending
}

export interface GroupOptions {
  readonly mode: 'run' | 'undo'
  readonly abortable: boolean
  readonly close?: string
}

/** Milliseconds on top of the steps' own time-outs before the script as a whole is given up. */
const slack = 30_000

export async function runGroup(
  plan: Plan,
  place: PlanHost,
  run: HostRun,
  acts: readonly Act[],
  options: GroupOptions,
  deps: EngineDeps,
): Promise<GroupResult> {
  const host = hostOf(deps, place.name)
  const nonce = Buffer.from(deps.random(8)).toString('hex')
  const secrets = secretsOf(acts, deps)
  const script = composeGroup({
    plan,
    root: place.root,
    token: run.token,
    nonce,
    mode: options.mode,
    acts,
    secrets,
    abortable: options.abortable,
    begin: !run.begun,
    ...(options.close === undefined ? {} : { close: options.close }),
  })
  const follower = new Follower(acts, options.mode, run, nonce, deps)
  const streaming = options.mode === 'run' ? acts.find(act => act.kind.stream !== undefined) : undefined
  const stdin = streaming ? await openStream(streaming, deps) : undefined
  const execution = await host.run(script, {
    timeout: acts.reduce((sum, act) => sum + act.step.timeout, slack),
    plain: Object.keys(secrets).length === 0,
    onLine: (line, stream) => follower.line(line, stream),
    ...(stdin ? { stdin } : {}),
  })
  if (follower.begun) run.begun = true
  return follower.result(execution.ending, execution.stderr)
}

export function hostOf(deps: EngineDeps, name: string): Host {
  const host = deps.hosts.get(name)
  if (!host) throw new Error(`no connection for host ${name}`)
  return host
}

function secretsOf(acts: readonly Act[], deps: EngineDeps): Record<string, string> {
  const values: Record<string, string> = {}
  for (const { step, kind } of acts) {
    for (const name of kind.secrets?.(step) ?? []) {
      const value = deps.secret(name)
      if (value !== undefined) values[name] = value
    }
  }
  return values
}

// Counts what passes, so that a long upload shows its progress.
async function openStream(act: Act, deps: EngineDeps): Promise<Readable> {
  const source = await act.kind.stream?.(act.step)
  const counter = new PassThrough()
  let done = 0
  let shown = 0
  counter.on('data', (chunk: Buffer) => {
    done += chunk.length
    if (done - shown < 262_144) return
    shown = done
    deps.emit({
      code: 'STW-E007',
      type: 'progress',
      step: act.step.id,
      ...hostField(act),
      done,
      unit: 'bytes',
    })
  })
  counter.pause()
  source?.on('error', error => counter.destroy(error))
  source?.pipe(counter)
  return counter
}

function observedField(act: Act, data: Readonly<Record<string, string>>): { observed?: Text } {
  const observed = act.kind.observe?.(act.step, data)
  return observed ? { observed } : {}
}

function hostField(act: Act): { host?: string } {
  return act.step.host === undefined ? {} : { host: act.step.host }
}

/** Follows the frames of one script and keeps the state of its steps. */
class Follower {
  begun = false
  readonly #acts: readonly Act[]
  readonly #mode: 'run' | 'undo'
  readonly #run: HostRun
  readonly #nonce: string
  readonly #deps: EngineDeps
  readonly #reports: string[] = []
  #current: Act | undefined
  #startedAt = 0
  #ended = 0
  #data: Record<string, string> = {}
  #tail: string[] = []
  #stop: string | undefined
  #problem: Problem | undefined

  constructor(acts: readonly Act[], mode: 'run' | 'undo', run: HostRun, nonce: string, deps: EngineDeps) {
    this.#acts = acts
    this.#mode = mode
    this.#run = run
    this.#nonce = nonce
    this.#deps = deps
  }

  line(raw: string, stream: 'stdout' | 'stderr'): void {
    const [before, rest] = stream === 'stdout' ? splitFrame(raw, this.#nonce) : ['', raw]
    if (before !== '') this.#output(before)
    const frame = stream === 'stdout' ? parseFrame(rest, this.#nonce) : undefined
    if (!frame) {
      this.#output(rest)
      return
    }
    switch (frame.type) {
      case 'begin':
        this.#begin(frame.index)
        return
      case 'data':
        this.#data[frame.key] = this.#deps.redact(frame.value)
        return
      case 'report':
        this.#reports.push(this.#deps.redact(frame.line))
        return
      case 'end':
        this.#end(frame.code)
        return
      case 'stop':
        this.#stop = frame.why
        return
      case 'closed':
        this.#run.closed = true
        return
      case 'answer':
        return
    }
  }

  #begin(index: number): void {
    const act = this.#acts[index]
    this.begun = true
    this.#current = act
    this.#startedAt = this.#deps.now().getTime()
    this.#data = {}
    this.#reports.length = 0
    this.#tail = []
    if (!act) return
    this.#run.steps.set(act.step.id, this.#mode === 'run' ? 'intent' : 'undo-intent')
    this.#deps.emit({
      code: 'STW-E004',
      type: 'step.begin',
      step: act.step.id,
      ...hostField(act),
      title: this.#mode === 'undo' && act.step.undo.how === 'auto' ? act.step.undo.title : act.step.title,
      ...(this.#mode === 'undo' ? { undo: true } : {}),
    })
  }

  #end(code: number): void {
    const act = this.#current
    if (!act) return
    this.#ended++
    const good = code === 0
    if (this.#mode === 'run') this.#run.steps.set(act.step.id, good ? 'done' : 'failed')
    else this.#run.steps.set(act.step.id, good ? 'undone' : 'undo-failed')
    if (!good) this.#problem ??= stepProblem(act, code, this.#mode, this.#reports, this.#tail)
    this.#deps.emit({
      code: 'STW-E005',
      type: 'step.end',
      step: act.step.id,
      ...hostField(act),
      ms: this.#deps.now().getTime() - this.#startedAt,
      verdict: good ? 'pass' : 'fail',
      ...observedField(act, this.#data),
      ...(Object.keys(this.#data).length > 0 ? { data: this.#data } : {}),
      ...(this.#mode === 'undo' ? { undo: true } : {}),
    })
    this.#current = undefined
  }

  #output(line: string): void {
    const text = this.#deps.redact(line)
    this.#tail.push(text)
    if (this.#tail.length > 20) this.#tail.shift()
    const act = this.#current
    this.#deps.emit({
      code: 'STW-E006',
      type: 'output',
      ...(act ? { step: act.step.id, ...hostField(act) } : {}),
      line: text,
    })
  }

  result(ending: Ending, stderr: string): GroupResult {
    if (this.#problem) return { outcome: 'failed', problem: this.#problem, ending }
    if (this.#stop !== undefined)
      return { outcome: 'stopped', stop: this.#stop, ending, ...this.#stopProblem() }
    if (ending.kind === 'exit' && ending.code === 0 && this.#ended === this.#acts.length)
      return { outcome: 'all', ending }
    // Anything else is not knowledge: an exit code without all frames is as little an answer as a lost line.
    const why = stderr.trim().split('\n').slice(-3).join(' ')
    return {
      outcome: 'unknown',
      ending: ending.kind === 'exit' ? { kind: 'lost', why: this.#deps.redact(why) } : ending,
    }
  }

  #stopProblem(): { problem?: Problem } {
    const host = this.#acts[0]?.step.host ?? ''
    if (this.#stop === 'fenced') return { problem: fencedProblem(host) }
    if (this.#stop === 'abort') return {}
    return { problem: journalProblem(host, this.#tail) }
  }
}
