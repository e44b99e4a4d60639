// A request of a check as curl, for a person: the same words, with secrets as $NAME that no argument list ever holds.
import type { FlowCheck, HttpCheck } from '../config/schema/check.ts'
import { quote } from '../core/shell.ts'
import type { CheckHand } from './probe.ts'

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/

interface Asked extends Partial<Pick<HttpCheck, 'body' | 'form' | 'redirects'>> {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

export function httpByHand(check: Asked, place: CheckHand): readonly string[] {
  return [curl(check, place, '')]
}

/** Cookies and saved values go on from step to step: a person copies the values out of each answer. */
export function flowByHand(check: FlowCheck, place: CheckHand): readonly string[] {
  return check.steps.flatMap(step => [
    curl(step, place, ' -b cookies -c cookies'),
    ...Object.entries(step.save ?? {}).map(
      ([name, from]) => `${variable(name)}=${quote(`<${sourceOf(from)}>`)}`,
    ),
  ])
}

function sourceOf(from: unknown): string {
  return typeof from === 'string'
    ? from
    : Object.entries(from as object)
        .flat()
        .join(' ')
}

function curl(given: Asked, place: CheckHand, more: string): string {
  const asked = withPass(given, place)
  const { method, headers, body, form, redirects } = asked
  const url = absolute(named(asked.url), place)
  const values = [url, ...Object.values(headers ?? {}), body ?? '', ...fieldsOf(form)].map(named)
  const verb = method === 'GET' || (method === 'POST' && (body ?? form) !== undefined) ? '' : ` -X ${method}`
  const follow = redirects === undefined || redirects === 0 ? '' : ' -L'
  const head = `curl -sS -i${more}${verb}${follow}`
  return values.some(value => reference.test(value))
    ? fromInput(head, asked, url)
    : [
        head,
        ...Object.entries(headers ?? {}).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
        ...(body === undefined ? [] : [`--data-raw ${quote(body)}`]),
        ...fieldsOf(form).map(field => `-F ${quote(field)}`),
        quote(url),
      ].join(' ')
}

/** Only to the app itself: curl would carry the header along to wherever it is redirected. */
function withPass(asked: Asked, { pass }: CheckHand): Asked {
  if (pass === undefined || !asked.url.startsWith('/')) return asked
  return { ...asked, headers: { ...asked.headers, [pass.name]: `\${${pass.secret}}` }, redirects: 0 }
}

// curl reads its options from the standard input: what stands there is in no list of processes.
function fromInput(head: string, { headers, body, form }: Asked, url: string): string {
  const lines = [
    `url = ${option(url)}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `header = ${option(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`data-raw = ${option(body)}`]),
    ...fieldsOf(form).map(field => `form = ${option(field)}`),
  ]
  return `${head} -K - <<END\n${lines.join('\n')}\nEND`
}

// Twice quoted: for curl, and for the shell that fills in the values.
function option(value: string): string {
  return named(value)
    .split(/(\$\{[A-Za-z_][A-Za-z0-9_]*\})/)
    .map(part =>
      reference.test(part)
        ? part
        : part
            .replaceAll(/[\\"]/g, '\\$&')
            .replaceAll('\n', '\\n')
            .replaceAll(/[\\$`]/g, '\\$&'),
    )
    .join('')
    .replace(/^/, '"')
    .concat('"')
}

function fieldsOf(form: HttpCheck['form']): readonly string[] {
  return Object.entries(form ?? {}).map(([name, field]) =>
    typeof field === 'string' ? `${name}=${field}` : `${name}=@${field.file};type=${field.type}`,
  )
}

/** `{{id}}` of a flow becomes a variable of the shell like any other. */
function named(value: string): string {
  return value.replaceAll(
    /\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}/g,
    (_, name: string) => `\${${variable(name)}}`,
  )
}

/** What a flow saves may have a hyphen in its name, a variable of the shell may not. */
function variable(name: string): string {
  return name.replaceAll('-', '_')
}

/** The same place that the check asks, for every kind that asks by address. */
function absolute(url: string, { base }: CheckHand): string {
  return url.startsWith('/') ? `${base ?? 'http://<address>'}${url}` : url
}
