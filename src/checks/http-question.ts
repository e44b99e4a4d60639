// Asks over HTTP: resolves references, finds the way to the address, follows redirects if wanted, keeps the time.
import { text } from '../core/lang.ts'
import { ProblemError } from '../core/problem.ts'
import { type Attempt, attempt, authority, type CheckContext } from './context.ts'
import type { CookieJar } from './cookie-jar.ts'
import { withDeadline } from './deadline.ts'
import { type Answer, type ExchangeRequest, exchange, type Progress } from './http-exchange.ts'
import { explainFailure, outOfTime, stopped } from './http-failure.ts'
import type { References } from './references.ts'

export interface Question {
  /** A path (asked at the context's address) or an http(s) address. */
  readonly url: string
  readonly from: 'here' | 'host'
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** A text, whose references are resolved; or bytes, which are sent as they are. */
  readonly body?: string | Buffer
  readonly redirects: number
  /** Milliseconds for everything. */
  readonly timeout: number
  readonly accept: string
  /** Cookies of the questions before this one; takes those of the answers. */
  readonly jar?: CookieJar
}

export type Asked =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly ms: number; readonly followed: number }
  | { readonly kind: 'none'; readonly attempt: Attempt }

/** `last`: no attempt follows, so it is worth a session to tell an app that refuses from a host that is gone. While an app
 *  starts, every attempt is refused, and only the last one's verdict counts. */
export async function ask(
  question: Question,
  context: CheckContext,
  references: References,
  last: boolean,
): Promise<Asked> {
  const pass = passOf(question, context, references)
  const request = prepare(question, context, references, pass === undefined ? {} : asVisitor)
  if ('verdict' in request) return { kind: 'none', attempt: request }
  const trip: Trip = {
    request,
    pass,
    followed: 0,
    tunnelled: false,
    progress: { stage: 'connecting', bytes: 0 },
  }
  const startedAt = context.clock.elapsed()
  try {
    const ended = await withDeadline(question.timeout, context, signal =>
      follow(question, trip, context, references, signal),
    )
    if (ended.kind === 'done') {
      return {
        kind: 'answer',
        answer: ended.value,
        ms: context.clock.elapsed() - startedAt,
        followed: trip.followed,
      }
    }
    if (ended.kind === 'aborted') return { kind: 'none', attempt: stopped() }
    return { kind: 'none', attempt: outOfTime(question.timeout, placeOf(trip.request.url), trip.progress) }
  } catch (error) {
    if (ProblemError.is(error)) return { kind: 'none', attempt: attempt('unknown', error.problem.what) }
    const { redact } = references
    const place = redact(placeOf(trip.request.url))
    const hostAnswers = async () => !last || (await answers(context))
    const failure = { error, place, progress: trip.progress, tunnelled: trip.tunnelled, hostAnswers, redact }
    return { kind: 'none', attempt: await explainFailure(failure) }
  }
}

/** Where the request has come to; read when it ends early. */
interface Trip {
  request: ExchangeRequest
  followed: number
  tunnelled: boolean
  progress: Progress
  /** The header that passes the maintenance page, until it was needed. */
  pass?: Readonly<Record<string, string>> | undefined
}

/** Gets our page at once where there is one, also where others wait for it. */
export const asVisitor = { 'x-stellwerk-visitor': 'check' }

export function isMaintenancePage(status: number, headers: Readonly<Record<string, string>>): boolean {
  return status === 503 && headers['x-stellwerk-maintenance'] !== undefined
}

async function follow(
  question: Question,
  trip: Trip,
  context: CheckContext,
  references: References,
  signal: AbortSignal,
): Promise<Answer> {
  for (;;) {
    trip.progress = { stage: 'connecting', bytes: 0 }
    const through = question.from === 'host' ? await way(trip, context) : undefined
    const request = withCookies(trip.request, question.jar, context)
    const answer = await exchange({ ...request, ...(through && { through }) }, signal, trip.progress)
    keepCookies(trip.request, answer, question.jar, context, references)
    if (trip.pass && isMaintenancePage(answer.status, answer.headers)) {
      const { 'x-stellwerk-visitor': _, ...headers } = trip.request.headers
      trip.request = { ...trip.request, headers: { ...headers, ...trip.pass } }
      trip.pass = undefined
      continue
    }
    const next = trip.followed < question.redirects ? redirected(trip.request, answer) : undefined
    if (next === undefined) return answer
    // A stranger may answer with our mark, and would be told how to pass.
    if (next.url.origin !== trip.request.url.origin) trip.pass = undefined
    trip.request = next
    trip.followed += 1
  }
}

function withCookies(request: ExchangeRequest, jar: CookieJar | undefined, context: CheckContext) {
  const kept = jar?.header(request.url, nameOf(request), context.clock.now().getTime())
  if (kept === undefined) return request
  const own = request.headers['cookie']
  return { ...request, headers: { ...request.headers, cookie: own === undefined ? kept : `${own}; ${kept}` } }
}

function keepCookies(
  request: ExchangeRequest,
  { cookies }: Answer,
  jar: CookieJar | undefined,
  context: CheckContext,
  references: References,
): void {
  const values = jar?.store(cookies, request.url, nameOf(request), context.clock.now().getTime()) ?? []
  // A session is as good as a password.
  for (const value of values) references.hide(value)
}

/** Whom the request is for: the name in its Host header, which may differ from the address it goes to. */
function nameOf({ headers, url }: ExchangeRequest): string {
  return (headers['host']?.replace(/:\d+$/, '') ?? url.hostname).toLowerCase()
}

async function way(trip: Trip, context: CheckContext) {
  const { url } = trip.request
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const name = url.hostname.replace(/^\[|\]$/g, '')
  const through = await context.host?.tunnel(name, port)
  trip.tunnelled = through !== undefined && (through.host !== name || through.port !== port)
  return through
}

/** The next request of a redirect. The user's own headers stay with the origin they were meant for. */
function redirected(request: ExchangeRequest, { status, headers }: Answer): ExchangeRequest | undefined {
  const location = headers['location']
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined
  const url = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined
  const own =
    url.origin === request.url.origin ? request.headers : ownHeaders(request.headers['accept'] ?? '*/*')
  if (status >= 307 || request.method === 'GET' || request.method === 'HEAD') {
    const { body: _, ...rest } = request
    const keepsBody = status >= 307 && url.origin === request.url.origin
    return { ...(keepsBody ? request : rest), url, headers: own }
  }
  return { url, method: 'GET', headers: own }
}

function prepare(
  question: Question,
  context: CheckContext,
  references: References,
  more: Readonly<Record<string, string>>,
): ExchangeRequest | Attempt {
  const written = question.url.startsWith('/') ? onAddress(question, context) : question.url
  if (typeof written !== 'string') return written
  if (question.from === 'host' && context.host === undefined) {
    return attempt(
      'unknown',
      text('there is no host to ask from', 'es gibt keinen Host, von dem aus gefragt werden kann'),
    )
  }
  const resolved = references.resolveUrl(written)
  const own =
    context.pass?.always && isPath(question) ? { [context.pass.name]: `\${${context.pass.secret}}` } : {}
  const headers = Object.entries({ ...more, ...own, ...question.headers }).map(([name, value]) => [
    name.toLowerCase(),
    references.resolve(value),
  ])
  const body = typeof question.body === 'string' ? references.resolve(question.body) : question.body
  if (references.missing.length > 0) {
    const names = references.missing.join(', ')
    return attempt('unknown', text(`no value for ${names}`, `kein Wert für ${names}`))
  }
  if (!URL.canParse(resolved)) {
    return attempt('unknown', text(`${written} is not an address`, `${written} ist keine Adresse`))
  }
  const url = new URL(resolved)
  return {
    url,
    method: question.method,
    headers: {
      ...ownHeaders(question.accept),
      ...authorization(url, references),
      ...Object.fromEntries(headers),
    },
    ...(body === undefined ? {} : { body }),
  }
}

/** Only for a path: what passes here must not travel to anybody else. */
function isPath({ url }: Question): boolean {
  return url.startsWith('/')
}

function passOf(question: Question, { pass }: CheckContext, references: References): Trip['pass'] {
  if (pass === undefined || pass.always || !isPath(question)) return undefined
  return { [pass.name.toLowerCase()]: references.resolve(`\${${pass.secret}}`) }
}

function onAddress(question: Question, { address }: CheckContext): string | Attempt {
  if (question.from === 'here' || address === undefined) {
    return attempt(
      'unknown',
      text(
        `no address is known where ${question.url} could be asked`,
        `es ist keine Adresse bekannt, an der ${question.url} gefragt werden könnte`,
      ),
    )
  }
  return `http://${authority(address)}${question.url}`
}

/** No cache may answer for the app, and nothing needs to be unpacked. */
function ownHeaders(accept: string): Readonly<Record<string, string>> {
  return {
    'user-agent': 'stellwerk-check',
    accept,
    'accept-encoding': 'identity',
    'cache-control': 'no-cache',
  }
}

function authorization(url: URL, references: References): Readonly<Record<string, string>> {
  if (url.username === '' && url.password === '') return {}
  const pair = Buffer.from(`${percentDecoded(url.username)}:${percentDecoded(url.password)}`).toString(
    'base64',
  )
  references.hide(pair)
  return { authorization: `Basic ${pair}` }
}

function percentDecoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** `127.0.0.1:8080`: without user, password and path, none of which belong into a message. */
function placeOf(url: URL): string {
  return url.port === '' ? `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}` : url.host
}

async function answers({ host, signal }: CheckContext): Promise<boolean> {
  const execution = await host?.run(':', { timeout: 5000, signal })
  return execution?.ending.kind === 'exit'
}
