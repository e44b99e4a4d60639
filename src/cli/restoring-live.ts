// What is live today, before a restore is planned: what can be saved first, what does not exist, and what stands in the way.
import { type LiveState, liveStateFragment, parseLiveState } from '../backup/live-facts.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { quote } from '../core/shell.ts'
import type { RestoredStore, Unsaved } from '../procedures/restore-steps.ts'
import { type DatabaseStore, databaseStores, type FilesStore, filesStores } from '../procedures/stores.ts'
import { ask } from './ask.ts'
import type { Context } from './context.ts'
import { damagedAmong } from './damaged.ts'
import { askDatabase } from './restoring.ts'
import type { Session } from './session.ts'

export interface Live {
  readonly states: ReadonlyMap<string, LiveState>
  readonly unsaved: Unsaved
  /** Damaged files that are saved as they are. */
  readonly raw: readonly string[]
}

/** Databases that are replaced must be saved, be missing, or be given up with a reason; of the others what can be saved is. */
export async function lookAtLive(
  context: Context,
  session: Session,
  stores: readonly RestoredStore[],
  { run, withoutSafetyCopy }: { readonly run: string; readonly withoutSafetyCopy: string | undefined },
): Promise<Result<Live, readonly Problem[]>> {
  const { config } = session
  const states = new Map<string, LiveState>()
  const problems: Problem[] = []
  const all = databaseStores(config)
  const raw = withoutSafetyCopy === undefined ? await damagedAmong(context, session, run) : []
  for (const store of all) {
    const state = await stateOf(context, session, store, run)
    if (state.ok) states.set(store.name, state.value)
    if (!stores.some(({ name }) => name === store.name)) continue
    if (!state.ok) problems.push(state.error)
    else if (state.value.kind === 'damaged' && withoutSafetyCopy === undefined && !raw.includes(store.name))
      problems.push(unsavable(store, state.value.problem, config.environment.name))
  }
  if (problems.length > 0) return err(problems)
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
  const missing = names(all.filter(({ name }) => states.get(name)?.kind === 'missing'))
  const files = filesStores(config, 'safety')
  if (withoutSafetyCopy !== undefined)
    return ok({ states, unsaved: { databases: names(all), files: names(files), missing }, raw })
  const gone = await missingFiles(session, files)
  if (!gone.ok) return err([gone.error])
  const saved = (name: string) =>
    states.get(name)?.kind === 'there' || (raw.includes(name) && !missing.includes(name))
  const databases = names(all).filter(name => !saved(name))
  return ok({ states, unsaved: { databases, files: gone.value, missing }, raw })
}

/** Only to be shown: what nobody can tell is left out. */
export async function liveStates(
  context: Context,
  session: Session,
  stores: readonly DatabaseStore[],
  run: string,
): Promise<ReadonlyMap<string, LiveState>> {
  const states = new Map<string, LiveState>()
  for (const store of stores) {
    const state = await stateOf(context, session, store, run)
    states.set(store.name, state.ok ? state.value : { kind: 'damaged', problem: state.error })
  }
  return states
}

async function stateOf(
  context: Context,
  session: Session,
  store: DatabaseStore,
  run: string,
): Promise<Result<LiveState>> {
  const { name, access, host } = store
  const answer = await askDatabase(context, session, store, run, scratch =>
    liveStateFragment(access, scratch),
  )
  return answer.ok ? parseLiveState(answer.value, { store: name, host: host.name }) : answer
}

/** Stores of files with a path that does not exist: none is packed in part. */
async function missingFiles(
  session: Session,
  stores: readonly FilesStore[],
): Promise<Result<readonly string[]>> {
  const gone: string[] = []
  for (const { name, host, files } of stores) {
    const tests = files.paths.map(
      path => `[ -e ${quote(path.startsWith('/') ? path : `${host.root}/${path}`)} ]`,
    )
    const answer = await ask(session, host, `if ${tests.join(' && ')}; then echo there; else echo gone; fi\n`)
    if (!answer.ok) return answer
    if (answer.value.trim() !== 'there') gone.push(name)
  }
  return ok(gone)
}

function unsavable({ name, host, access }: DatabaseStore, problem: Problem, environment: string): Problem {
  const restore = `stellwerk restore ${environment} --without-safety-copy`
  const check = `stellwerk database check ${environment}`
  const why = problem.why ?? problem.what
  return {
    code: 'STW-B472',
    what: text(
      `${name} cannot be read, so it cannot be saved before it is replaced`,
      `${name} ist nicht lesbar und lässt sich vor dem Ersetzen nicht sichern`,
    ),
    where: { host: host.name },
    why,
    next: [
      text(`Replace it all the same: ${restore} "<reason>"`, `Es trotzdem ersetzen: ${restore} "<Grund>"`),
      ...(access.kind === 'sqlite'
        ? [text(`See first what is wrong with it: ${check}`, `Erst ansehen, was daran kaputt ist: ${check}`)]
        : []),
    ],
  }
}
