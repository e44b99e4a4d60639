// The time that a line of a log begins with. What has none belongs to the line before it.

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Milliseconds since 1970, or undefined. `zone`: minutes east of Greenwich of the host, for times without one; `now`: a time without
 *  a year is the last such before it. */
export function timeOfLine(line: string, zone: number, now: number): number | undefined {
  const start = line.slice(0, 400)
  return isoTime(start, zone) ?? accessTime(start) ?? jsonTime(start) ?? syslogTime(start, zone, now)
}

function isoTime(start: string, zone: number): number | undefined {
  const match =
    /^\W{0,2}(?:[\w.:-]+(?:=\S+)? )?(?:time=|ts=)?["[]?(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|UTC|[+-]\d\d:?\d\d)?/i.exec(
      start,
    )
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '0', offset] = match
  const utc = Date.UTC(
    +(year ?? 0),
    +(month ?? 1) - 1,
    +(day ?? 1),
    +(hour ?? 0),
    +(minute ?? 0),
    +(second ?? 0),
  )
  return utc + Math.round(Number(`0.${fraction}`) * 1000) - zoneOf(offset, zone) * 60_000
}

/** nginx, Apache: `... [21/Nov/2026:14:18:13 +0000] ...` */
function accessTime(start: string): number | undefined {
  const match = /\[(\d\d)\/([A-Za-z]{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\]/.exec(start)
  if (match === null) return undefined
  const [, day, name = '', year, hour, minute, second, offset] = match
  const month = months.indexOf(name.toLowerCase())
  if (month < 0) return undefined
  const utc = Date.UTC(+(year ?? 0), month, +(day ?? 1), +(hour ?? 0), +(minute ?? 0), +(second ?? 0))
  return utc - zoneOf(offset, 0) * 60_000
}

/** One JSON object a line: `time`, `timestamp`, `ts` or `@timestamp`, as a text or as seconds or milliseconds. */
function jsonTime(start: string): number | undefined {
  if (!start.startsWith('{')) return undefined
  const match = /"(?:time|timestamp|ts|@timestamp)"\s*:\s*(?:"([^"]+)"|(\d+(?:\.\d+)?))/.exec(start)
  if (match === null) return undefined
  const [, words, number] = match
  if (words !== undefined) return isoTime(words, 0)
  const value = Number(number)
  return value > 1e11 ? value : value * 1000
}

function syslogTime(start: string, zone: number, now: number): number | undefined {
  const match = /^(?:<\d+>)?([A-Za-z]{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) /.exec(start)
  if (match === null) return undefined
  const [, name = '', day, hour, minute, second] = match
  const month = months.indexOf(name.toLowerCase())
  if (month < 0) return undefined
  const at = (year: number) =>
    Date.UTC(year, month, +(day ?? 1), +(hour ?? 0), +(minute ?? 0), +(second ?? 0)) - zone * 60_000
  const year = new Date(now).getUTCFullYear()
  const aDay = 86_400_000
  return at(year) > now + aDay ? at(year - 1) : at(year)
}

function zoneOf(offset: string | undefined, fallback: number): number {
  if (offset === undefined) return fallback
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(offset)
  if (match === null) return 0
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]))
}
