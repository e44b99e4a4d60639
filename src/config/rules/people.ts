// Decisions that are open, and names that sign-offs and after-care use.
import { closest } from '../../core/closest.ts'
import { type Draft, names, string, strings } from '../draft.ts'
import { formatPath, isMapping, type Path, valueAt } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'
import { decision, isDecided } from '../schema/decision.ts'

/** Not a rule: an open decision blocks deploys, and must never block a rollback. */
export function undecided({ raw }: Draft): Finding[] {
  return names(raw, 'decisions').flatMap(name => {
    const path: Path = ['decisions', name]
    const read = decision.safeParse(valueAt(raw, path))
    if (!read.success || isDecided(read.data)) return []
    return [finding(faults.undecided(name, read.data.question, read.data.options ?? []), { path, on: 'key' })]
  })
}

/** `known`: the environments of the file. A draft knows only its own. */
export function unknownEnvironments({ raw }: Draft, known: readonly string[]): Finding[] {
  return names(raw, 'signOffs')
    .flatMap(name => strings(raw, ['signOffs', name, 'environments']))
    .filter(({ value }) => !known.includes(value))
    .map(({ value, path }) =>
      finding(faults.noSuchEnvironment(formatPath(path), value, closest(value, known), known), {
        path,
        on: 'value',
      }),
    )
}

/** after-care names checks, and each of its tasks has a name of its own. */
export function checkAfterCare({ raw }: Draft): Finding[] {
  const tasks = valueAt(raw, ['afterCare'])
  if (!Array.isArray(tasks)) return []
  const checks = names(raw, 'checks')
  const seen = new Set<string>()
  return tasks.flatMap((task, index) => {
    if (!isMapping(task)) return []
    const unknown = strings(raw, ['afterCare', index, 'checks'])
      .filter(({ value }) => !checks.includes(value))
      .map(({ value, path }) =>
        finding(faults.unknownReference(formatPath(path), value, 'checks', closest(value, checks), checks), {
          path,
          on: 'value',
        }),
      )
    const twice = string(raw, ['afterCare', index, 'id'])
      .filter(({ value }) => seen.has(value))
      .map(({ value, path }) => finding(faults.careTwice(formatPath(path), value), { path, on: 'value' }))
    for (const { value } of string(raw, ['afterCare', index, 'id'])) seen.add(value)
    return [...unknown, ...twice]
  })
}
