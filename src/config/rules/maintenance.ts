// Whether maintenance mode can do what it says: somebody shows the page, and the checks of a deploy get past it.
import { closest } from '../../core/closest.ts'
import { type Draft, names, string } from '../draft.ts'
import { type Path, valueAt } from '../path.ts'
import { type Finding, faults, finding } from '../problems.ts'
import { type Maintenance, maintenance } from '../schema/maintenance.ts'

export function checkMaintenance(draft: Draft): Finding[] {
  const { raw, router } = draft
  const section = read(raw)
  if (section === undefined) return []
  const at = (...path: Path) => ({ path: ['maintenance', ...path], on: 'key' as const })
  const ways = ['nginx', 'endpoint', 'command'].filter(
    way => valueAt(raw, ['maintenance', way]) !== undefined,
  )
  const embedded = router?.kind === 'embedded' && ways.length === 0
  // A router with mistakes of its own is reported there.
  const known = router !== undefined || valueAt(raw, ['router']) === undefined
  const secrets = names(raw, 'secrets')
  return [
    ...(known && !embedded && ways.length === 0 ? [finding(faults.nobodyShowsPage(), at())] : []),
    ...(ways.length > 1 ? [finding(faults.maintenanceWays(ways), at(ways[1] ?? ''))] : []),
    ...string(raw, ['maintenance', 'allowHeader', 'secret'])
      .filter(({ value }) => !secrets.includes(value))
      .map(({ value, path }) =>
        finding(faults.passUnknown(value, closest(value, secrets), secrets), { path, on: 'value' }),
      ),
    ...(known && section.mode === 'pause' && !embedded
      ? [finding(faults.pauseNeedsRouter(), at('mode'))]
      : []),
    ...(embedded || ways[0] === 'nginx' ? lockedOut(section) : []),
  ]
}

/** A page that nobody passes makes every deploy under it fail. */
function lockedOut(section: Maintenance): Finding[] {
  if (section.during === 'never' || section.allow.length > 0 || section.allowHeader !== undefined) return []
  return [finding(faults.nobodyPasses(), { path: ['maintenance'], on: 'key' })]
}

/** Not wrong, but surely not meant. */
export function maintenanceUnused({ raw, databases }: Draft): Finding[] {
  const section = read(raw)
  const during = section?.during
  if (during !== 'destructive' && during !== 'contract') return []
  if (valueAt(raw, ['maintenance', 'during']) === undefined) return []
  const classes = [...databases.values()].map(({ migrate }) => migrate?.class)
  if (classes.includes('destructive') || (during === 'contract' && classes.includes('contract'))) return []
  return [finding(faults.classUnused(during), { path: ['maintenance', 'during'], on: 'value' })]
}

function read(raw: unknown): Maintenance | undefined {
  const value = valueAt(raw, ['maintenance'])
  if (value === undefined) return undefined
  const parsed = maintenance.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
