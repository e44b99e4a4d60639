// A steady load of keep-alive clients that knows who answered: what "no request was lost" is measured with.
import http from 'node:http'

export interface LoadOptions {
  readonly url: string
  /** Clients that send one request after the other. */
  readonly concurrency: number
  /** Response header that names the answering release. */
  readonly releaseHeader?: string
  /** Every n-th request is a POST with a small body; 0: none. */
  readonly postEvery?: number
  /** Milliseconds; a request without a complete answer by then has failed. */
  readonly timeout?: number
}

export interface LoadReport {
  readonly total: number
  /** Connection errors, incomplete answers, time-outs and 5xx. */
  readonly failed: number
  /** Up to ten different reasons of failures. */
  readonly reasons: readonly string[]
  /** Complete answers by release; `none` where the header is missing. */
  readonly byRelease: Readonly<Record<string, number>>
  /** Milliseconds over the complete answers. */
  readonly p50: number
  readonly p99: number
}

export interface Load {
  /** Resolves when `count` more answers (good or bad) have come in; rejects when that takes longer than a minute. */
  more(count: number): Promise<void>
  /** Lets requests in flight end and reports. */
  stop(): Promise<LoadReport>
}

export function startLoad(options: LoadOptions): Load {
  const agent = new http.Agent({ keepAlive: true, maxSockets: options.concurrency })
  const header = options.releaseHeader ?? 'x-release'
  const every = options.postEvery ?? 10
  const byRelease: Record<string, number> = {}
  const reasons = new Set<string>()
  const times: number[] = []
  const waiting = new Set<{ at: number; resolve: () => void }>()
  let total = 0
  let failed = 0
  let running = true

  const one = async (): Promise<void> => {
    const post = every > 0 && total % every === every - 1
    const began = performance.now()
    const outcome = await ask(options.url, agent, post, options.timeout ?? 30_000)
    total++
    if ('why' in outcome) {
      failed++
      if (reasons.size < 10) reasons.add(outcome.why)
    } else {
      times.push(performance.now() - began)
      const release = String(outcome.headers[header] ?? 'none')
      byRelease[release] = (byRelease[release] ?? 0) + 1
    }
    for (const waiter of waiting) {
      if (waiter.at > total) continue
      waiting.delete(waiter)
      waiter.resolve()
    }
  }
  const client = async (): Promise<void> => {
    while (running) await one()
  }
  const clients = Array.from({ length: options.concurrency }, client)

  return {
    more: count =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${count} answers in a minute`)), 60_000)
        waiting.add({
          at: total + count,
          resolve: () => {
            clearTimeout(timer)
            resolve()
          },
        })
      }),
    stop: async () => {
      running = false
      await Promise.all(clients)
      agent.destroy()
      times.sort((a, b) => a - b)
      const quantile = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? Number.NaN
      return { total, failed, reasons: [...reasons], byRelease, p50: quantile(0.5), p99: quantile(0.99) }
    },
  }
}

type Outcome = { readonly headers: http.IncomingHttpHeaders } | { readonly why: string }

function ask(url: string, agent: http.Agent, post: boolean, timeout: number): Promise<Outcome> {
  return new Promise(resolve => {
    const body = post ? JSON.stringify({ question: 'x'.repeat(200) }) : undefined
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }
    const request = http.request(url, {
      agent,
      method: post ? 'POST' : 'GET',
      headers,
      signal: AbortSignal.timeout(timeout),
    })
    // Never asked again, not even where a browser would: a lost request must not hide.
    request.on('error', error => resolve({ why: `${post ? 'POST' : 'GET'} ${error.message}` }))
    request.on('response', response => {
      const status = response.statusCode ?? 0
      response.on('error', error => resolve({ why: `answer: ${error.message}` }))
      response.on('end', () => {
        if (status >= 500) resolve({ why: `status ${status}` })
        else if (response.complete) resolve({ headers: response.headers })
        else resolve({ why: 'incomplete answer' })
      })
      response.resume()
    })
    request.end(body)
  })
}
