// What happens, as typed data with stable codes. The engine emits; presenters turn it into a live tree, plain lines or
// NDJSON. Nothing here knows a terminal.
import type { Text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { Verdict } from '../core/verdict.ts'
import type { CheckResult } from './check-result.ts'
import type { Plan } from './plan.ts'

export type Event =
  | { readonly code: 'STW-E001'; readonly type: 'run.begin'; readonly plan: Plan }
  | { readonly code: 'STW-E002'; readonly type: 'phase.begin'; readonly phase: string; readonly title: Text }
  | {
      readonly code: 'STW-E003'
      readonly type: 'phase.end'
      readonly phase: string
      readonly ms: number
      readonly ok: boolean
    }
  | {
      readonly code: 'STW-E004'
      readonly type: 'step.begin'
      readonly step: string
      readonly host?: string
      readonly title: Text
      readonly undo?: boolean
    }
  | {
      readonly code: 'STW-E005'
      readonly type: 'step.end'
      readonly step: string
      readonly host?: string
      readonly ms: number
      readonly verdict: Verdict
      readonly observed?: Text
      readonly data?: Readonly<Record<string, string>>
      readonly undo?: boolean
    }
  | {
      readonly code: 'STW-E006'
      readonly type: 'output'
      readonly step?: string
      readonly host?: string
      readonly line: string
    }
  | {
      readonly code: 'STW-E007'
      readonly type: 'progress'
      readonly step: string
      readonly host?: string
      readonly done: number
      readonly total?: number
      readonly unit: 'bytes' | 'items'
    }
  | { readonly code: 'STW-E008'; readonly type: 'undo.begin'; readonly why: Problem }
  | { readonly code: 'STW-E009'; readonly type: 'note'; readonly text: Text }
  | { readonly code: 'STW-E010'; readonly type: 'warning'; readonly text: Text; readonly host?: string }
  | { readonly code: 'STW-E011'; readonly type: 'waiting'; readonly text: Text }
  | {
      readonly code: 'STW-E012'
      readonly type: 'run.end'
      readonly status: RunStatus
      readonly ms: number
      readonly problem?: Problem
    }
  | {
      readonly code: 'STW-E013'
      readonly type: 'check.result'
      readonly step?: string
      readonly result: CheckResult
    }

/** done; undone (failed, and everything is as before); unchanged (failed before any change); needs-a-look (state changed
 *  and could not be brought to either side); left-out (done on the rest, some hosts kept their old state); waiting (users have the new state, people are asked before
 *  it is settled). */
export type RunStatus = 'done' | 'undone' | 'unchanged' | 'needs-a-look' | 'left-out' | 'waiting'

export type Emit = (event: Event) => void
