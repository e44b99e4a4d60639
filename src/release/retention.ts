// Which releases may go. Pure: the same function serves the plan, the dry run and the prune before an upload.
import type { ReleaseRecord } from './record.ts'

export interface RetentionRule {
  /** Proven releases to keep, the current one included. */
  readonly keep: number
  readonly keepFailed: number
}

/** Ids to remove, oldest first. Never: the current release, the last proven one, a pinned one, or the newest `keep`
 *  proven. Releases that were rolled back from count with the failed ones: evidence, not a target. */
export function selectExpired(
  releases: readonly Pick<ReleaseRecord, 'id' | 'state'>[],
  rule: RetentionRule,
  kept: { readonly current: string | undefined; readonly pinned: readonly string[] },
): readonly string[] {
  const newestFirst = releases.toSorted((a, b) => (a.id < b.id ? 1 : -1))
  const proven = newestFirst.filter(release => release.state === 'proven').map(release => release.id)
  const evidence = newestFirst.filter(release => release.state !== 'proven').map(release => release.id)
  const stay = new Set([
    ...proven.slice(0, Math.max(rule.keep, 1)),
    ...evidence.filter(id => id !== kept.current).slice(0, rule.keepFailed),
    ...kept.pinned,
  ])
  if (kept.current !== undefined) stay.add(kept.current)
  return newestFirst
    .map(release => release.id)
    .filter(id => !stay.has(id))
    .toReversed()
}
