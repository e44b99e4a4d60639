// An open-loop generator: requests leave when their time has come, whether or not earlier ones were answered, and each is
// timed from the moment it was due. A closed loop would wait politely for a slow proxy and hide what users feel.
import net from 'node:net'

export interface Pace {
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly answered: number
  readonly failed: number
}

const request = Buffer.from('GET / HTTP/1.1\r\nHost: bench.test\r\nUser-Agent: pace\r\nAccept: */*\r\n\r\n')

/** Sends `rate` requests a second for `seconds` over kept connections. Answers must be of one size. */
export async function pace(port: number, rate: number, seconds: number): Promise<Pace> {
  const idle: Line[] = []
  const all: Line[] = []
  const times: number[] = []
  const waiting: number[] = []
  let failed = 0
  const began = performance.now()
  const total = rate * seconds
  let sent = 0

  const finish = (line: Line, due: number): void => {
    times.push(performance.now() - began - due)
    const next = waiting.shift()
    if (next === undefined) idle.push(line)
    else line.send(next)
  }
  const fail = (): void => {
    failed++
  }
  for (let index = 0; index < 64; index++) all.push(await Line.open(port, finish, fail))
  idle.push(...all)
  const offset = performance.now() - began

  await new Promise<void>(resolve => {
    const tick = (): void => {
      const now = performance.now() - began
      for (; sent < total && offset + (sent * 1000) / rate <= now; sent++) {
        const due = offset + (sent * 1000) / rate
        const line = idle.pop()
        if (line === undefined) waiting.push(due)
        else line.send(due)
      }
      if (sent >= total && (times.length + failed >= total || now > offset + seconds * 1000 + 5000)) resolve()
      else setTimeout(tick, 1)
    }
    tick()
  })
  for (const line of all) line.close()
  times.sort((a, b) => a - b)
  const quantile = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? Number.NaN
  return { p50: quantile(0.5), p99: quantile(0.99), answered: times.length, failed }
}

/** One kept connection that carries one request at a time. */
class Line {
  readonly #socket: net.Socket
  readonly #finish: (line: Line, due: number) => void
  #due: number | undefined
  #seen = 0
  #size = 0

  private constructor(socket: net.Socket, finish: (line: Line, due: number) => void, fail: () => void) {
    this.#socket = socket
    this.#finish = finish
    socket.on('data', part => this.#data(part))
    socket.on('error', () => {})
    socket.on('close', () => {
      if (this.#due !== undefined) fail()
    })
  }

  static open(port: number, finish: (line: Line, due: number) => void, fail: () => void): Promise<Line> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true }, () =>
        resolve(new Line(socket, finish, fail)),
      )
      socket.once('error', reject)
    })
  }

  send(due: number): void {
    this.#due = due
    this.#seen = 0
    this.#size = 0
    this.#socket.write(request)
  }

  close(): void {
    this.#due = undefined
    this.#socket.destroy()
  }

  #data(part: Buffer): void {
    this.#seen += part.length
    if (this.#size === 0) {
      const text = part.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      this.#size = head + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
    }
    const due = this.#due
    if (this.#seen < this.#size || due === undefined) return
    this.#due = undefined
    this.#finish(this, due)
  }
}
