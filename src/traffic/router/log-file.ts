// The router's log: starts, switches and faults; each request only when asked for. Nothing personal: no query, no
// header, and an address only with its last part cut off.
import { appendFileSync, renameSync, statSync } from 'node:fs'
import net from 'node:net'

const rotateBytes = 10_000_000
const flushMs = 500

export class LogFile {
  readonly #path: string | undefined
  #size = 0
  #lines: string[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(path: string | undefined) {
    this.#path = path
    try {
      if (path !== undefined) this.#size = statSync(path).size
    } catch {
      this.#size = 0
    }
  }

  /** One line now. */
  line(message: string): void {
    this.#lines.push(`${new Date().toISOString()} ${message}\n`)
    this.flush()
  }

  /** One line soon: many of these leave together. */
  later(message: string): void {
    this.#lines.push(`${new Date().toISOString()} ${message}\n`)
    if (this.#lines.length >= 1000) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), flushMs).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#lines.length === 0) return
    const content = this.#lines.join('')
    this.#lines = []
    try {
      if (this.#path === undefined) process.stderr.write(content)
      else this.#append(this.#path, content)
    } catch {
      // A full disk must not stop the traffic; what is lost is a log line.
    }
  }

  #append(path: string, content: string): void {
    if (this.#size + content.length > rotateBytes) {
      renameSync(path, `${path}.1`)
      this.#size = 0
    }
    appendFileSync(path, content, { mode: 0o600 })
    this.#size += Buffer.byteLength(content)
  }
}

/** `192.0.2.0` for 192.0.2.77, `2001:db8:1::` for the first 48 bits of an IPv6 address. */
export function shortenAddress(address: string): string {
  if (net.isIPv4(address)) return address.replace(/\.\d+$/, '.0')
  if (!net.isIPv6(address)) return '-'
  const groups =
    address
      .split('::')[0]
      ?.split(':')
      .filter(group => group !== '') ?? []
  return `${groups.slice(0, 3).join(':')}::`
}

export function accessLine(
  address: string,
  method: string,
  target: string,
  status: number,
  ms: number,
  mark?: string,
): string {
  const path = target.split('?')[0] ?? ''
  return `access ${shortenAddress(address)} ${method} ${path.slice(0, 512)} ${status} ${ms}ms${mark === undefined ? '' : ` ${mark}`}`
}
