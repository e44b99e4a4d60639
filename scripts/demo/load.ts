// Visitors: a steady number of requests a second, as many kinds as the app has, each over a connection that stays open.
// Open loop: the next request does not wait for the answer to the last, so a pause in the service is seen.
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'

export interface Tally {
  readonly answered: number
  /** First words of what went wrong -> how often. */
  readonly failures: ReadonlyMap<string, number>
  readonly failed: number
  /** Release named by the answer -> answers. */
  readonly releases: ReadonlyMap<string, number>
  /** Milliseconds. */
  readonly slowest: number
}

export interface Visit {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly statuses: readonly number[]
  /** The answer names no release: it is a file that a web server gives out. */
  readonly file?: true
}

const patience = 15_000

/** The n-th request to the app of the first demo. Calls repeat their externalId, so the table does not grow without end. */
function call(n: number): Visit {
  if (n % 10 === 3) {
    const body = JSON.stringify({
      externalId: `load-${n % 500}`,
      caller: '+49 30 555',
      utterances: ['Ein Termin bitte'],
    })
    return { method: 'POST', path: '/api/calls', body, statuses: [200, 201] }
  }
  if (n % 10 === 6) {
    const body = `recording ${n % 100} `.repeat(2_000)
    return { method: 'POST', path: '/api/uploads?name=recording.txt', body, statuses: [201] }
  }
  return { method: 'GET', path: n % 2 === 0 ? '/api/calls' : '/', statuses: [200] }
}

export class Load {
  readonly #url: URL
  readonly #visit: (n: number) => Visit
  readonly #likeBrowsers: boolean
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 })
  readonly #sockets = new WeakSet<Socket>()
  readonly #open = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #sent = 0
  #answered = 0
  #slowest = 0
  #failures = new Map<string, number>()
  #releases = new Map<string, number>()
  readonly #spans = new Map<string, { readonly first: number; readonly last: number }>()

  /** `likeBrowsers`: a web server that reloads closes connections that wait (RFC 9112, 9.3.1), and a browser then sends a
   *  request that changes nothing once more, on a new one. Our own router closes none under a request: nothing is sent twice. */
  constructor(url: string, visit: (n: number) => Visit = call, likeBrowsers = false) {
    this.#url = new URL(url)
    this.#visit = visit
    this.#likeBrowsers = likeBrowsers
  }

  start(perSecond: number): void {
    const begin = performance.now()
    const before = this.#sent
    this.#timer = setInterval(() => {
      const due = before + Math.floor(((performance.now() - begin) / 1000) * perSecond)
      while (this.#sent < due) this.#send(this.#visit(this.#sent++))
    }, 5)
  }

  /** What happened since the last time this was asked. */
  take(): Tally {
    let failed = 0
    for (const count of this.#failures.values()) failed += count
    const tally = {
      answered: this.#answered,
      failures: this.#failures,
      failed,
      releases: this.#releases,
      slowest: this.#slowest,
    }
    this.#answered = 0
    this.#slowest = 0
    this.#failures = new Map()
    this.#releases = new Map()
    return tally
  }

  /** Waits for the requests under way, so that none of them is forgotten. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#open)
    this.#agent.destroy()
  }

  #send(visit: Visit): void {
    const begin = performance.now()
    const done = this.#ask(visit).then(failure => {
      this.#slowest = Math.max(this.#slowest, performance.now() - begin)
      if (failure === undefined) this.#answered++
      else this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1)
      this.#open.delete(done)
    })
    this.#open.add(done)
  }

  #saw(release: string): void {
    const now = performance.now()
    const seen = this.#releases.get(release)
    this.#releases.set(release, (seen ?? 0) + 1)
    this.#spans.set(release, { first: this.#spans.get(release)?.first ?? now, last: now })
  }

  /** Milliseconds from the first answer of this release to its last. */
  seen(release: string): number {
    const span = this.#spans.get(release)
    return span === undefined ? 0 : span.last - span.first
  }

  /** Resolves to what is wrong with the answer, or undefined. */
  #ask(visit: Visit, again = false): Promise<string | undefined> {
    const { method, path, headers = {}, body, statuses, file } = visit
    return new Promise(resolve => {
      const options = { agent: again ? false : this.#agent, method, headers, timeout: patience }
      const sent = request(new URL(path, this.#url), options, response => {
        response.on('error', error => resolve(`${method} ${path}: ${error.message}`))
        response.on('end', () => {
          if (file === undefined) this.#saw(String(response.headers['x-release']))
          const fits = response.complete && statuses.includes(response.statusCode ?? 0)
          resolve(fits ? undefined : `${method} ${path}: ${response.statusCode}`)
        })
        response.resume()
      })
      let reused = false
      sent.on('socket', socket => {
        // Node's own `reusedSocket` knows nothing of a request that waited for a connection.
        reused = this.#sockets.has(socket)
        this.#sockets.add(socket)
      })
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${patience / 1000} s`)))
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const stale = reused && error.code === 'ECONNRESET' && method === 'GET'
        if (this.#likeBrowsers && stale && !again) resolve(this.#ask(visit, true))
        else resolve(`${method} ${path}: ${error.message}`)
      })
      sent.end(body)
    })
  }
}

export function sum(tallies: readonly Tally[]): Tally {
  const failures = new Map<string, number>()
  const releases = new Map<string, number>()
  for (const tally of tallies) {
    for (const [key, count] of tally.failures) failures.set(key, (failures.get(key) ?? 0) + count)
    for (const [key, count] of tally.releases) releases.set(key, (releases.get(key) ?? 0) + count)
  }
  return {
    answered: tallies.reduce((total, tally) => total + tally.answered, 0),
    failed: tallies.reduce((total, tally) => total + tally.failed, 0),
    failures,
    releases,
    slowest: Math.max(0, ...tallies.map(tally => tally.slowest)),
  }
}
