// A visit: the page is opened, comes to rest, is worked with step by step, and comes to rest again.
import type { Browser, Page } from 'playwright-core'
import type { PageCheck } from '../config/schema/check.ts'
import type { PageStep } from '../config/schema/checks/page.ts'
import { formatDuration } from '../core/duration.ts'
import { text } from '../core/lang.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { asVisitor, isMaintenancePage } from './http-question.ts'
import { around } from './page-browser.ts'
import { PageRequests } from './page-requests.ts'
import { judgePage, type Seen } from './page-verdict.ts'
import type { References } from './references.ts'

export interface Visit {
  readonly check: PageCheck
  readonly url: URL
  /** What each step types, its references resolved. */
  readonly typed: readonly string[]
  /** A header that passes the maintenance page. */
  readonly pass: { readonly header: Readonly<Record<string, string>>; readonly always: boolean } | undefined
  readonly seen: Seen
  /** On the clock of `elapsed`. */
  readonly end: number
}

export async function visitPage(
  visit: Visit,
  browser: Browser,
  { clock }: CheckContext,
  references: References,
): Promise<Attempt> {
  const { check, url, typed, pass, seen } = visit
  const { steps } = check
  const page = await browser.newPage({ serviceWorkers: 'block', proxy: around })
  page.setDefaultTimeout(check.timeout)
  watch(page, check, seen)
  const requests = new PageRequests(page, clock.elapsed)
  const send = pass && (await sender(page, url.origin, pass.always ? pass.header : asVisitor))
  let startedAt = clock.elapsed()
  let response = await page.goto(url.href, { waitUntil: 'load' })
  if (send && response && isMaintenancePage(response.status(), response.headers())) {
    send(pass.header)
    requests.forget()
    seen.assets = 0
    seen.failed.length = 0
    seen.errors.length = 0
    startedAt = clock.elapsed()
    response = await page.goto(url.href, { waitUntil: 'load' })
  }
  seen.status = response?.status() ?? 0
  seen.load = clock.elapsed() - startedAt
  const judge = () => judgePage(check, seen, references.redact)
  // An app may draw its first words after the load event.
  const end = startedAt + Math.max(check.expect.maxLoad ?? 5000, seen.load)
  for (;;) {
    seen.text = await page.locator('body').innerText()
    if (seen.status !== check.expect.status || judge().text || clock.elapsed() >= end) break
    await page.waitForTimeout(100)
  }
  if (judge().attempt.verdict === 'fail') return judge().attempt
  const settle = () => comeToRest(page, visit, requests, clock.elapsed)
  await settle()
  // What came since may have taken the words away again.
  seen.text = await page.locator('body').innerText()
  if (judge().attempt.verdict !== 'pass') return judge().attempt
  for (const [index, step] of steps.entries()) {
    // Half of what is left: a step that is not possible must be told before the time is up.
    const limit = Math.min(10_000, Math.max(250, (visit.end - clock.elapsed()) / 2))
    try {
      if ('goto' in step && index > 0) await settle()
      await act(page, step, typed[index] ?? '', url, limit)
    } catch (error) {
      return stepFailed(index + 1, step, error, limit, references.redact)
    }
  }
  if (steps.length > 0) await settle()
  return judge().attempt
}

/** Longest wait for a page that asks again and again, or for the rest of an answer. */
const longestUnrest = 5000

/** Until the page asks for nothing any more, for at most half of the time that is left. A page may stay busy, but what it asked for
 *  at first must be answered. */
async function comeToRest(
  page: Page,
  { check, seen, end }: Visit,
  requests: PageRequests,
  elapsed: () => number,
) {
  const start = elapsed()
  const patience = Math.max(250, (end - start) / 2)
  const unrest = start + Math.min(longestUnrest, patience)
  seen.waiting = []
  while (!requests.isAtRest(start) && elapsed() < start + patience) {
    if (elapsed() >= unrest && (check.expect.assets === 'any' || requests.waiting(unrest).length === 0))
      return
    await page.waitForTimeout(50)
  }
  seen.waiting = requests.waiting(unrest)
}

function watch(page: Page, check: PageCheck, seen: Seen): void {
  page.on('response', response => {
    seen.assets += 1
    // The page itself may be wanted with such a status.
    const wanted = response.request().isNavigationRequest() && response.status() === check.expect.status
    if (response.status() >= 400 && !wanted)
      seen.failed.push({ url: response.url(), why: String(response.status()) })
  })
  page.on('requestfailed', request => {
    const why = request.failure()?.errorText ?? ''
    // The page itself gave it up, or a step moved on.
    if (why !== 'net::ERR_ABORTED') seen.failed.push({ url: request.url(), why })
  })
  page.on('console', message => {
    // Chromium repeats there what is counted as an asset already.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      seen.errors.push(message.text())
  })
  page.on('pageerror', error => void seen.errors.push(`${error.name}: ${error.message}`))
}

type Headers = Readonly<Record<string, string>>

/** Sends a header along, to the page's own address only, request by request: it must not follow a redirect to somebody
 *  else. Returns what changes it. */
async function sender(page: Page, origin: string, first: Headers): Promise<(next: Headers) => void> {
  let more = first
  const session = await page.context().newCDPSession(page)
  session.on('Fetch.requestPaused', ({ requestId, request }) => {
    const headers = Object.entries({ ...request.headers, ...more }).map(([key, content]) => ({
      name: key,
      value: content,
    }))
    // The page may be gone by now.
    session.send('Fetch.continueRequest', { requestId, headers }).catch(() => undefined)
  })
  await session.send('Fetch.enable', { patterns: [{ urlPattern: `${origin}/*` }] })
  return next => {
    more = next
  }
}

async function act(page: Page, step: PageStep, typed: string, url: URL, timeout: number): Promise<void> {
  if ('fill' in step) await page.locator(step.fill).first().fill(typed, { timeout })
  else if ('click' in step) await page.locator(step.click).first().click({ timeout })
  else if ('see' in step) await page.getByText(step.see).first().waitFor({ state: 'visible', timeout })
  else await page.goto(new URL(step.goto, url).href, { timeout, waitUntil: 'load' })
}

function stepFailed(
  number: number,
  step: PageStep,
  error: unknown,
  limit: number,
  redact: (input: string) => string,
): Attempt {
  const [verb, object] = Object.entries(step)[0] ?? ['', '']
  const what = redact(`${verb} ${JSON.stringify(object)}`)
  const time = formatDuration(limit)
  const line = redact(firstLine(error)).slice(0, 200)
  const why =
    error instanceof Error && error.name === 'TimeoutError'
      ? text(`not possible within ${time}`, `innerhalb von ${time} nicht möglich`)
      : text(line, line)
  return attempt('fail', text(`step ${number} ${what}: ${why.en}`, `Schritt ${number} ${what}: ${why.de}`), {
    stepNumber: number,
    error: line,
  })
}

export function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
}
