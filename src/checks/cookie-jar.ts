// The cookies of one flow, as a browser keeps them: by host, path, Secure and expiry.

interface Cookie {
  readonly name: string
  readonly value: string
  readonly host: string
  /** Whether hosts below it get the cookie too: it named its Domain. */
  readonly below: boolean
  readonly path: string
  readonly secure: boolean
  /** Milliseconds since 1970; absent: until the flow ends. */
  readonly expires?: number
}

export class CookieJar {
  #cookies: readonly Cookie[] = []

  /** Takes the `Set-Cookie` lines of an answer from `url`. `host`: whom the request was for, when a Host header said another
   *  name than the URL. Returns the values, so that they can be hidden. */
  store(lines: readonly string[], url: URL, host: string, now: number): readonly string[] {
    const cookies = lines.flatMap(line => parseCookie(line, url, host, now) ?? [])
    for (const cookie of cookies) {
      const others = this.#cookies.filter(other => !isSame(other, cookie))
      const gone = cookie.expires !== undefined && cookie.expires <= now
      this.#cookies = gone ? others : [...others, cookie]
    }
    return this.#cookies.filter(cookie => cookies.includes(cookie)).map(({ value }) => value)
  }

  /** The `Cookie` header of a request to `url`; undefined when no cookie is meant for it. */
  header(url: URL, host: string, now: number): string | undefined {
    const sent = this.#cookies
      .filter(
        ({ expires, secure, ...cookie }) =>
          (expires === undefined || expires > now) &&
          (!secure || isTrustworthy(url)) &&
          (cookie.host === host || (cookie.below && host.endsWith(`.${cookie.host}`))) &&
          isBelow(url.pathname, cookie.path),
      )
      .sort((a, b) => b.path.length - a.path.length)
    return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join('; ')
  }
}

function parseCookie(line: string, url: URL, host: string, now: number): Cookie | undefined {
  const [pair = '', ...rest] = line.split(';')
  const at = pair.indexOf('=')
  const name = pair.slice(0, Math.max(0, at)).trim()
  if (name === '') return undefined
  const attributes = new Map(
    rest.map(part => {
      const [key = '', ...value] = part.split('=')
      return [key.trim().toLowerCase(), value.join('=').trim()]
    }),
  )
  const domain = (attributes.get('domain') ?? '').replace(/^\./, '').toLowerCase()
  // A cookie for somebody else's name is refused, as every browser does.
  if (domain !== '' && domain !== host && !isAbove(domain, host)) return undefined
  const secure = attributes.has('secure')
  if (secure && !isTrustworthy(url)) return undefined
  const path = attributes.get('path') ?? ''
  const expires = expiryOf(attributes, now)
  return {
    name,
    value: pair.slice(at + 1).trim(),
    host: domain === '' ? host : domain,
    below: domain !== '',
    path: path.startsWith('/') ? path : url.pathname.slice(0, url.pathname.lastIndexOf('/')) || '/',
    secure,
    ...(expires === undefined ? {} : { expires }),
  }
}

/** Neither a whole top-level domain nor the end of an address of numbers belongs to somebody. */
function isAbove(domain: string, host: string): boolean {
  return domain.includes('.') && !/^[\d.]+$/.test(host) && host.endsWith(`.${domain}`)
}

/** Max-Age wins over Expires; one that is not a date is none. */
function expiryOf(attributes: ReadonlyMap<string, string>, now: number): number | undefined {
  const age = attributes.get('max-age')
  if (age !== undefined && /^-?\d+$/.test(age)) return now + Number(age) * 1000
  const date = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(date) ? undefined : date
}

function isSame(a: Cookie, b: Cookie): boolean {
  return a.name === b.name && a.host === b.host && a.path === b.path
}

/** /api covers /api and /api/x, not /apis. */
function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}

/** A Secure cookie travels over TLS, and to the machine itself, as in browsers: the tunnel's end is there. */
function isTrustworthy({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
