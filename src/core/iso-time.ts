/** ISO 8601 in UTC to the second, as people write it: 2026-11-21T02:15:00Z. */
export function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}
