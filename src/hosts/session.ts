// One script in one process (sh here, or ssh to there): sends it, streams its output, knows how it ended, and ends it
// as a whole when time is up. Local and ssh hosts differ only in the process and in how a process group is ended.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { Ending, Execution, ScriptOptions } from '../engine/host.ts'
import { frame, packedCommand } from './frame.ts'
import { makeOutput } from './output.ts'
import { makeUnframe, type Unframed } from './unframe.ts'

/** How the process itself went away without a report from the script. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The script had begun. */
  readonly begun: boolean
  /** What came before the script began: ssh's own words, or a login shell's. */
  readonly noise: string
}

type Words = readonly [string, ...string[]]

export interface Session {
  /** Waits for a frame on its standard input. */
  readonly command: Words
  /** The same for a packed command; absent where that saves nothing. */
  readonly packed?: (command: string) => Words
  readonly env?: NodeJS.ProcessEnv
  /** Ends the script's process group on its machine; resolves when it is gone or cannot be reached. */
  endGroup(pid: number): Promise<void>
  /** What an exit without a report means. */
  explain(exit: Exit): Ending | Promise<Ending>
  /** Sees the process once, to count it, to end it on close, and to know when it has gone. */
  onProcess?(child: ChildProcess): void
}

/** How long a script may take to begin after it was given up, so that it can be ended by its process id. */
const beginGrace = 5000
/** How long a process may take to go away by itself after its script was ended or has reported. */
const exitGrace = 1000

export function runSession(session: Session, script: string, options: ScriptOptions): Promise<Execution> {
  const nonce = randomBytes(16).toString('hex')
  const data = options.stdin !== undefined
  const packed = options.plain && session.packed ? packedCommand(script, nonce, data) : undefined
  const bytes = packed === undefined ? frame(script, nonce, data) : ''
  if (options.signal?.aborted) return Promise.resolve({ ending: { kind: 'aborted' }, stdout: '', stderr: '' })
  const [file, ...args] = packed !== undefined && session.packed ? session.packed(packed) : session.command
  // A group of its own: Ctrl-C in the terminal reaches the program, which decides, and not the scripts it runs.
  const child = spawn(file, args, { detached: true, stdio: 'pipe', env: session.env ?? process.env })
  session.onProcess?.(child)
  return new Promise(resolve => {
    const streams = { stdout: collect('stdout'), stderr: collect('stderr') }
    let given: Ending | undefined
    let settled = false
    let endingGroup = false
    let exit: Pick<Exit, 'code' | 'signal'> | undefined
    const begun = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    const timer = setTimeout(() => void giveUp({ kind: 'timeout' }), Math.min(options.timeout, 2 ** 31 - 1))
    const onAbort = () => void giveUp({ kind: 'aborted' })
    options.signal?.addEventListener('abort', onAbort, { once: true })

    child.once('error', error =>
      settle({ kind: 'unreachable', why: `cannot start ${file}: ${error.message}` }),
    )
    child.once('exit', (code, signal) => {
      exit = { code, signal }
      begun.resolve()
      gone.resolve()
      // A process that outlived the script may hold the streams open for ever; what is in the pipe is read at once, unless
      // a sink is still busy: then the report or the end of the stream tells.
      if (options.sink === undefined) setTimeout(finish, exitGrace).unref()
    })
    child.once('close', finish)
    send(child, bytes, options.stdin, why => void giveUp({ kind: 'lost', why }))

    function collect(name: 'stdout' | 'stderr') {
      const output = makeOutput(line => options.onLine?.(line, name))
      const give = name === 'stdout' && options.sink ? intoSink(child, options.sink, onBroken) : output.push
      const unframed: Unframed = makeUnframe(nonce, give, () => {
        if (unframed.code !== undefined) output.end()
        if (name === 'stdout') begun.resolve()
        if (streams.stdout.unframed.code !== undefined && streams.stderr.unframed.code !== undefined) finish()
      })
      child[name].on('data', (chunk: Buffer) => {
        if (!settled) unframed.push(chunk)
      })
      child[name].on('error', () => {})
      return { output, unframed }
    }

    function onBroken(why: string): void {
      void giveUp({ kind: 'lost', why })
    }

    async function giveUp(ending: Ending): Promise<void> {
      if (given || settled) return
      given = ending
      endingGroup = true
      await within(beginGrace, begun.promise)
      const { pid } = streams.stdout.unframed
      if (pid !== undefined) await session.endGroup(pid)
      await within(exitGrace, gone.promise)
      endingGroup = false
      finish()
    }

    function finish(): void {
      if (settled || endingGroup) return
      const { pid, code } = streams.stdout.unframed
      if (given) settle(given)
      else if (code !== undefined && streams.stderr.unframed.code !== undefined) settle(ended(code))
      else if (exit) {
        const noise = streams.stderr.unframed.noise + streams.stdout.unframed.noise
        void Promise.resolve(session.explain({ ...exit, begun: pid !== undefined, noise })).then(settle)
      }
    }

    function settle(ending: Ending): void {
      if (settled) return
      for (const { output, unframed } of Object.values(streams)) {
        unframed.end()
        output.end()
      }
      settled = true
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      release(child, options.stdin)
      resolve({ ending, stdout: streams.stdout.output.tail(), stderr: streams.stderr.output.tail() })
    }
  })
}

/** Sends the frame, then the data. `onBroken` when the source of the data fails: the script must not take the end of
 *  half the data for the end of the data, so standard input stays open until the script has been ended. */
function send(
  child: ChildProcessWithoutNullStreams,
  bytes: string,
  data: Readable | undefined,
  onBroken: (why: string) => void,
): void {
  // A script that ends without reading all its data is no failure of the sender.
  child.stdin.on('error', () => {})
  if (!data) {
    child.stdin.end(bytes)
    return
  }
  child.stdin.write(bytes)
  data.once('error', error => onBroken(`the data for the script broke off: ${error.message}`))
  data.once('close', () => {
    if (!data.readableEnded) onBroken('the data for the script broke off')
  })
  if (data.destroyed && !data.readableEnded) onBroken('the data for the script broke off')
  else data.pipe(child.stdin)
}

/** Gives the script's bytes to the sink no faster than it takes them. */
function intoSink(
  child: ChildProcessWithoutNullStreams,
  sink: Writable,
  onBroken: (why: string) => void,
): (bytes: Buffer) => void {
  sink.on('drain', () => child.stdout.resume())
  sink.once('error', error => onBroken(`what takes the data of the script failed: ${error.message}`))
  return bytes => {
    if (!sink.destroyed && !sink.write(bytes)) child.stdout.pause()
  }
}

/** The shell reports a command that died by signal n as 128+n and cannot tell it from `exit 128+n`. The unknowing
 *  reading is the safe one: the caller then looks at the host. */
function ended(code: number): Ending {
  const signal = Object.entries(constants.signals).find(([, number]) => code > 128 && number === code - 128)
  return signal ? { kind: 'signal', signal: signal[0] } : { kind: 'exit', code }
}

/** Lets go of a process that has reported: it normally ends by itself at once. A process that the script left running
 *  in the background may hold its streams open. */
function release(child: ChildProcessWithoutNullStreams, data: Readable | undefined): void {
  data?.unpipe(child.stdin)
  data?.destroy()
  child.stdin.destroy()
  child.stdout.resume()
  child.stderr.resume()
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    child.stdout.destroy()
    child.stderr.destroy()
  }, exitGrace)
  child.once('close', () => clearTimeout(timer))
  if (child.exitCode !== null || child.signalCode !== null) {
    clearTimeout(timer)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

function within(ms: number, promise: Promise<void>): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    void promise.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
