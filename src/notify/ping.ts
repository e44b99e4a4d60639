// One sign of life to a service such as healthchecks, which raises the alarm when it stays away. The address is as good as a
// password: only its host is ever shown.
import { type Clock, systemClock } from '../core/clock.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { type Failure, timeout } from './channel.ts'
import { answered, broken } from './post-failure.ts'

export interface PingOptions {
  /** Sent along; of more than 100 kB the end, where the news is. */
  readonly body?: string
  /** Waits between the tries. */
  readonly clock?: Pick<Clock, 'sleep'>
}

const mostBytes = 100_000
const waits = [1000, 3000]

/** Never throws, and never keeps a run from its end for more than 40 s: nothing, or what was wrong with the last try. */
export async function ping(url: string, options: PingOptions = {}): Promise<Problem | undefined> {
  const { clock = systemClock } = options
  const target = URL.parse(url)
  if (target === null || !/^https?:$/.test(target.protocol))
    return {
      code: 'STW-N001',
      what: text('The address of a ping is no URL', 'Die Adresse eines Pings ist keine URL'),
      why: text(
        'it must begin with http:// or https://; it is not shown, because it may be secret',
        'sie muss mit http:// oder https:// beginnen; sie wird nicht gezeigt, weil sie geheim sein kann',
      ),
    }
  const body = end(options.body ?? '')
  let failure = await send(target, body)
  for (const wait of waits) {
    if (!failure?.again) break
    await clock.sleep(wait)
    failure = await send(target, body)
  }
  if (!failure) return undefined
  return {
    code: 'STW-N002',
    what: text(`The ping to ${target.host} did not arrive`, `Der Ping an ${target.host} kam nicht an`),
    why: failure.why,
  }
}

async function send(url: URL, body: Uint8Array<ArrayBuffer>): Promise<Failure | undefined> {
  try {
    // A name and password in front of the host are no part of an address that fetch takes.
    const { href, authorization } = withoutPassword(url)
    const response = await fetch(href, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/plain; charset=utf-8', ...(authorization && { authorization }) },
      signal: AbortSignal.timeout(timeout),
    })
    const said = (await response.text()).slice(0, 200)
    if (!response.ok) return answered(response.status)
    // Healthchecks says 200 to everybody, so that nobody can guess addresses.
    if (/^OK \((not found|rate limited)\)/.test(said))
      return {
        again: false,
        why: text(`it answered "${said.trim()}"`, `die Antwort war „${said.trim()}“`),
      }
    return undefined
  } catch (error) {
    return broken(error)
  }
}

function withoutPassword(url: URL): { href: string; authorization?: string } {
  if (url.username === '' && url.password === '') return { href: url.href }
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return { href: bare.href, authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** Begins with a whole character. */
function end(body: string): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(body)
  let from = Math.max(0, bytes.length - mostBytes)
  while (((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1
  return new Uint8Array(bytes.subarray(from))
}
