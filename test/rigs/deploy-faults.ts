// Broken deployments as one list, by the stage that each needs: a stage is brought up once, and its faults follow one another on it.
import type { Fault, Verdict } from './deploy-fault.ts'
import {
  type AblageStage,
  openAblageStage,
  openServiceheftStage,
  type ServiceheftStage,
} from './deploy-fault-examples.ts'
import { type FaultShop, openFaultShop } from './deploy-fault-shop.ts'
import { type FaultStage, tryFault } from './deploy-fault-stage.ts'
import { faultsBefore } from './deploy-faults-before.ts'
import { faultsOfAblage, faultsOfServiceheft } from './deploy-faults-examples.ts'
import { faultsAtTheGate } from './deploy-faults-gate.ts'
import { faultsOfTheRelease } from './deploy-faults-release.ts'

/** What a table needs to know of a fault. */
export type FaultRow = Omit<Fault, 'make'>

export interface Staged {
  readonly stage: string
  readonly rows: readonly FaultRow[]
  open(): Promise<OpenStage>
}

export interface OpenStage extends AsyncDisposable {
  attempt(id: string): Promise<Verdict>
}

export const stages: readonly Staged[] = [
  staged<FaultShop>('shop', openFaultShop, [...faultsBefore, ...faultsAtTheGate, ...faultsOfTheRelease]),
  staged<ServiceheftStage>('serviceheft', openServiceheftStage, faultsOfServiceheft),
  staged<AblageStage>('ablage', openAblageStage, faultsOfAblage),
]

function staged<Stage extends FaultStage>(
  stage: string,
  open: () => Promise<Stage>,
  faults: readonly Fault<Stage>[],
): Staged {
  const isRoot = process.getuid?.() === 0
  const able = faults.filter(({ root }) => !root || isRoot)
  return {
    stage,
    rows: able,
    open: async () => {
      const opened = await open()
      return {
        attempt: id => {
          const fault = able.find(candidate => candidate.id === id)
          if (!fault) throw new Error(`no fault ${id}`)
          return tryFault(opened, fault)
        },
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      }
    },
  }
}

/** Phases in which users already get the new release, because what they get is what is proven. */
export const afterTheSwitch = ['verify']

/** What differs from what a row demands; empty when it is as it says. */
export function shortfalls(
  row: FaultRow,
  { phase, code, said, evidence, oldServes, seen }: Verdict,
): readonly string[] {
  const faults = [
    phase === row.phase || phase === row.orElse ? '' : `stopped at ${phase}, expected ${row.phase}`,
  ]
  if (row.phase !== 'never') {
    faults.push(row.code === undefined || code === row.code ? '' : `${code}, expected ${row.code}`)
    faults.push(row.says.test(said) || row.says.test(evidence) ? '' : `said: ${said}: ${evidence}`)
    faults.push(oldServes ? '' : 'the old release does not serve')
    faults.push(
      afterTheSwitch.includes(phase) || seen.bad === 0 ? '' : `users saw it: ${seen.reasons.join(', ')}`,
    )
  }
  faults.push(seen.requests > 0 ? '' : 'nobody looked')
  return faults.filter(fault => fault !== '')
}
