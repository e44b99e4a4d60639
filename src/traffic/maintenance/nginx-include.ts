// The file that an nginx server block includes: nothing while it is off, a closed gate while it is on. Pure.
import type { Notice } from './way.ts'

/** Starts the line that says who ordered it. */
export const maintenanceMark = '# stellwerk-maintenance'

export const nginxOff = `# Written by Stellwerk; changes made here are lost.
${maintenanceMark} off
`

/** What a server block includes: this one file, which may be absent, and none of those that lie beside it. */
export function oneFile(include: string): string {
  return `${include.slice(0, -1)}[${include.slice(-1)}]`
}

/** Stands for the pass, which only the host knows. */
export const passPlace = '@PASS@'

export function nginxOn(notice: Notice, order: string, pages: string): string {
  const { allow, header, language, retryAfter } = notice
  const other = language === 'de' ? 'en' : 'de'
  const uri = '/.stellwerk-maintenance'
  const variable = `$http_${header?.name.toLowerCase().replaceAll('-', '_')}`
  return `# Written by Stellwerk; changes made here are lost.
${maintenanceMark} ${order}
set $stellwerk_wait 1;
${allow.length === 0 ? '' : `if ($binary_remote_addr ~ "${addressPattern(allow)}") { set $stellwerk_wait 0; }\n`}${
  header === undefined ? '' : `if (${variable} = "${passPlace}") { set $stellwerk_wait 0; }\n`
}if ($http_x_stellwerk_visitor) { set $stellwerk_wait 1; }
if ($uri = ${uri}) { set $stellwerk_wait 0; }
set $stellwerk_language ${language};
if ($http_accept_language ~* "^ *${other}") { set $stellwerk_language ${other}; }
error_page 503 ${uri};
if ($stellwerk_wait) { return 503; }
location = ${uri} {
  internal;
  root ${JSON.stringify(pages)};
  types { }
  default_type "text/html; charset=utf-8";
  add_header Retry-After ${retryAfter} always;
  add_header Cache-Control no-store always;
  add_header Vary Accept-Language always;
  add_header X-Stellwerk-Maintenance ${notice.mode} always;
  try_files /index.$stellwerk_language.html =503;
}
`
}

/** Over the bytes of an address, as nginx holds them: a server block knows no ranges otherwise. */
export function addressPattern(entries: readonly string[]): string {
  const shapes = entries.flatMap(entry => {
    const [address = '', prefix] = entry.split('/')
    const bytes = address.includes(':') ? sixteenBytes(address) : address.split('.').map(Number)
    const bits = prefix === undefined ? bytes.length * 8 : Number(prefix)
    const shape = bytesPattern(bytes, bits)
    // A socket for both families sees IPv4 inside of IPv6.
    return bytes.length === 4 ? [shape, `\\x00{10}\\xff\\xff${shape}`] : [shape]
  })
  return `(?s)^(?:${shapes.join('|')})$`
}

function bytesPattern(bytes: readonly number[], bits: number): string {
  return bytes
    .map((byte, index) => {
      const left = Math.min(8, Math.max(0, bits - index * 8))
      if (left === 8) return hex(byte)
      if (left === 0) return '.'
      const size = 2 ** (8 - left)
      const low = byte - (byte % size)
      return `[${hex(low)}-${hex(low + size - 1)}]`
    })
    .join('')
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

/** `2001:db8::1` and `::ffff:192.0.2.1`. */
function sixteenBytes(address: string): number[] {
  const dotted = /(?<=:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/
  const plain = address.replace(dotted, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [head = '', tail] = plain.split('::')
  const groups = (part: string) => part.split(':').filter(group => group !== '')
  const [first, last] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => '0')
  return [...first, ...zeros, ...last].flatMap(group => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
}
