// Strict reading of HTTP/1.x message heads. Two programs that frame one byte stream differently are how requests get
// smuggled, so whatever this file is not sure about is refused instead of forwarded.

import {
  type Fields,
  foul,
  type HeaderNames,
  type HeadText,
  hostShape,
  Refused,
  readFields,
} from './fields.ts'

/** Why a message is not served: the status for its sender, and words for a log. */
export interface Refusal {
  readonly status: number
  readonly why: string
}

export type Framing = 'none' | 'length' | 'chunked' | 'close'

export interface RequestHead {
  readonly method: string
  /** Always origin-form or `*`. */
  readonly target: string
  /** 0 or 1: the minor version the client speaks. */
  readonly minor: number
  readonly host: string | undefined
  readonly framing: Framing
  /** Bytes of the body when framing is `length`. */
  readonly length: number
  readonly keepAlive: boolean
  /** Lower-case protocol the client wants to change to, when it may. */
  readonly upgrade: string | undefined
  readonly expectsContinue: boolean
  /** Header lines that travel on unchanged, each with CRLF. */
  readonly lines: string
  readonly forwardedFor: string | undefined
  readonly forwardedProto: string | undefined
  readonly forwardedHost: string | undefined
}

export interface ResponseHead {
  readonly status: number
  /** `200 OK`: what follows the version. */
  readonly statusText: string
  readonly framing: Framing
  readonly length: number
  readonly keepAlive: boolean
  /** How long the server says it keeps an idle connection, in milliseconds. */
  readonly idleHint: number | undefined
  readonly upgrade: string | undefined
  readonly lines: string
}

const targetShape = /^[\x21-\x7e\x80-\xff]+$/

/** Reads a request head. `trusted`: the peer's own claims about the client are believed. */
export function parseRequestHead(
  names: HeaderNames,
  text: HeadText,
  trusted: boolean,
): RequestHead | Refusal {
  try {
    return readRequest(names, text, trusted)
  } catch (error) {
    if (error instanceof Refused) return { status: error.status, why: error.message }
    throw error
  }
}

function readRequest(names: HeaderNames, text: HeadText, trusted: boolean): RequestHead {
  if (foul.test(text)) throw new Refused(400, 'control character in the head')
  const lineEnd = text.indexOf('\r\n')
  const first = text.indexOf(' ')
  const second = text.indexOf(' ', first + 1)
  if (first <= 0 || second <= first + 1 || second > lineEnd) throw new Refused(400, 'not a request line')
  const method = text.slice(0, first)
  const version = text.slice(second + 1, lineEnd)
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') {
    throw new Refused(/^HTTP\/\d\.\d$/.test(version) ? 505 : 400, 'unknown HTTP version')
  }
  const minor = version === 'HTTP/1.1' ? 1 : 0
  // The same bounded memory proves methods: they are tokens too.
  if (names.kind(method) === -1) throw new Refused(400, 'not a method')
  if (method === 'CONNECT') throw new Refused(405, 'CONNECT is not served')
  let target = text.slice(first + 1, second)
  if (!targetShape.test(target)) throw new Refused(400, 'request target with forbidden characters')
  const fields = readFields(names, text, lineEnd + 2, false, trusted)

  if (target.charCodeAt(0) !== 47 && !(target === '*' && method === 'OPTIONS')) {
    const absolute = /^https?:\/\/([^/?#@]+)([/?].*)?$/i.exec(target)
    if (!absolute?.[1] || !hostShape.test(absolute[1]))
      throw new Refused(400, 'unknown form of request target')
    const rest = absolute[2] ?? '/'
    target = rest.startsWith('/') ? rest : `/${rest}`
    fields.host = absolute[1]
    fields.lines = `Host: ${absolute[1]}\r\n${withoutHost(fields.lines)}`
  }
  if (fields.host === undefined && minor === 1) throw new Refused(400, 'Host is missing')
  if (fields.chunked && (fields.length !== undefined || minor === 0)) {
    throw new Refused(400, 'Transfer-Encoding beside Content-Length or in HTTP/1.0')
  }
  if (fields.expect !== undefined && fields.expect !== '100-continue')
    throw new Refused(417, 'unknown expectation')
  const length = fields.length ?? 0
  const framing: Framing = fields.chunked ? 'chunked' : length > 0 ? 'length' : 'none'
  return {
    method,
    target,
    minor,
    host: fields.host,
    framing,
    length,
    keepAlive: minor === 1 ? !fields.close : fields.keepAlive && !fields.close,
    upgrade: mayUpgrade(fields, minor, framing) ? fields.upgrade : undefined,
    expectsContinue: fields.expect !== undefined && minor === 1 && framing !== 'none',
    lines: fields.lines,
    forwardedFor: fields.forwardedFor,
    forwardedProto: fields.forwardedProto,
    forwardedHost: fields.forwardedHost,
  }
}

function withoutHost(lines: string): string {
  return lines
    .split('\r\n')
    .filter(line => line !== '' && !/^host\s*:/i.test(line))
    .map(line => `${line}\r\n`)
    .join('')
}

/** An upgrade to another HTTP would be a tunnel past every rule here; a body before an upgrade is ambiguous. */
function mayUpgrade(fields: Fields, minor: number, framing: Framing): boolean {
  if (!fields.wantsUpgrade || fields.upgrade === undefined || minor === 0 || framing !== 'none') return false
  return /^[a-z0-9!#$%&'*+.^_`|~/-]+$/.test(fields.upgrade) && !/^(h2c?|http|tls)/.test(fields.upgrade)
}

/** Reads a response head. `bodyless`: the request's method says that no body follows (HEAD). */
export function parseResponseHead(
  names: HeaderNames,
  text: HeadText,
  bodyless: boolean,
): ResponseHead | Refusal {
  try {
    return readResponse(names, text, bodyless)
  } catch (error) {
    if (error instanceof Refused) return { status: 502, why: error.message }
    throw error
  }
}

function readResponse(names: HeaderNames, text: HeadText, bodyless: boolean): ResponseHead {
  if (foul.test(text)) throw new Refused(502, 'control character in the head')
  const lineEnd = text.indexOf('\r\n')
  const start = text.slice(0, 9)
  if (start !== 'HTTP/1.1 ' && start !== 'HTTP/1.0 ') throw new Refused(502, 'not a status line')
  const statusText = text.slice(9, lineEnd)
  const status = Number(statusText.slice(0, 3))
  if (!(status >= 100 && status <= 999) || (statusText.length > 3 && statusText.charCodeAt(3) !== 32)) {
    throw new Refused(502, 'not a status line')
  }
  const fields = readFields(names, text, lineEnd + 2, true, true)
  if (fields.chunked && fields.length !== undefined)
    throw new Refused(502, 'Transfer-Encoding beside Content-Length')
  const empty = bodyless || status < 200 || status === 204 || status === 304
  const minor = start === 'HTTP/1.1 ' ? 1 : 0
  let framing: Framing = 'close'
  if (empty) framing = 'none'
  else if (fields.chunked) framing = 'chunked'
  else if (fields.length !== undefined) framing = fields.length === 0 ? 'none' : 'length'
  return {
    status,
    statusText,
    framing,
    length: fields.length ?? 0,
    keepAlive: framing !== 'close' && !fields.close && (minor === 1 || fields.keepAlive),
    idleHint: fields.idleHint,
    upgrade: fields.upgrade,
    lines: fields.lines,
  }
}
