/** A moment as the people of a place read it: `2026-11-21 09:15:00 Europe/Berlin`. What is no moment stays as it is. */
export function localTime(at: string, timeZone: string): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return at
  // The Swedish way to write a date is the one that sorts.
  return `${date.toLocaleString('sv-SE', { timeZone })} ${timeZone}`
}
