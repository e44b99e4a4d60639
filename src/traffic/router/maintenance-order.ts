// `maintenance.json`: what the deploy tells the router about maintenance, and what the router makes of it. Pure data.
import { createHash, timingSafeEqual } from 'node:crypto'
import net from 'node:net'

/** Written with temporary name + rename, mode 600. Stays in the state directory, so that a router that starts anew knows. */
export interface MaintenanceOrder {
  /** Who ordered it; `off`: nobody is kept out. */
  readonly order: string
  readonly mode: 'page' | 'pause'
  /** Milliseconds that a request is held in mode pause. */
  readonly pauseMs: number
  /** Seconds, for Retry-After. */
  readonly retryAfter: number
  /** ISO 8601; from then on it is off, whoever is there to say so. */
  readonly until?: string
  /** Addresses and ranges that pass. */
  readonly allow: readonly string[]
  /** Name of the header that passes, in lower case, and the SHA-256 of what it must hold. */
  readonly header?: string
  readonly pass?: string
  /** Directory with index.de.html and index.en.html. */
  readonly pages: string
  readonly language: 'de' | 'en'
}

export const maintenanceOff = 'off'

/** An order that cannot be read keeps everybody out: it was no order to open. */
const unreadable: MaintenanceOrder = {
  order: 'unreadable',
  mode: 'page',
  pauseMs: 0,
  retryAfter: 300,
  allow: [],
  pages: '/nonexistent',
  language: 'en',
}

/** Undefined: off. */
export function parseMaintenance(text: string): MaintenanceOrder | undefined {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) as Record<string, unknown>
  } catch {
    return unreadable
  }
  const { order, mode, pauseMs, retryAfter, until, allow, header, pass, pages, language } = value ?? {}
  if (order === maintenanceOff) return undefined
  if (typeof order !== 'string' || typeof pages !== 'string' || !isTexts(allow)) return unreadable
  if (until !== undefined && !(typeof until === 'string' && !Number.isNaN(Date.parse(until))))
    return unreadable
  return {
    order,
    mode: mode === 'pause' ? 'pause' : 'page',
    pauseMs: isCount(pauseMs) ? pauseMs : 0,
    retryAfter: isCount(retryAfter) ? retryAfter : 300,
    ...(until === undefined ? {} : { until }),
    allow,
    ...(typeof header === 'string' && typeof pass === 'string' ? { header, pass } : {}),
    pages,
    language: language === 'de' ? 'de' : 'en',
  }
}

export function isOver({ until }: MaintenanceOrder, now: number): boolean {
  return until !== undefined && Date.parse(until) <= now
}

/** Compared by their digests, which have one length and take one time. */
export function passes(digest: string, given: string): boolean {
  const expected = Buffer.from(digest, 'hex')
  const actual = createHash('sha256').update(given, 'latin1').digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/** Where a request comes from: the last address of the chain that no proxy of ours added. */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  isTrusted: (address: string) => boolean,
): string {
  if (!isTrusted(peer)) return peer
  const chain = (forwardedFor ?? '').split(',').map(entry => entry.trim())
  for (const address of chain.toReversed()) {
    if (address === '') continue
    // What is no address is nobody who may pass.
    if (net.isIP(address) === 0) return ''
    if (!isTrusted(address)) return address
  }
  return chain[0] || peer
}

/** The language that Accept-Language asks for first. */
export function languageOf(accept: string | undefined, fallback: 'de' | 'en'): 'de' | 'en' {
  const wanted = (accept ?? '')
    .split(',')
    .map((entry, index) => {
      const [tag = '', ...rest] = entry.trim().toLowerCase().split(';')
      const q = Number(/^\s*q=([\d.]+)/.exec(rest.join(';'))?.[1] ?? 1)
      return { language: tag.split('-')[0] ?? '', q, index }
    })
    .filter(({ language, q }) => (language === 'de' || language === 'en') && q > 0)
    .toSorted((a, b) => b.q - a.q || a.index - b.index)
  const [first] = wanted
  return first ? (first.language === 'de' ? 'de' : 'en') : fallback
}

/** A header's value in the lines of a head; the first one counts. */
export function headerOf(lines: string, name: string): string | undefined {
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':')
    if (line.slice(0, colon).toLowerCase() === name) return line.slice(colon + 1).trim()
  }
  return undefined
}

/** The lines without a header: a pass is for the router and not for the app and its logs. */
export function withoutHeader(lines: string, name: string): string {
  const kept = lines.split('\r\n').filter(line => line.slice(0, line.indexOf(':')).toLowerCase() !== name)
  return kept.join('\r\n')
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(entry => typeof entry === 'string')
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
