// The scalars that many sections share. Durations and sizes become numbers here, so no later code parses them again.
import { z } from 'zod'
import { parseBytes } from '../../core/bytes.ts'
import { parseDuration } from '../../core/duration.ts'
import { says } from './words.ts'

/** "10s" in the file, milliseconds in the config. */
export const duration = z
  .string()
  .meta({ title: 'duration' })
  .refine(
    value => parseDuration(value) !== undefined,
    says(
      'must be a duration with a unit, such as "10s", "5m" or "1h30m"',
      'muss eine Dauer mit Einheit sein, etwa "10s", "5m" oder "1h30m"',
    ),
  )
  .transform(value => parseDuration(value) ?? 0)

/** A duration with a default, written as a person would. */
export function durationOr(fallback: string) {
  return duration.prefault(fallback)
}

/** "50GB" in the file, bytes in the config. */
export const bytes = z
  .string()
  .meta({ title: 'size' })
  .refine(
    value => parseBytes(value) !== undefined,
    says(
      'must be a size with a unit, such as "500MB" or "50GB"',
      'muss eine Größe mit Einheit sein, etwa "500MB" oder "50GB"',
    ),
  )
  .transform(value => parseBytes(value) ?? 0)

/** A day as people write it in a document; no time, no zone. */
export const day = z.iso
  .date(says('must be a date, such as "2026-12-01"', 'muss ein Datum sein, etwa "2026-12-01"'))
  .meta({ title: 'date' })

export const regularExpression = z
  .string()
  .min(1)
  .refine(
    isPattern,
    says(
      'must be a regular expression (JavaScript, u flag)',
      'muss ein regulärer Ausdruck sein (JavaScript, Schalter u)',
    ),
  )

/** A name that is safe as a file name, a unit name and a shell word. */
export const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,39}$/,
    says(
      'must start with a letter and hold only a-z, 0-9 and "-" (at most 40)',
      'muss mit einem Buchstaben beginnen und darf nur a-z, 0-9 und "-" enthalten (höchstens 40)',
    ),
  )
  .meta({ title: 'name' })

/** A name of an environment variable or a secret. */
export const variableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    says(
      'must be a variable name: letters, digits and "_", not starting with a digit',
      'muss ein Variablenname sein: Buchstaben, Ziffern und "_", nicht mit einer Ziffer beginnend',
    ),
  )
  .meta({ title: 'variable name' })

/** Environment variables: name -> value. */
export const variables = z.record(variableName, z.string()).default({})

/** A path below the release, the shared directory or the checkout: never absolute, never climbing out. */
export const relativePath = z
  .string()
  .min(1)
  .refine(
    path =>
      !path.startsWith('/') &&
      !path.startsWith('-') &&
      !path.split('/').includes('..') &&
      !/[\0\n]/.test(path),
    says('must be a relative path without ".."', 'muss ein relativer Pfad ohne ".." sein'),
  )
  .meta({ title: 'relative path' })

export const absolutePath = z
  .string()
  .regex(
    /^\/(?!.*(?:^|\/)\.\.(?:\/|$))[^\0\n]*$/,
    says('must be an absolute path without ".."', 'muss ein absoluter Pfad ohne ".." sein'),
  )
  .meta({ title: 'absolute path' })

/** A word in the languages of nginx and Caddy: nothing that could end a line or a block there. */
export const plainPath = absolutePath.regex(
  /^[\w./@+-]+$/,
  says('must hold no spaces or quotes', 'darf keine Leerzeichen oder Anführungszeichen enthalten'),
)

export const port = z.int().min(1).max(65_535).meta({ title: 'port' })

/** A whole URL of the web. */
export const webAddress = z
  .url({
    protocol: /^https?$/,
    ...says('must be a URL with http:// or https://', 'muss eine URL mit http:// oder https:// sein'),
  })
  .meta({ title: 'URL' })

const addressAndPort = says(
  'must be <address>:<port>, such as 127.0.0.1:8080',
  'muss <Adresse>:<Port> sein, etwa 127.0.0.1:8080',
)

/** `<address>:<port>` with a literal address. */
export const listenAddress = z
  .string()
  .regex(/^(\[[0-9a-f:]+\]|[0-9.]+):\d{1,5}$/, { ...addressAndPort, abort: true })
  .refine(isHostAndPort, addressAndPort)
  .meta({ title: 'address:port' })

/** A shell command as a person would type it; runs under `set -eu` in sh. `shell` marks it for the resolver: a
 *  `${NAME}` in it is the shell's to expand, on the host, and never replaced here. */
export const command = z.string().min(1).meta({ title: 'command', shell: true })

/** The name of a machine or a literal address; what looks like an address must be one. */
export function isHost(value: string): boolean {
  if (/^[0-9.]+$|:/.test(value)) return z.ipv4().safeParse(value).success || z.ipv6().safeParse(value).success
  return value.length <= 253 && /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/.test(value)
}

/** `<name>:<port>`, `<address>:<port>` or `[<IPv6>]:<port>`; the port may be left out. */
export function isHostAndPort(value: string): boolean {
  const [, bracketed, bare, digits = '443'] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(value) ?? []
  const host = bracketed ?? bare ?? ''
  return (
    isHost(host) && host.includes(':') === (bracketed !== undefined) && port.safeParse(Number(digits)).success
  )
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'u')
    return true
  } catch {
    return false
  }
}
