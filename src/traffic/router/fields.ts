// The header lines of one message: names and values proven, framing and connection noted, the rest passed on as it came.
// Two programs that frame one byte stream differently are how requests get smuggled, so doubt is an error here.

/** Text of a head: the lines up to the empty line, each with its CRLF, bytes as Latin-1 characters. */
export type HeadText = string

const maxHeaderLines = 128

const plain = 0
const host = 1
const contentLength = 2
const transferEncoding = 3
const connection = 4
const hop = 5
const upgrade = 6
const expect = 7
const forwardedFor = 8
const forwardedProto = 9
const forwardedHost = 10
const claimsClient = 11
const keepAliveHint = 12

const special: ReadonlyMap<string, number> = new Map([
  ['host', host],
  ['content-length', contentLength],
  ['transfer-encoding', transferEncoding],
  ['connection', connection],
  ['keep-alive', keepAliveHint],
  ['proxy-connection', hop],
  ['proxy-authenticate', hop],
  ['proxy-authorization', hop],
  ['te', hop],
  ['http2-settings', hop],
  ['upgrade', upgrade],
  ['expect', expect],
  ['x-forwarded-for', forwardedFor],
  ['x-forwarded-proto', forwardedProto],
  ['x-forwarded-host', forwardedHost],
  ['forwarded', claimsClient],
  ['x-real-ip', claimsClient],
])

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** A control byte, a CR without LF or an LF without CR anywhere in a head. */
export const foul = /[^\t\r\n\x20-\x7e\x80-\xff]|\r(?!\n)|(?<!\r)\n/
export const hostShape = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])?(?::\d{0,5})?$/
const digits = /^\d{1,15}$/

/** Reads header names into kinds and remembers them: real traffic repeats a few dozen spellings. A remembered name is
 *  also a proven token. The memory is bounded, so that made-up names cannot fill it. */
export class HeaderNames {
  readonly #kinds = new Map<string, number>()

  /** The kind of a header name, or -1 when it is not a token. */
  kind(name: string): number {
    const known = this.#kinds.get(name)
    if (known !== undefined) return known
    if (!token.test(name)) return -1
    const lower = name.toLowerCase()
    // A gateway interface maps `_` and `-` to the same variable: X_Forwarded_For is X-Forwarded-For in disguise.
    const dashed = lower.replaceAll('_', '-')
    let kind = special.get(lower) ?? plain
    if (kind === plain && (dashed.startsWith('x-forwarded') || special.get(dashed) !== undefined))
      kind = claimsClient
    if (this.#kinds.size < 1024) this.#kinds.set(name, kind)
    return kind
  }
}

export class Refused extends Error {
  readonly status: number
  constructor(status: number, why: string) {
    super(why)
    this.status = status
  }
}

/** What the header lines of one message say about its framing and its connection. */
export class Fields {
  lines = ''
  host: string | undefined
  length: number | undefined
  chunked = false
  upgrade: string | undefined
  expect: string | undefined
  forwardedFor: string | undefined
  forwardedProto: string | undefined
  forwardedHost: string | undefined
  close = false
  keepAlive = false
  wantsUpgrade = false
  idleHint: number | undefined
  named: string[] | undefined
}

export function readFields(
  names: HeaderNames,
  text: HeadText,
  from: number,
  response: boolean,
  trusted: boolean,
): Fields {
  const fields = new Fields()
  const end = text.length
  let position = from
  // Neighbouring lines that travel on are cut out as one piece.
  let runStart = from
  let count = 0
  while (position < end) {
    if (++count > maxHeaderLines) throw new Refused(431, 'too many header lines')
    const lineEnd = text.indexOf('\r\n', position)
    const colon = text.indexOf(':', position)
    if (colon === -1 || colon > lineEnd) throw new Refused(400, 'header line without a colon')
    const kind = names.kind(text.slice(position, colon))
    const next = lineEnd + 2
    if (kind === plain || (kind === claimsClient && (response || trusted))) {
      position = next
      continue
    }
    if (kind === -1) throw new Refused(400, 'header name with forbidden characters')
    const value = text.slice(colon + 1, lineEnd).trim()
    const keeps = readSpecial(fields, kind, value, response)
    if (!keeps) {
      if (position > runStart) fields.lines += text.slice(runStart, position)
      runStart = next
    }
    position = next
  }
  fields.lines = runStart === from ? text.slice(from) : fields.lines + text.slice(runStart)
  if (fields.named) fields.lines = withoutNamed(fields.lines, fields.named)
  return fields
}

/** Notes a header that matters here; true when the line also travels on as it is. */
function readSpecial(fields: Fields, kind: number, value: string, response: boolean): boolean {
  switch (kind) {
    case host:
      if (response) return true
      if (fields.host !== undefined) throw new Refused(400, 'more than one Host')
      if (!hostShape.test(value)) throw new Refused(400, 'Host with forbidden characters')
      fields.host = value
      return true
    case contentLength:
      if (fields.length !== undefined) throw new Refused(400, 'more than one Content-Length')
      if (!digits.test(value)) throw new Refused(400, 'Content-Length is not a number')
      fields.length = Number(value)
      return true
    case transferEncoding:
      if (fields.chunked) throw new Refused(400, 'more than one Transfer-Encoding')
      if (value.toLowerCase() !== 'chunked')
        throw new Refused(response ? 502 : 501, 'unknown transfer coding')
      fields.chunked = true
      return false
    case connection:
      readConnection(fields, value)
      return false
    case keepAliveHint: {
      const seconds = /(?:^|[\s,;])timeout=(\d{1,6})/i.exec(value)?.[1]
      if (seconds !== undefined) fields.idleHint = Number(seconds) * 1000
      return false
    }
    case upgrade:
      fields.upgrade = value.toLowerCase()
      return false
    case expect:
      if (response) return true
      fields.expect = value.toLowerCase()
      return false
    case forwardedFor:
      if (response) return true
      fields.forwardedFor = fields.forwardedFor === undefined ? value : `${fields.forwardedFor}, ${value}`
      return false
    case forwardedProto:
      if (response) return true
      fields.forwardedProto = value
      return false
    case forwardedHost:
      if (response) return true
      fields.forwardedHost = value
      return false
    default:
      return false
  }
}

function readConnection(fields: Fields, value: string): void {
  const lower = value.toLowerCase()
  if (lower === 'keep-alive') fields.keepAlive = true
  else if (lower === 'close') fields.close = true
  else {
    for (const part of lower.split(',')) {
      const option = part.trim()
      if (option === 'close') fields.close = true
      else if (option === 'keep-alive') fields.keepAlive = true
      else if (option === 'upgrade') fields.wantsUpgrade = true
      else if (option !== '') {
        fields.named ??= []
        fields.named.push(option)
      }
    }
  }
}

/** Headers that frame or address a message stay whatever Connection says about them. */
const essential: ReadonlySet<string> = new Set(['host', 'content-length', 'content-type', 'content-encoding'])

function withoutNamed(lines: string, named: readonly string[]): string {
  let kept = ''
  for (const line of lines.split('\r\n')) {
    if (line === '') continue
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    if (essential.has(name) || !named.includes(name)) kept += `${line}\r\n`
  }
  return kept
}
