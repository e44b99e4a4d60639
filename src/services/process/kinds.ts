// The two step kinds of a process: start and stop are each other's undo.
import { formatDuration } from '../../core/duration.ts'
import { text } from '../../core/lang.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { startByHand, stopByHand } from '../by-hand.ts'
import { inspectStart, inspectStop } from './inspect.ts'
import { processProblem } from './problems.ts'
import type { ProcessSpec } from './spec.ts'
import { startFragment } from './start.ts'
import { stopFragment } from './stop.ts'

export interface ServiceStart extends Step {
  readonly kind: 'service.start'
  readonly spec: ProcessSpec
}

export interface ServiceStop extends Step {
  readonly kind: 'service.stop'
  /** What is stopped, complete: its undo starts it again. */
  readonly spec: ProcessSpec
}

function place(spec: ProcessSpec): string {
  return spec.port === undefined ? '' : ` :${spec.port}`
}

export const serviceStart: HostKind<ServiceStart> = {
  at: 'host',
  run: (step, { root }) => startFragment(step.spec, root),
  undo: (step, { root }) => stopFragment(step.spec, root),
  inspect: (step, { root }) => inspectStart(step.spec, root),
  byHand: startByHand,
  describe: ({ spec }) => {
    const limit = formatDuration(spec.ready)
    return text(
      `start ${spec.service}${place(spec)} from ${spec.release}, ready within ${limit}`,
      `${spec.service}${place(spec)} aus ${spec.release} starten, bereit in höchstens ${limit}`,
    )
  },
  explain: ({ spec }, report) => processProblem(spec.service, spec.release, report),
  secrets: ({ spec }) => spec.secrets,
}

export const serviceStop: HostKind<ServiceStop> = {
  at: 'host',
  run: (step, { root }) => stopFragment(step.spec, root),
  undo: (step, { root }) => startFragment(step.spec, root, { asBefore: true }),
  inspect: (step, { root }) => inspectStop(step.spec, root),
  byHand: stopByHand,
  describe: ({ spec }) => {
    const limit = formatDuration(spec.stop.timeout)
    return text(
      `stop ${spec.service}${place(spec)} of ${spec.release} with ${spec.stop.signal}, KILL after ${limit}`,
      `${spec.service}${place(spec)} von ${spec.release} mit ${spec.stop.signal} anhalten, KILL nach ${limit}`,
    )
  },
  explain: ({ spec }, report) => processProblem(spec.service, spec.release, report),
  secrets: ({ spec }) => spec.secrets,
}
