// What users would see: one request after the other at the public address, a few milliseconds apart, each noted with the time and with
// who answered.
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

export interface Seen {
  readonly requests: number
  /** Answers of another release than the old one, and 5xx or none at all. A page of maintenance is none of these. */
  readonly bad: number
  /** Milliseconds from the last good answer before these to the first after them; 0 when there is none. */
  readonly exposed: number
  /** Milliseconds from the first of these answers to the last. */
  readonly span: number
  /** 503 with Retry-After. */
  readonly pages: number
  /** Up to five different ones. */
  readonly reasons: readonly string[]
}

export interface UserProbe {
  stop(): Promise<Seen>
}

export function startUserProbe(url: string, old: string): UserProbe {
  const agent = new http.Agent({ keepAlive: true })
  const reasons = new Set<string>()
  let [requests, pages, bad, from, until, first, last] = [0, 0, 0, 0, 0, 0, 0]
  let good = performance.now()
  let before = ''
  let running = true
  const watch = async () => {
    while (running) {
      const answer = await ask(url, agent)
      const now = performance.now()
      requests += 1
      if (answer === 'page') pages += 1
      if (answer === 'page' || answer === old) {
        if (before === 'bad') until = now
        before = 'good'
        good = now
      } else {
        bad += 1
        from ||= good
        first ||= now
        last = now
        before = 'bad'
        reasons.add(answer)
      }
      await pause(10)
    }
    if (before === 'bad') until = performance.now()
  }
  const watching = watch()
  return {
    stop: async () => {
      running = false
      await watching
      agent.destroy()
      const [exposed, span] = [Math.round(until - from), Math.round(last - first)]
      return { requests, bad, exposed, span, pages, reasons: [...reasons].slice(0, 5) }
    },
  }
}

/** The release that answered, `page`, or why nobody did. A connection that the server closed while nothing was under way is no
 *  answer: nginx does so when it reloads, and browsers ask again on a new one. */
function ask(url: string, agent: http.Agent | false): Promise<string> {
  return new Promise(resolve => {
    const request = http.get(url, { agent, signal: AbortSignal.timeout(20_000) })
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = agent !== false && request.reusedSocket && error.code === 'ECONNRESET'
      resolve(stale ? ask(url, false) : error.message)
    })
    request.on('response', response => {
      const { statusCode = 0, headers } = response
      response.on('error', error => resolve(error.message))
      response.on('end', () => {
        if (statusCode === 503 && headers['retry-after'] !== undefined) resolve('page')
        else if (statusCode >= 500) resolve(`status ${statusCode}`)
        else resolve(String(headers['x-release'] ?? 'nobody'))
      })
      response.resume()
    })
  })
}
