// One attempt of an HTTP check.
import type { HttpCheck } from '../config/schema/check.ts'
import { text } from '../core/lang.ts'
import type { Attempt, CheckContext } from './context.ts'
import { ask } from './http-question.ts'
import { judgeAnswer } from './http-verdict.ts'
import type { Probe } from './probe.ts'
import { References } from './references.ts'

export const httpProbe: Probe<HttpCheck> = {
  place: () => 'program',
  ofHost: ({ from }) => from === 'host',
  describe: ({ method, url }) => text(`${method} ${url}`, `${method} ${url}`),
  attempt: tryHttp,
}

/** `last`: see `ask`. */
export async function tryHttp(check: HttpCheck, context: CheckContext, last: boolean): Promise<Attempt> {
  const references = new References(context.secret)
  const { url, from, method, headers, body, redirects, timeout, expect } = check
  const accept = expect.json ? 'application/json' : '*/*'
  const question = {
    url,
    from,
    method,
    headers,
    redirects,
    timeout,
    accept,
    ...(body === undefined ? {} : { body }),
  }
  const asked = await ask(question, context, references, last)
  if (asked.kind === 'none') return references.cleaned(asked.attempt)
  const judged = judgeAnswer(expect, asked.answer, asked.ms, references.redact)
  const redirected = asked.followed === 0 ? {} : { redirects: asked.followed }
  return references.cleaned({ ...judged, details: { ...judged.details, ...redirected } })
}
