// What of a due list is done, due, failed, or still to come. Pure: the clock is an argument.
import type { Closed, DueList, DueTask } from './due-list.ts'

export interface CareState {
  readonly task: DueTask
  readonly dueAt: Date
  /** person: its time has come and its checks are no matter any more, somebody must close it. */
  readonly state: 'later' | 'due' | 'person' | 'failed' | 'done' | 'superseded'
  /** The last attempt. */
  readonly closed?: Closed
}

export function careStates(list: DueList, now: Date): readonly CareState[] {
  const beganAt = Date.parse(list.beganAt)
  return list.tasks.map(task => {
    const dueAt = new Date((Number.isNaN(beganAt) ? 0 : beganAt) + task.after)
    const own = list.closed.filter(({ id }) => id === task.id)
    const closed = own.find(({ verdict }) => verdict === 'pass') ?? own.at(-1)
    return { task, dueAt, state: stateOf(list, task, dueAt, closed, now), ...(closed ? { closed } : {}) }
  })
}

function stateOf(
  list: DueList,
  task: DueTask,
  dueAt: Date,
  closed: Closed | undefined,
  now: Date,
): CareState['state'] {
  if (closed?.verdict === 'pass') return 'done'
  if (list.supersededBy !== undefined) return 'superseded'
  if (closed) return 'failed'
  if (dueAt.getTime() > now.getTime()) return 'later'
  return needsPerson(task) ? 'person' : 'due'
}

/** Nobody but a person can say that it is done. */
export function needsPerson(task: DueTask): boolean {
  return task.checks.length === 0 || task.signOff !== undefined
}

/** The list of the release that was proven last and has not been superseded. */
export function openList(lists: readonly DueList[]): DueList | undefined {
  return lists
    .filter(({ supersededBy }) => supersededBy === undefined)
    .toSorted((a, b) => (a.beganAt < b.beganAt ? 1 : -1))[0]
}
