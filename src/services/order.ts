// Start order: a service comes after those it names in `after`, otherwise by name. Stop order is the reverse.
import type { Service } from '../config/schema/service.ts'
import { text } from '../core/lang.ts'
import { ProblemError } from '../core/problem.ts'

/** Names in start order. Names in `after` that are not among the services are ignored: they run elsewhere. Throws
 *  ProblemError for a circle. */
export function startOrder(services: Readonly<Record<string, Pick<Service, 'after'>>>): string[] {
  const order: string[] = []
  const open: string[] = []
  const visit = (name: string) => {
    if (order.includes(name)) return
    if (open.includes(name)) throw circle([...open.slice(open.indexOf(name)), name])
    open.push(name)
    for (const before of services[name]?.after.toSorted() ?? []) if (before in services) visit(before)
    open.pop()
    order.push(name)
  }
  for (const name of Object.keys(services).sort()) visit(name)
  return order
}

function circle(names: readonly string[]): ProblemError {
  const path = names.join(' -> ')
  return new ProblemError({
    code: 'STW-S060',
    what: text('Services wait for each other in a circle', 'Dienste warten im Kreis aufeinander'),
    why: text(path, path),
    next: [text(`Remove one "after" among ${path}`, `Ein „after“ zwischen ${path} entfernen`)],
  })
}
