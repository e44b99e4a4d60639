// As much of the Redis protocol as this app speaks: commands in order over one connection, which is opened again when it was
// lost. A command that was on its way then fails; whoever sent it decides what to do.
import { connect, type Socket } from 'node:net'

export type Reply = string | number | null | readonly Reply[]

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

export class Redis {
  readonly #url: URL
  #socket: Socket | undefined
  #waiting: Waiting[] = []
  #rest = Buffer.alloc(0)

  constructor(url: string) {
    this.#url = new URL(url)
  }

  send(...words: readonly (string | number)[]): Promise<Reply> {
    const socket = this.#socket ?? this.#open()
    return this.#write(socket, words)
  }

  close(): void {
    this.#socket?.destroy()
  }

  #write(socket: Socket, words: readonly (string | number)[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      const parts = words.map(String)
      socket.write(
        `*${parts.length}\r\n${parts.map(part => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`,
      )
    })
  }

  #open(): Socket {
    const { hostname, port, username, password, pathname } = this.#url
    const socket = connect(Number(port || 6379), hostname)
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', chunk => this.#read(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#rest = Buffer.alloc(0)
      const lost = this.#waiting
      this.#waiting = []
      for (const { reject } of lost) reject(new Error('Redis antwortet nicht'))
    })
    const quiet = () => undefined
    if (password) {
      const words = username ? ['AUTH', username, password] : ['AUTH', password]
      this.#write(socket, words.map(decodeURIComponent)).catch(quiet)
    }
    if (pathname.length > 1) this.#write(socket, ['SELECT', pathname.slice(1)]).catch(quiet)
    return socket
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (let found = parse(this.#rest, 0); found; found = parse(this.#rest, 0)) {
      this.#rest = this.#rest.subarray(found.end)
      const waiting = this.#waiting.shift()
      if (found.error !== undefined) waiting?.reject(new Error(found.error))
      else waiting?.resolve(found.reply)
    }
  }
}

interface Parsed {
  readonly reply: Reply
  readonly end: number
  readonly error?: string
}

/** Undefined while the reply is not complete. */
function parse(bytes: Buffer, start: number): Parsed | undefined {
  const lineEnd = bytes.indexOf('\r\n', start)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('utf8', start + 1, lineEnd)
  const next = lineEnd + 2
  switch (bytes.toString('latin1', start, start + 1)) {
    case '+':
      return { reply: line, end: next }
    case '-':
      return { reply: null, end: next, error: line }
    case ':':
      return { reply: Number(line), end: next }
    case '$': {
      const length = Number(line)
      if (length < 0) return { reply: null, end: next }
      if (bytes.length < next + length + 2) return undefined
      return { reply: bytes.toString('utf8', next, next + length), end: next + length + 2 }
    }
    case '*':
      return parseList(bytes, next, Number(line))
    default:
      throw new Error('keine Antwort im Protokoll von Redis')
  }
}

function parseList(bytes: Buffer, start: number, length: number): Parsed | undefined {
  if (length < 0) return { reply: null, end: start }
  const items: Reply[] = []
  let end = start
  for (let index = 0; index < length; index += 1) {
    const item = parse(bytes, end)
    if (!item) return undefined
    items.push(item.reply)
    end = item.end
  }
  return { reply: items, end }
}
