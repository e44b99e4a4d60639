// What a page has asked for and not got yet: a page is judged when it has come to rest, not when its frame is there.
import type { Page, Request } from 'playwright-core'

/** Milliseconds without a request until a page is at rest. */
const rest = 500

export class PageRequests {
  readonly #elapsed: () => number
  readonly #running = new Map<Request, { readonly since: number; answered: boolean }>()
  #last: number

  /** `elapsed`: milliseconds of a clock that never goes back. */
  constructor(page: Page, elapsed: () => number) {
    this.#elapsed = elapsed
    this.#last = elapsed()
    page.on('request', request => {
      // What is sent off while nobody waits for an answer (navigator.sendBeacon) keeps no page busy.
      if (request.resourceType() === 'ping') return
      this.#running.set(request, { since: elapsed(), answered: false })
      this.#last = elapsed()
    })
    page.on('response', response => {
      const request = response.request()
      const known = this.#running.get(request)
      if (known) known.answered = true
      const type = response.headers()['content-type'] ?? ''
      // A stream of events is open for as long as the page is.
      if (request.resourceType() === 'eventsource' || type.startsWith('text/event-stream')) this.#end(request)
    })
    page.on('requestfinished', request => this.#end(request))
    page.on('requestfailed', request => this.#end(request))
  }

  /** `since`: when it was last touched. */
  isAtRest(since: number): boolean {
    return this.#running.size === 0 && this.#elapsed() - Math.max(this.#last, since) >= rest
  }

  /** Addresses asked before that moment that nobody has answered. An answer whose body still comes is one. */
  waiting(before: number): readonly string[] {
    return [...this.#running].flatMap(([request, { since, answered }]) =>
      answered || since >= before ? [] : [request.url()],
    )
  }

  /** The page is opened anew: what it asked for is nobody's. */
  forget(): void {
    this.#running.clear()
  }

  #end(request: Request): void {
    if (this.#running.delete(request)) this.#last = this.#elapsed()
  }
}
