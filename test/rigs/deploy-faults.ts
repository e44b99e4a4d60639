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
import { moreFaultsOfAblage } from './deploy-faults-ablage.ts'
import { faultsBefore } from './deploy-faults-before.ts'
import { faultsOfAblage, faultsOfServiceheft } from './deploy-faults-examples.ts'
import { faultsAtTheGate } from './deploy-faults-gate.ts'
import { faultsOfTheRelease } from './deploy-faults-release.ts'
import { full } from './full.ts'
import type { Seen } from './user-probe.ts'

/** What a table needs to know of a fault. */
export type FaultRow = Omit<Fault, 'make' | 'later'>

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
  staged<AblageStage>('ablage', openAblageStage, [...faultsOfAblage, ...(full ? moreFaultsOfAblage : [])]),
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

/** What differs from what a row demands; empty when it is as it says. */
export function shortfalls(
  row: FaultRow,
  { phase, code, said, evidence, oldServes, seen, open, later }: Verdict,
): readonly string[] {
  const faults = [
    phase === row.phase || phase === row.orElse ? '' : `stopped at ${phase}, expected ${row.phase}`,
  ]
  if (row.phase !== 'never') {
    faults.push(row.code === undefined || code === row.code ? '' : `${code}, expected ${row.code}`)
    faults.push(row.says.test(said) || row.says.test(evidence) ? '' : `said: ${said}: ${evidence}`)
    faults.push(oldServes ? '' : 'the old release does not serve')
    faults.push(...seenWrongly(row, seen, open))
  }
  faults.push(later)
  faults.push(seen.requests > 0 ? '' : 'nobody looked')
  return faults.filter(fault => fault !== '')
}

/** Where a row says that users get the bad release, they get that release and no error, and only while it is proven and taken back. */
function seenWrongly({ reaches }: FaultRow, { bad, span, reasons }: Seen, open: number): readonly string[] {
  if (reaches === undefined) return bad === 0 ? [] : [`users saw it: ${reasons.join(', ')}`]
  const errors = reasons.filter(reason => !/^\d{8}_\d{6}-[0-9a-f]{7}$/.test(reason))
  return [
    errors.length === 0 ? '' : `users met errors: ${errors.join(', ')}`,
    span <= open ? '' : `users saw it for ${span} ms, the switch, the proof and the way back took ${open} ms`,
  ]
}
