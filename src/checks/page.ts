// A page as a user sees it: status, visible text, load time, every asset, and no error in the console.
import type { Browser } from 'playwright-core'
import type { PageCheck } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { ProblemError } from '../core/problem.ts'
import { pageByHand } from './by-hand-host.ts'
import { type Attempt, attempt, authority, type CheckContext } from './context.ts'
import { withDeadline } from './deadline.ts'
import { explainFailure, stopped } from './http-failure.ts'
import { findBrowser, openBrowser } from './page-browser.ts'
import { firstLine, type Visit, visitPage } from './page-visit.ts'
import type { Probe } from './probe.ts'
import { References } from './references.ts'

export const pageProbe: Probe<PageCheck> = {
  place: () => 'program',
  ofHost: ({ from }) => from === 'host',
  byHand: pageByHand,
  describe: ({ url }) => text(`page ${url}`, `Seite ${url}`),
  attempt: tryPage,
}

async function tryPage(check: PageCheck, context: CheckContext, last: boolean): Promise<Attempt> {
  const references = new References(context)
  const executable = findBrowser(check.browser)
  if (executable === undefined) return noBrowser(check)
  const url = addressOf(check, context, references)
  if (!(url instanceof URL)) return url
  const typed = check.steps.map(step => ('with' in step ? references.resolve(step.with) : ''))
  const pass =
    context.pass && check.url.startsWith('/')
      ? {
          header: { [context.pass.name]: references.resolve(`\${${context.pass.secret}}`) },
          always: context.pass.always === true,
        }
      : undefined
  if (references.missing.length > 0) {
    const missing = references.missing.join(', ')
    return attempt('unknown', text(`no value for ${missing}`, `kein Wert für ${missing}`))
  }
  const end = context.clock.elapsed() + check.timeout
  const visit: Visit = {
    check,
    url,
    typed,
    pass,
    seen: { failed: [], errors: [], waiting: [], assets: 0 },
    end,
  }
  let browser: Browser | undefined
  try {
    const routes = await routesTo(check, url, context)
    const ended = await withDeadline(check.timeout, context, async signal => {
      const opened = await openBrowser(executable, routes, check.timeout)
      browser = opened
      // Out of time while it started: whoever waited for it is gone.
      if (signal.aborted) await opened.close()
      return visitPage(visit, opened, context, references)
    })
    if (ended.kind === 'aborted') return stopped()
    return references.cleaned(ended.kind === 'done' ? ended.value : tooLate(visit))
  } catch (error) {
    if (ProblemError.is(error)) return attempt('unknown', error.problem.what)
    return references.cleaned(await unseen(error, visit, context, references, last))
  } finally {
    await browser?.close().catch(() => undefined)
  }
}

function addressOf(check: PageCheck, { address, host }: CheckContext, references: References): URL | Attempt {
  if (check.from === 'host' && host === undefined) {
    return attempt(
      'unknown',
      text('there is no host to ask from', 'es gibt keinen Host, von dem aus gefragt werden kann'),
    )
  }
  const resolved = references.resolve(check.url)
  const written = resolved.startsWith('/') && address ? `http://${authority(address)}${resolved}` : resolved
  if (URL.canParse(written)) return new URL(written)
  return attempt(
    'unknown',
    text(
      `no address is known where ${check.url} could be opened`,
      `es ist keine Adresse bekannt, an der ${check.url} geöffnet werden könnte`,
    ),
  )
}

/** Through the host's tunnel; name, Host header and certificate stay those of the address. */
async function routesTo(
  check: PageCheck,
  url: URL,
  { host }: CheckContext,
): Promise<ReadonlyMap<string, string>> {
  if (check.from !== 'host' || host === undefined) return new Map()
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const name = url.hostname.replace(/^\[|\]$/g, '')
  const through = await host.tunnel(name, port)
  return through.host === name && through.port === port
    ? new Map()
    : new Map([[`${url.hostname}:${port}`, authority(through)]])
}

const codes: readonly (readonly [RegExp, string])[] = [
  [/ERR_CONNECTION_REFUSED/, 'ECONNREFUSED'],
  [/ERR_(EMPTY_RESPONSE|CONNECTION_RESET|CONNECTION_CLOSED|SOCKET_NOT_CONNECTED)/, 'ECONNRESET'],
  [/ERR_NAME_NOT_RESOLVED/, 'ENOTFOUND'],
  [/ERR_CERT_/, 'CERT_'],
  [/ERR_SSL_/, 'EPROTO'],
]

/** The browser's own words, told as an HTTP check tells the same. */
async function unseen(
  error: unknown,
  { url, seen }: Visit,
  context: CheckContext,
  { redact }: References,
  last: boolean,
): Promise<Attempt> {
  const message = firstLine(error)
  if (message.startsWith('browserType.launch')) {
    const why = message.slice(0, 200)
    return attempt('unknown', text(`the browser does not start: ${why}`, `der Browser startet nicht: ${why}`))
  }
  const code = codes.find(([pattern]) => pattern.test(message))?.[1] ?? ''
  const place = redact(url.port === '' ? `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}` : url.host)
  const tunnelled = context.host !== undefined
  return explainFailure({
    error: Object.assign(new Error(message), { code: tunnelled && code === 'ECONNREFUSED' ? '' : code }),
    place,
    progress: { stage: seen.assets === 0 ? 'connecting' : 'receiving', bytes: 0 },
    tunnelled,
    hostAnswers: async () =>
      !last ||
      (await context.host?.run(':', { timeout: 5000, signal: context.signal }))?.ending.kind === 'exit',
    redact,
  })
}

function tooLate({ check, seen }: Visit): Attempt {
  const time = formatDuration(check.timeout)
  return attempt(
    'unknown',
    seen.load === undefined
      ? text(`the page was not loaded within ${time}`, `die Seite war nicht innerhalb von ${time} geladen`)
      : text(`the visit did not end within ${time}`, `der Besuch endete nicht innerhalb von ${time}`),
    { requests: seen.assets },
  )
}

function noBrowser({ browser }: PageCheck): Attempt {
  const install = 'apt-get install chromium'
  const what: Text =
    browser === undefined
      ? text(
          `no Chromium on this machine; it comes with: ${install}`,
          `kein Chromium auf dieser Maschine; es kommt mit: ${install}`,
        )
      : text(
          `there is no browser ${browser}; one comes with: ${install}`,
          `den Browser ${browser} gibt es nicht; einer kommt mit: ${install}`,
        )
  return attempt('unknown', what)
}
