// The router's command line.
import { defaultLimits, type Limits } from './traffic.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface Arguments {
  readonly state: string
  readonly listen: Address
  /** A second address to serve: the one that users still come to while another is being proven. */
  readonly also: Address | undefined
  /** File for the log; standard error without it. */
  readonly log: string | undefined
  readonly access: boolean
  /** Start in the background and return when it serves. */
  readonly daemon: boolean
  /** Ask the running router to hand its socket over to this program file. */
  readonly takeOver: boolean
  readonly version: boolean
  readonly limits: Limits
}

export const usage = `usage: node router.mjs --state DIR --listen ADDRESS:PORT [options]
  --also ADDRESS:PORT   serve this address, too
  --log FILE            append the log to FILE (rotated at 10 MB, one old file kept); default: standard error
  --access              also log each request: shortened address, method, path without query, status, time
  --daemon              start in the background; return when it serves
  --take-over           replace the router that runs on DIR without closing its port; return when done
  --head-ms N, --idle-ms N, --stall-ms N, --connect-ms N, --response-ms N, --head-bytes N, --connections N
  --version             print the version of the state protocol
`

const numbers: Readonly<Record<string, keyof Limits>> = {
  '--head-ms': 'head',
  '--idle-ms': 'idle',
  '--stall-ms': 'stall',
  '--connect-ms': 'connect',
  '--response-ms': 'response',
  '--head-bytes': 'headBytes',
  '--connections': 'connections',
}

/** The arguments, or one line that says what is wrong with them. */
export function parseArguments(words: readonly string[]): Arguments | string {
  const values = new Map<string, string>()
  const switches = new Set<string>()
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (['--access', '--daemon', '--take-over', '--version'].includes(word)) switches.add(word)
    else if (
      word === '--state' ||
      word === '--listen' ||
      word === '--also' ||
      word === '--log' ||
      numbers[word] !== undefined
    ) {
      const value = words[++index]
      if (value === undefined) return `${word} needs a value`
      values.set(word, value)
    } else return `unknown argument ${word}`
  }
  const version = switches.has('--version')
  const listen = parseListen(values.get('--listen') ?? (version ? '127.0.0.1:0' : ''))
  if (listen === undefined) return '--listen must be <address>:<port>, such as 127.0.0.1:8080'
  const second = values.get('--also')
  const also = second === undefined ? undefined : parseListen(second)
  if (second !== undefined && also === undefined)
    return '--also must be <address>:<port>, such as 127.0.0.1:8080'
  const state = values.get('--state') ?? (version ? '.' : undefined)
  if (state === undefined) return '--state is missing'
  const limits: Record<keyof Limits, number> = { ...defaultLimits }
  for (const [word, key] of Object.entries(numbers)) {
    const value = values.get(word)
    if (value === undefined) continue
    if (!/^[1-9]\d{0,8}$/.test(value)) return `${word} must be a whole number above 0`
    limits[key] = Number(value)
  }
  return {
    state,
    listen,
    also,
    log: values.get('--log'),
    access: switches.has('--access'),
    daemon: switches.has('--daemon'),
    takeOver: switches.has('--take-over'),
    version,
    limits,
  }
}

/** As `--listen` takes it, and as routers tell each other. */
export function formatListen({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export function parseListen(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host !== undefined && port <= 65535 ? { host, port } : undefined
}
