/** What must be in the map: its absence is a bug, not an answer. */
export function required<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key)
  if (value === undefined) throw new Error(`nothing known about ${key}`)
  return value
}
