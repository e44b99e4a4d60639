// Finishes or undoes a run whose command died, from any machine that reaches the hosts: the plan and the journals are there.
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { quote } from '../core/shell.ts'
import { behindOf, leftOutProblem } from './behind.ts'
import type { Act } from './compose.ts'
import type { EngineDeps } from './engine.ts'
import { type HostRun, newHostRun } from './host-run.ts'
import { foldJournal, type JournalState, parseJournal } from './journal.ts'
import { kindOf } from './lane.ts'
import { type Holder, parseOwner } from './lease.ts'
import { inParallel } from './parallel.ts'
import type { Plan } from './plan.ts'
import { carryOut, type RunResult, withHeartbeat } from './run.ts'
import { settleHost } from './settle.ts'
import { placeOf, undoHosts } from './undo.ts'

/** One unfinished run as found on one host. */
export interface Remains {
  readonly host: string
  /** Content of the lock, when there is one. */
  readonly owner?: Partial<Holder>
  readonly ageSeconds: number
  readonly run?: string
  readonly plan?: Plan
  readonly journal: JournalState
}

/** Read-only: the lock, and plan and journal of the named run, or of the locked one, or else of the newest without an end. */
export function remainsScript(root: string, run?: string): string {
  return `sw_state=${quote(`${root}/.stellwerk`)}
[ -d "$sw_state" ] || exit 0
if [ -e "$sw_state/lock" ]; then
  printf 'age %s\\n' "$(($(date +%s) - $(stat -c %Y "$sw_state/lock")))"
  printf 'lock %s\\n' "$(cat "$sw_state/lock")"
  sw_run=$(sed -n 's/.*"run":"\\([^"]*\\)".*/\\1/p' "$sw_state/lock")
else
  # Only the newest run: one that a later run has passed is history, and taking it back would take the later one back too.
  sw_run=
  for sw_dir in "$sw_state"/runs/*/; do
    [ -s "$sw_dir/journal.jsonl" ] || continue
    sw_run=\${sw_dir%/}
    sw_run=\${sw_run##*/}
    if grep -q '"type":"end"' "$sw_dir/journal.jsonl"; then sw_run=; fi
  done
  # A run that waits for people stays the one to finish, whatever was done beside it meanwhile.
  for sw_file in "$sw_state"/waiting/*.json; do
    [ -z "$sw_run" ] && [ -e "$sw_file" ] || continue
    sw_run=\${sw_file##*/}
    sw_run=\${sw_run%.json}
    if grep -q '"type":"end"' "$sw_state/runs/$sw_run/journal.jsonl" 2>/dev/null; then sw_run=; fi
  done
fi
${run === undefined ? '' : `sw_run=${quote(run)}\n`}[ -n "$sw_run" ] || exit 0
printf 'run %s\\n' "$sw_run"
[ -s "$sw_state/runs/$sw_run/plan.json" ] && printf 'plan %s\\n' "$(tr -d '\\n' <"$sw_state/runs/$sw_run/plan.json")"
[ -e "$sw_state/runs/$sw_run/journal.jsonl" ] && sed 's/^/journal /' "$sw_state/runs/$sw_run/journal.jsonl"
exit 0
`
}

export function parseRemains(host: string, output: string): Remains {
  const lines = (key: string) =>
    output
      .split('\n')
      .filter(line => line.startsWith(`${key} `))
      .map(line => line.slice(key.length + 1))
  const lock = lines('lock')[0]
  const run = lines('run')[0]
  const plan = parsePlan(lines('plan')[0])
  return {
    host,
    ageSeconds: Number(lines('age')[0] ?? 0),
    journal: foldJournal(parseJournal(lines('journal').join('\n'))),
    ...(lock === undefined ? {} : { owner: parseOwner(lock) }),
    ...(run === undefined ? {} : { run }),
    ...(plan ? { plan } : {}),
  }
}

function parsePlan(content: string | undefined): Plan | undefined {
  if (content === undefined) return undefined
  try {
    const value = JSON.parse(content) as Plan
    return value.schema === 'stellwerk.plan/1' ? value : undefined
  } catch {
    return undefined
  }
}

/** Users have the new state for good once the commit phase began on any host. */
export function isCommitted(plan: Plan, hosts: readonly Pick<JournalState, 'steps'>[]): boolean {
  const commit = plan.phases.findIndex(phase => phase.id === plan.commit)
  if (commit < 0) return false
  const steps = new Set(plan.phases.slice(commit).flatMap(phase => phase.steps.map(step => step.id)))
  return hosts.some(host => [...host.steps.keys()].some(step => steps.has(step)))
}

/** Whether the run came to the place where it waits for people, on every host that is still part of it. */
export function hasWaited(
  plan: Plan,
  found: readonly { readonly host: string; readonly journal: JournalState }[],
): boolean {
  const asked = plan.phases.find(phase => phase.id === plan.wait)?.steps ?? []
  const open = plan.hosts.filter(
    ({ name }) => found.find(({ host }) => host === name)?.journal.ended === undefined,
  )
  return (
    asked.length > 0 &&
    open.length > 0 &&
    open.every(({ name }) => {
      const steps = found.find(({ host }) => host === name)?.journal.steps
      return asked.every(({ id, host }) => host !== name || steps?.get(id) === 'done')
    })
  )
}

export interface Recovery {
  /** Fencing token by host: the locks that have been taken over. */
  readonly tokens: ReadonlyMap<string, number>
  /** Hosts where the run has ended before, as it never came to the commit there. */
  readonly leftOut?: readonly string[]
  /** undefined: finish when committed, otherwise undo. settle: people have agreed, so it goes on from the commit. */
  readonly choice: 'finish' | 'undo' | 'settle' | undefined
  readonly leaseMs: number
}

/** Brings a dead run to its end on hosts whose locks have been taken over. */
export async function recoverRun(plan: Plan, recovery: Recovery, deps: EngineDeps): Promise<RunResult> {
  const { tokens, leftOut = [], choice, leaseMs } = recovery
  const startedAt = deps.now().getTime()
  const runs = plan.hosts
    .filter(host => tokens.has(host.name))
    .map(host => newHostRun(host.name, tokens.get(host.name) ?? 0))
  const gone = leftOut.map((host): HostRun => {
    const out = { problem: leftOutProblem(plan, host), state: 'undone' } as const
    return { ...newHostRun(host, 0), closed: true, out }
  })
  deps.emit({ code: 'STW-E001', type: 'run.begin', plan })
  return withHeartbeat(plan, runs, leaseMs, deps, async () => {
    const lost = await learn(plan, runs, deps)
    for (const run of runs) run.closed = false
    const committed = isCommitted(plan, runs)
    const onward = committed || choice === 'settle'
    const from = onward ? plan.phases.findIndex(phase => phase.id === plan.commit) : 0
    const reached = runs.filter(run => !run.out)
    const behind = onward ? behindOf(plan, reached, deps) : []
    const wanted = choice ?? (committed ? 'finish' : 'undo')
    // What users have for good is not taken back because one host broke off: that one is for the next recover.
    if (wanted !== 'undo' && (onward || lost.length === 0) && behind.length < reached.length) {
      await leaveOut(plan, behind, deps)
      const all = [...runs, ...gone].toSorted((a, b) => (a.host < b.host ? -1 : 1))
      return carryOut(plan, all, from, deps)
    }
    const why: Problem = {
      code: 'STW-E115',
      what: text(
        `The run ${plan.run} died before its commit`,
        `Der Lauf ${plan.run} starb vor seiner Festschreibung`,
      ),
    }
    deps.emit({ code: 'STW-E008', type: 'undo.begin', why })
    const more = [...lost, ...(await undoHosts(plan, reached, 'undone', deps))]
    const status = more.length === 0 ? 'undone' : 'needs-a-look'
    const ms = deps.now().getTime() - startedAt
    deps.emit({ code: 'STW-E012', type: 'run.end', status, ms })
    const state = more.length === 0 ? 'old' : 'unclear'
    return {
      status,
      more,
      hosts: runs.map(run => ({ name: run.host, state: run.out ? 'unclear' : state })),
      ms,
      ...(more[0] ? { problem: more[0] } : {}),
    }
  })
}

async function leaveOut(plan: Plan, behind: readonly HostRun[], deps: EngineDeps): Promise<void> {
  for (const run of behind) {
    const [problem] = await undoHosts(plan, [run], 'undone', deps)
    run.out = problem
      ? { problem, state: 'unclear' }
      : { problem: leftOutProblem(plan, run.host), state: 'undone' }
  }
}

// Reads every host's journal again under our lock: a script of the dead run may have gone on for a moment.
async function learn(plan: Plan, runs: readonly HostRun[], deps: EngineDeps): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  const words = text(
    'Asking the hosts what happened; a step that still runs there is waited for',
    'Die Hosts werden gefragt, was geschah; auf einen Schritt, der dort noch läuft, wird gewartet',
  )
  deps.emit({ code: 'STW-E011', type: 'waiting', text: words })
  await inParallel(runs, deps.parallel, async run => {
    const acts = plan.phases
      .flatMap(phase => phase.steps)
      .filter(step => step.host === run.host)
      .flatMap((step): Act[] => {
        const kind = kindOf(deps, step)
        return kind.at === 'host' ? [{ step, kind }] : []
      })
    const longest = Math.max(10_000, ...acts.map(act => act.step.timeout))
    if (
      await settleHost(
        plan,
        placeOf(plan, run.host),
        run,
        acts,
        { hurry: false, limitSeconds: longest / 1000 },
        deps,
      )
    )
      return
    const problem: Problem = {
      code: 'STW-E116',
      what: text(
        `${run.host} cannot be asked what happened there`,
        `${run.host} kann nicht befragt werden, was dort geschah`,
      ),
      where: { host: run.host },
    }
    run.out = { problem, state: 'unclear' }
    problems.push(problem)
  })
  return problems
}
