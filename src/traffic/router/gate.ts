// The closed gate: who passes during maintenance, and what everybody else gets.
import type { RequestHead } from './head.ts'
import {
  clientAddress,
  headerOf,
  languageOf,
  type MaintenanceOrder,
  passes,
  withoutHeader,
} from './maintenance-order.ts'
import { addressList } from './traffic.ts'

/** Whoever sends it gets what a visitor gets at once, wherever it comes from: this is how the page is proven. */
const visitorHeader = 'x-stellwerk-visitor'
/** Tells the page from an answer of the app that happens to be 503. */
const mark = 'X-Stellwerk-Maintenance'

export type Decision =
  | { readonly kind: 'page' | 'hold' }
  | { readonly kind: 'pass'; readonly head: RequestHead }

export class Gate {
  readonly order: MaintenanceOrder
  readonly #pages: Readonly<Record<'de' | 'en', string>>
  readonly #allowed: (address: string) => boolean

  /** `pages`: their text. */
  constructor(order: MaintenanceOrder, pages: Readonly<Record<'de' | 'en', string>>) {
    this.order = order
    this.#pages = pages
    this.#allowed = addressList(order.allow).holds
  }

  decide(head: RequestHead, peer: string, isTrusted: (address: string) => boolean): Decision {
    const { header, pass, mode } = this.order
    if (headerOf(head.lines, visitorHeader) !== undefined) return { kind: 'page' }
    const given = header === undefined ? undefined : headerOf(head.lines, header)
    const known = given !== undefined && pass !== undefined && passes(pass, given)
    if (!known && !this.#allowed(clientAddress(peer, head.forwardedFor, isTrusted)))
      return { kind: mode === 'pause' ? 'hold' : 'page' }
    return {
      kind: 'pass',
      head: header === undefined ? head : { ...head, lines: withoutHeader(head.lines, header) },
    }
  }

  /** A whole answer, the last one on its connection, as Latin-1 characters. */
  page(head: RequestHead): string {
    const { language, retryAfter, mode } = this.order
    const chosen = languageOf(headerOf(head.lines, 'accept-language'), language)
    const body = Buffer.from(this.#pages[chosen], 'utf8')
    const type = body.subarray(0, 1).toString() === '<' ? 'text/html' : 'text/plain'
    return (
      `HTTP/1.1 503 Service Unavailable\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Language: ${chosen}\r\n` +
      `Content-Length: ${body.length}\r\nVary: Accept-Language\r\nRetry-After: ${retryAfter}\r\n` +
      `Cache-Control: no-store\r\n${mark}: ${mode}\r\nConnection: close\r\n\r\n` +
      (head.method === 'HEAD' ? '' : body.toString('latin1'))
    )
  }
}
