// What must travel so that a host which has one release gets another. Pure: the plan prints it, the transfer sends it.
import { comparePaths } from './path-rules.ts'
import type { Sums } from './sums.ts'

/** Paths, each list in byte order. */
export interface Delta {
  readonly added: readonly string[]
  /** Content or mode differs. A changed mode is sent again: changing it on the host would change the older release too. */
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** Same content, same mode, same path: hard-linked from the base. */
  readonly unchanged: readonly string[]
  /** Symbolic links, for display; all links of the bundle always travel. */
  readonly links: {
    readonly added: readonly string[]
    readonly changed: readonly string[]
    readonly removed: readonly string[]
  }
  /** Content of the added and changed files, uncompressed. */
  readonly bytes: number
}

/** Without a base everything is added. */
export function compareSums(base: Sums | undefined, next: Sums): Delta {
  const before = base?.files ?? new Map()
  const links = base?.links ?? new Map()
  const added = [...next.files.keys()].filter(path => !before.has(path))
  const kept = [...next.files.entries()].filter(([path]) => before.has(path))
  const [unchanged, changed] = partition(kept, ([path, file]) => {
    const old = before.get(path)
    return old?.sha256 === file.sha256 && old?.mode === file.mode
  })
  const changedPaths = changed.map(([path]) => path)
  return {
    added: sorted(added),
    changed: sorted(changedPaths),
    removed: sorted([...before.keys()].filter(path => !next.files.has(path))),
    unchanged: sorted(unchanged.map(([path]) => path)),
    links: {
      added: sorted([...next.links.keys()].filter(path => !links.has(path))),
      changed: sorted(
        [...next.links]
          .filter(([path, target]) => links.has(path) && links.get(path) !== target)
          .map(([path]) => path),
      ),
      removed: sorted([...links.keys()].filter(path => !next.links.has(path))),
    },
    bytes: [...added, ...changedPaths].reduce((sum, path) => sum + (next.files.get(path)?.size ?? 0), 0),
  }
}

function sorted(paths: readonly string[]): readonly string[] {
  return paths.toSorted(comparePaths)
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = []
  const no: T[] = []
  for (const item of items) (test(item) ? yes : no).push(item)
  return [yes, no]
}
