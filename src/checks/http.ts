// One attempt of an HTTP check.

import { randomUUID } from 'node:crypto'
import type { HttpCheck } from '../config/schema/check.ts'
import type { Form } from '../config/schema/checks/request.ts'
import { text } from '../core/lang.ts'
import { httpByHand } from './by-hand-http.ts'
import type { Attempt, CheckContext } from './context.ts'
import { encodeForm } from './http-form.ts'
import { ask, type Question } from './http-question.ts'
import { judgeAnswer } from './http-verdict.ts'
import type { Probe } from './probe.ts'
import { References } from './references.ts'

export const httpProbe: Probe<HttpCheck> = {
  place: () => 'program',
  ofHost: ({ from }) => from === 'host',
  byHand: httpByHand,
  describe: ({ method, url }) => text(`${method} ${url}`, `${method} ${url}`),
  attempt: tryHttp,
}

/** `last`: see `ask`. */
async function tryHttp(check: HttpCheck, context: CheckContext, last: boolean): Promise<Attempt> {
  const references = new References(context)
  const { expect } = check
  const question = await questionOf(check, context, references)
  if ('verdict' in question) return references.cleaned(question)
  const asked = await ask(question, context, references, last)
  if (asked.kind === 'none') return references.cleaned(asked.attempt)
  const judged = judgeAnswer(expect, asked.answer, asked.ms, references.redact)
  const redirected = asked.followed === 0 ? {} : { redirects: asked.followed }
  return references.cleaned({ ...judged, details: { ...judged.details, ...redirected } })
}

/** What is asked, as it is written: references are resolved where it is sent. */
export async function questionOf(
  request: Pick<HttpCheck, 'url' | 'from' | 'method' | 'headers' | 'redirects' | 'timeout' | 'expect'> & {
    readonly body?: string | undefined
    readonly form?: Form | undefined
  },
  context: CheckContext,
  references: References,
): Promise<Question | Attempt> {
  const { url, from, method, headers, body, form, redirects, timeout, expect } = request
  const accept = expect.json ? 'application/json' : '*/*'
  const question = { url, from, method, headers, redirects, timeout, accept }
  if (form === undefined) return body === undefined ? question : { ...question, body }
  const encoded = await encodeForm(form, context, references, `stellwerk-${randomUUID()}`)
  if ('verdict' in encoded) return encoded
  return { ...question, headers: { ...headers, 'content-type': encoded.contentType }, body: encoded.body }
}
