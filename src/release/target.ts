// Where a rollback goes: by the record of what was proven, never by file times.
import { isReleaseId } from '../core/ids.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { ReleaseRecord } from './record.ts'

/** Candidates, newest first: proven, and older than what is live now. A second rollback therefore goes one further. */
export function rollbackCandidates(
  releases: readonly ReleaseRecord[],
  current: string | undefined,
): readonly ReleaseRecord[] {
  return releases
    .filter(
      release =>
        release.state === 'proven' &&
        release.id !== current &&
        (current === undefined || release.id < current),
    )
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
}

/** The release to go back to: the named one, which must once have been proven, or the last proven before the current. */
export function chooseTarget(
  releases: readonly ReleaseRecord[],
  current: string | undefined,
  named: string | undefined,
  environment: string,
): Result<ReleaseRecord> {
  const list = `stellwerk releases ${environment}`
  if (named === undefined) {
    const best = rollbackCandidates(releases, current)[0]
    if (best) return ok(best)
    return err({
      code: 'STW-R201',
      what: text(
        'There is no earlier proven release to roll back to',
        'Es gibt kein früheres bewährtes Release für ein Rollback',
      ),
      why: text(
        releases.length <= 1
          ? 'only one release exists'
          : 'every other release failed, was rolled back from, or is newer',
        releases.length <= 1
          ? 'es existiert nur ein Release'
          : 'jedes andere Release ist gescheitert, wurde zurückgenommen oder ist neuer',
      ),
      next: [text(list, list)],
    })
  }
  if (!isReleaseId(named)) return err(notARelease(named, list))
  const release = releases.find(candidate => candidate.id === named)
  if (!release) return err(unknownRelease(named, releases, list))
  if (named === current) {
    return err({
      code: 'STW-R203',
      what: text(`${named} is already live`, `${named} ist bereits aktiv`),
      next: [text(list, list)],
    })
  }
  if (release.provenAt === undefined) {
    return err({
      code: 'STW-R204',
      what: text(
        `${named} was never proven, so it is no target for a rollback`,
        `${named} hat sich nie bewährt und ist kein Ziel für ein Rollback`,
      ),
      why: text(`its state is "${release.state}"`, `ihr Zustand ist „${release.state}“`),
      next: [text(list, list)],
    })
  }
  return ok(release)
}

function notARelease(named: string, list: string): Problem {
  return {
    code: 'STW-R202',
    what: text(`"${named}" is not the name of a release`, `„${named}“ ist kein Name eines Releases`),
    why: text('a name looks like 20261121_021500-abc1234', 'ein Name sieht aus wie 20261121_021500-abc1234'),
    next: [text(list, list)],
  }
}

function unknownRelease(named: string, releases: readonly ReleaseRecord[], list: string): Problem {
  const newest = releases
    .map(release => release.id)
    .toSorted()
    .toReversed()
    .slice(0, 3)
    .join(', ')
  return {
    code: 'STW-R205',
    what: text(`There is no release ${named}`, `Es gibt kein Release ${named}`),
    why: text(
      newest === '' ? 'the host has no release' : `the newest are ${newest}`,
      newest === '' ? 'der Host hat kein Release' : `die neuesten sind ${newest}`,
    ),
    next: [text(list, list)],
  }
}
