// What a Prometheus knows: its targets and the values of queries. A target that was not scraped yet, an empty result and NaN
// say nothing: unknown.
import type { Matcher, PrometheusCheck } from '../config/schema/check.ts'
import type { JsonValue } from '../core/json.ts'
import { isList } from '../core/json-path.ts'
import { type Text, text } from '../core/lang.ts'
import { type Verdict, worst } from '../core/verdict.ts'
import { prometheusByHand } from './by-hand-host.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { ask } from './http-question.ts'
import { judgeAnswer } from './http-verdict.ts'
import { match } from './matcher.ts'
import type { Probe } from './probe.ts'
import { References } from './references.ts'

export const prometheusProbe: Probe<PrometheusCheck> = {
  place: () => 'program',
  ofHost: ({ from }) => from === 'host',
  byHand: prometheusByHand,
  describe: ({ url }) => text(`Prometheus at ${url}`, `Prometheus auf ${url}`),
  attempt: tryPrometheus,
}

/** One thing seen. `pass` is told too: it is the evidence. */
interface Finding {
  readonly verdict: Verdict
  readonly what: Text
}

interface Asking {
  readonly check: PrometheusCheck
  readonly context: CheckContext
  readonly references: References
  /** On the clock of `elapsed`. */
  readonly end: number
  readonly last: boolean
}

async function tryPrometheus(check: PrometheusCheck, context: CheckContext, last: boolean): Promise<Attempt> {
  const references = new References(context)
  const asking = { check, context, references, end: context.clock.elapsed() + check.timeout, last }
  const { targets, jobs, query, queries } = check.expect
  const findings: Finding[] = []
  if (targets === 'up' || Object.keys(jobs).length > 0) {
    const answer = await read(asking, '/api/v1/targets?state=active')
    if ('verdict' in answer) return references.cleaned(answer)
    findings.push(...judgeTargets(check, answer.data, references.redact))
  }
  for (const { expr, value } of [...(query ? [query] : []), ...queries]) {
    const answer = await read(asking, `/api/v1/query?query=${encodeURIComponent(expr)}`)
    if ('verdict' in answer) return references.cleaned(answer)
    findings.push(...judgeQuery(expr, value, answer.data, references.redact))
  }
  return references.cleaned(summed(findings))
}

/** The `data` of an answer of the API; everything else is no knowledge about the targets. */
async function read(
  { check, context, references, end, last }: Asking,
  path: string,
): Promise<{ readonly data: JsonValue } | Attempt> {
  const question = {
    url: `${check.url.replace(/\/+$/, '')}${path}`,
    from: check.from,
    method: 'GET',
    headers: {},
    redirects: 0,
    timeout: Math.max(1, end - context.clock.elapsed()),
    accept: 'application/json',
  }
  const asked = await ask(question, context, references, last)
  // A Prometheus that is down says nothing about what it watches.
  if (asked.kind === 'none') return { ...asked.attempt, verdict: 'unknown' }
  // An error of a query comes with 4xx and says why in JSON.
  const judged = judgeAnswer(answered, asked.answer, asked.ms, references.redact)
  if (judged.verdict !== 'pass') return { ...judged, verdict: 'unknown' }
  const said = object(JSON.parse(asked.answer.body.text))
  if (said['status'] === 'success' && said['data'] !== undefined) return { data: said['data'] }
  const why = references.redact(word(said['error'])).slice(0, 200)
  return {
    ...judged,
    verdict: 'unknown',
    observed: text(`Prometheus refuses: ${why}`, `Prometheus lehnt ab: ${why}`),
  }
}

const answered = {
  status: [200, 400, 422, 503],
  headers: {},
  json: { '$.status': { exists: true } },
}

function judgeTargets(
  { expect }: PrometheusCheck,
  data: JsonValue,
  redact: (input: string) => string,
): readonly Finding[] {
  const active = list(object(data)['activeTargets']).map(object)
  if (active.length === 0) {
    return [{ verdict: 'unknown', what: text('it watches no target', 'es beobachtet kein Ziel') }]
  }
  const named = active.map(target => ({
    job: word(object(target['labels'])['job']),
    health: word(target['health']),
    url: word(target['scrapeUrl']),
    error: redact(word(target['lastError'])).slice(0, 160),
  }))
  const bad = expect.targets === 'up' ? named.filter(({ health }) => health !== 'up') : []
  const short = Object.entries(expect.jobs).flatMap(([job, least]) => {
    const own = named.filter(target => target.job === job)
    const up = own.filter(({ health }) => health === 'up').length
    if (up >= least) return []
    // Targets that are not scraped yet may still be up.
    const open = own.filter(({ health }) => health === 'unknown').length
    const verdict = up + open >= least ? ('unknown' as const) : ('fail' as const)
    const what = text(
      `job ${job}: ${up} up, expected at least ${least}`,
      `Job ${job}: ${up} laufend, erwartet mindestens ${least}`,
    )
    return [{ verdict, what }]
  })
  const all = named.length
  const up = named.filter(({ health }) => health === 'up').length
  return [
    ...bad.map(({ job, health, url, error }): Finding => {
      const why = error === '' ? '' : `: ${error}`
      return health === 'down'
        ? {
            verdict: 'fail',
            what: text(
              `target ${url} of job ${job} is down${why}`,
              `Ziel ${url} des Jobs ${job} ist nicht erreichbar${why}`,
            ),
          }
        : {
            verdict: 'unknown',
            what: text(
              `target ${url} of job ${job} was not asked yet`,
              `Ziel ${url} des Jobs ${job} wurde noch nicht gefragt`,
            ),
          }
    }),
    ...short,
    { verdict: 'pass', what: text(`targets up: ${up} of ${all}`, `laufende Ziele: ${up} von ${all}`) },
  ]
}

function judgeQuery(
  expr: string,
  matcher: Matcher,
  data: JsonValue,
  redact: (input: string) => string,
): readonly Finding[] {
  const { resultType, result } = object(data)
  // A scalar is [time, value]; a vector holds one such pair for each series.
  const series =
    resultType === 'scalar'
      ? [{ name: expr, value: list(result)[1] }]
      : list(result).map(one => seriesOf(expr, one))
  if (series.length === 0) {
    return [{ verdict: 'unknown', what: text(`${expr} has no value`, `${expr} hat keinen Wert`) }]
  }
  return series.map(({ name, value }): Finding => {
    const number = typeof value === 'string' ? Number(value) : Number.NaN
    if (!Number.isFinite(number)) {
      const shown = typeof value === 'string' ? text(value, value) : text('no number', 'keine Zahl')
      return { verdict: 'unknown', what: text(`${name} is ${shown.en}`, `${name} ist ${shown.de}`) }
    }
    const failure = match(text(name, name), number, matcher, { source: 'json', redact })
    if (failure) return { verdict: 'fail', what: failure }
    return { verdict: 'pass', what: text(`${name} is ${number}`, `${name} ist ${number}`) }
  })
}

/** `expr{instance="a:1"}`: several series are told apart by their labels. */
function seriesOf(
  expr: string,
  one: JsonValue,
): { readonly name: string; readonly value: JsonValue | undefined } {
  const { metric, value } = object(one)
  const labels = Object.entries(object(metric)).filter(([name]) => name !== '__name__')
  const shown = labels.map(([name, label]) => `${name}=${JSON.stringify(label)}`).join(', ')
  return { name: shown === '' ? expr : `${expr} {${shown}}`, value: list(value)[1] }
}

/** What is wrong, or else everything that was seen; at most three of them in words. */
function summed(findings: readonly Finding[]): Attempt {
  const bad = findings.filter(({ verdict }) => verdict !== 'pass')
  const shown = bad.length > 0 ? bad : findings
  const verdict = worst(findings.map(one => one.verdict))
  const more = shown.length - 3
  const line = (lang: keyof Text) =>
    shown
      .slice(0, 3)
      .map(({ what }) => what[lang])
      .join('; ')
  return attempt(
    verdict,
    text(
      `${line('en')}${more > 0 ? `; and ${more} more` : ''}`,
      `${line('de')}${more > 0 ? `; und ${more} weitere` : ''}`,
    ),
    {
      seen: findings
        .map(({ what }) => what.en)
        .slice(0, 20)
        .join('; '),
    },
  )
}

function object(value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {}
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return isList(value) ? value : []
}

function word(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
