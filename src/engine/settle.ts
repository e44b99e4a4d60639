// After a lost connection, a time-out or a crash: nothing is assumed, the host is asked.
import { type Act, composeInspect, composeSettle } from './compose.ts'
import type { EngineDeps } from './engine.ts'
import { parseFrame } from './frames.ts'
import { hostOf } from './group.ts'
import type { HostRun } from './host-run.ts'
import { foldJournal, parseJournal } from './journal.ts'
import type { Plan, PlanHost } from './plan.ts'

/** Pauses before each further attempt to reach a host again: about 20 s in all. */
const reconnectPauses = [500, 1000, 2000, 4000, 6000, 6000]

/** Brings `run.steps` to the truth: waits for a script that may still be running, reads the journal, and inspects each
 *  step that began without an outcome. False when the host cannot be reached.
 *  `hurry`: ask a running script to stop at once instead of letting its step finish. */
export async function settleHost(
  plan: Plan,
  place: PlanHost,
  run: HostRun,
  acts: readonly Act[],
  options: { readonly hurry: boolean; readonly limitSeconds: number },
  deps: EngineDeps,
): Promise<boolean> {
  const journal = await readAgain(
    place,
    composeSettle({ root: place.root, run: plan.run, ...options }),
    options.limitSeconds,
    deps,
  )
  if (journal === undefined) return false
  const state = foldJournal(parseJournal(journal))
  for (const [step, value] of state.steps) run.steps.set(step, value)
  if (state.steps.size > 0) run.begun = true
  if (state.ended !== undefined) run.closed = true
  const open = acts.filter(act => act.step.host === place.name && run.steps.get(act.step.id) === 'intent')
  if (open.length === 0) return true
  const nonce = Buffer.from(deps.random(8)).toString('hex')
  const script = composeInspect({ plan, root: place.root, token: run.token, nonce, acts: open })
  const words = await readAgain(place, script, 60, deps)
  if (words === undefined) return false
  for (const line of words.split('\n')) {
    const frame = parseFrame(line, nonce)
    const act = frame?.type === 'answer' ? open[Number(frame.key)] : undefined
    if (frame?.type !== 'answer' || !act) continue
    // Anything else stays an intent, and is undone like a half-done step: what did not come to its end may have begun.
    if (frame.value === 'done') run.steps.set(act.step.id, 'done')
  }
  return true
}

async function readAgain(
  place: PlanHost,
  script: string,
  limitSeconds: number,
  deps: EngineDeps,
): Promise<string | undefined> {
  for (const pause of [0, ...reconnectPauses]) {
    if (pause > 0) await deps.sleep(pause)
    const answer = await hostOf(deps, place.name).run(script, { timeout: limitSeconds * 1000 + 30_000 })
    if (answer.ending.kind === 'exit' && answer.ending.code === 0) return answer.stdout
  }
  return undefined
}
