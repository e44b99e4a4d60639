// restore finish: drops what restores kept. From its first step there is no way back.
import type { Kept } from '../backup/kept.ts'
import type { DropStep } from '../backup/steps/restore/drop.ts'
import type { Config } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Plan } from '../engine/plan.ts'
import type { HostFacts } from './facts.ts'
import { planOf } from './plan-frame.ts'
import { noUndo, second } from './release-steps.ts'
import type { DatabaseStore } from './stores.ts'

export interface KeptStore {
  readonly store: DatabaseStore
  readonly kept: readonly Kept[]
}

export interface FinishInput {
  readonly config: Config
  readonly facts: ReadonlyMap<string, HostFacts>
  readonly stores: readonly KeptStore[]
  readonly run: string
  readonly by: string
  readonly now: Date
}

export function compileRestoreFinish(input: FinishInput): Plan {
  return planOf(input, {
    procedure: 'restore-finish',
    hosts: input.config.hosts,
    onHostFailure: 'undo',
    phases: [
      {
        id: 'settle',
        title: text('Drop what was kept', 'Aufgehobenes löschen'),
        steps: input.stores.flatMap(({ store, kept }) => kept.map(({ name }) => dropStep(store, name))),
      },
    ],
    summary: { dropped: input.stores.flatMap(({ kept }) => kept.map(({ name }) => name)), by: input.by },
  })
}

function dropStep({ name, host, access }: DatabaseStore, target: string): DropStep {
  return {
    id: `drop/${host.name}/${target.slice(target.lastIndexOf('/') + 1)}`,
    kind: 'restore.drop',
    host: host.name,
    store: name,
    access,
    target,
    title: text(`Drop ${target}`, `${target} löschen`),
    timeout: 600 * second,
    undo: noUndo('it is gone for good', 'es ist endgültig weg'),
  }
}
