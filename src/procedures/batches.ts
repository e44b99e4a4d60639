// Splits hosts into the groups that switch one after the other.

/** `sizes`: counts or percentages of all hosts, in order; what is left over forms the last group. The first group is the
 *  canary. Without sizes everybody is in one group. */
export function batchesOf<T>(
  hosts: readonly T[],
  sizes: readonly (number | string)[],
): readonly (readonly T[])[] {
  const groups: (readonly T[])[] = []
  let at = 0
  for (const size of sizes) {
    const count =
      typeof size === 'number'
        ? size
        : Math.max(1, Math.floor((hosts.length * Number.parseInt(size, 10)) / 100))
    const group = hosts.slice(at, at + count)
    if (group.length > 0) groups.push(group)
    at += count
  }
  const rest = hosts.slice(at)
  if (rest.length > 0) groups.push(rest)
  return groups
}
