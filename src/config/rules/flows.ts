// A flow may only use what an earlier step of it saved: anything else would be asked for by its braces.
import { closest } from '../../core/closest.ts'
import { type Draft, names } from '../draft.ts'
import { formatPath, isMapping, type Path, valueAt } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'

/** Looks at what is written: a mistake elsewhere in the flow must not hide this one. */
export function checkSavedValues({ raw }: Draft): Finding[] {
  return names(raw, 'checks').flatMap(name => {
    const path = ['checks', name, 'steps']
    const steps = valueAt(raw, ['checks', name, 'kind']) === 'flow' ? valueAt(raw, path) : undefined
    return Array.isArray(steps) ? inFlow(steps, path) : []
  })
}

function inFlow(steps: readonly unknown[], path: Path): Finding[] {
  const saved = new Set<string>()
  return steps.flatMap((step, index) => {
    const findings = uses(step, [...path, index]).flatMap(use =>
      saved.has(use.name)
        ? []
        : [
            finding(
              faults.unsavedValue(formatPath(use.path), use.name, closest(use.name, [...saved]), [...saved]),
              {
                path: use.path,
                on: 'value',
              },
            ),
          ],
    )
    const save = valueAt(step, ['save'])
    if (isMapping(save)) for (const name of Object.keys(save)) saved.add(name)
    return findings
  })
}

interface Use {
  readonly name: string
  readonly path: Path
}

function uses(value: unknown, path: Path): Use[] {
  if (typeof value === 'string') {
    const found = [...value.matchAll(/\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}/g)]
    return [...new Set(found.map(([, name = '']) => name))].map(name => ({ name, path }))
  }
  if (Array.isArray(value)) return value.flatMap((one, index) => uses(one, [...path, index]))
  if (!isMapping(value)) return []
  // What `save` holds are expressions over the answer, not texts that are sent.
  return Object.entries(value).flatMap(([key, one]) =>
    key === 'save' && path.length === 4 ? [] : uses(one, [...path, key]),
  )
}
