// Is a target ready? An open port, or an HTTP path that answers 2xx.
import http from 'node:http'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Desired } from './protocol.ts'

const pollMs = 50
const attemptMs = 2000
const portMs = 5000
const late = 'in time'

/** Polls until the target is ready. Returns undefined then, else why it is not. */
export async function probe(desired: Desired, signal: AbortSignal): Promise<string | undefined> {
  const { target, health } = desired
  if (target === undefined) return undefined
  const until = Date.now() + (health?.timeoutMs ?? portMs)
  let last: string | undefined
  for (;;) {
    const attempt = Math.max(1, Math.min(attemptMs, until - Date.now()))
    const failure = health
      ? await request(target.host, target.port, health.path, attempt)
      : await connect(target.host, target.port, attempt)
    if (failure === undefined) return undefined
    // The last attempt has little time left; what an earlier one heard says more than that.
    if (last === undefined || !failure.endsWith(late)) last = failure
    if (signal.aborted) return 'replaced by a newer order'
    if (Date.now() + pollMs >= until) return last
    await delay(pollMs)
  }
}

function connect(host: string, port: number, ms: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = net.connect({ host, port })
    const finish = (failure: string | undefined): void => {
      socket.destroy()
      resolve(failure)
    }
    socket.setTimeout(ms, () => finish(`no connection ${late}`))
    socket.once('connect', () => finish(undefined))
    socket.once('error', error => finish(reason(error)))
  })
}

function request(host: string, port: number, path: string, ms: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const sent = http.get(
      { host, port, path, agent: false, headers: { 'user-agent': 'stellwerk-router' } },
      response => {
        const status = response.statusCode ?? 0
        response.destroy()
        resolve(status >= 200 && status < 300 ? undefined : `the health path answered ${status}`)
      },
    )
    // Not only silence counts: a server that drips bytes of its head must not hold the switch.
    const timer = setTimeout(() => sent.destroy(new Error(`no answer ${late}`)), ms)
    sent.once('error', error => resolve(reason(error)))
    sent.once('close', () => clearTimeout(timer))
  })
}

function reason(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message
}
