// Changes the state of a release in its own record.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { layout } from '../layout.ts'
import type { ReleaseRecord } from '../record.ts'
import { writeRecord } from './fragment.ts'

export interface StateStep extends Step {
  readonly kind: 'release.state'
  readonly host: string
  readonly root: string
  readonly record: ReleaseRecord
  /** What the undo writes. */
  readonly before: ReleaseRecord
}

export const stateKind: HostKind<StateStep> = {
  at: 'host',
  run: step => write(step, step.record),
  undo: step =>
    `[ -d ${quote(layout.release(step.root, step.before.id))} ] || exit 0\n${write(step, step.before)}`,
  inspect: step =>
    `if grep -q ${quote(`"state": "${step.record.state}"`)} ${quote(`${layout.release(step.root, step.record.id)}/.stellwerk.json`)}; then echo done; else echo undone; fi`,
  describe: step =>
    text(
      `Mark ${step.record.id} as ${step.record.state}`,
      `${step.record.id} als ${step.record.state} vermerken`,
    ),
}

function write(step: StateStep, record: ReleaseRecord): string {
  return writeRecord(record, quote(layout.release(step.root, record.id)))
}
