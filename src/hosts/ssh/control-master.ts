// One connection for everything that is done on a host. It is started once, however many scripts ask for it first, and
// ends with its program: as long as the program lives, an open stream to the control socket keeps the background ssh
// from ending; without it ssh ends by itself after ControlPersist seconds, also after kill -9 of the program.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from '../../core/lang.ts'
import { type Problem, ProblemError } from '../../core/problem.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { type Connection, controlArguments, masterArguments } from './arguments.ts'
import { classifySshFailure, type Target } from './failure.ts'
import { runSsh } from './process.ts'
import { resolveConnection } from './resolve.ts'
import { isServed, sweepControlDirectory } from './sweep.ts'

export interface ControlMasterOptions {
  readonly name: string
  readonly config: Connection['config']
  readonly controlDirectory: string
  readonly connectTimeoutMs: number
  readonly sshPath: string
}

export interface ControlMaster {
  /** The connection is up. */
  readonly up: boolean
  /** Connects unless connected. Parallel calls share one attempt; after a failure the next call tries again. */
  ready(): Promise<Result<{ readonly connection: Connection; readonly target: Target }>>
  /** Whether the control socket is served at this moment; `up` learns of an end a little later. */
  answers(): Promise<boolean>
  /** Resolves true when the connection ends within `ms`, false when it is still up then. */
  gone(ms: number): Promise<boolean>
  close(): Promise<void>
  /** For the exit of the program, where nothing can be waited for. */
  endNow(): void
}

/** ssh appends 17 characters while it creates the socket, and the system takes 107. */
const longestPath = 90

/** `onGone` is told each time a connection ends. Throws ProblemError when the directory's name is too long. */
export function makeControlMaster(options: ControlMasterOptions, onGone: () => void): ControlMaster {
  const { name, config, controlDirectory, connectTimeoutMs, sshPath } = options
  const controlPath = join(controlDirectory, randomBytes(6).toString('hex'))
  if (Buffer.byteLength(controlPath) > longestPath) throw new ProblemError(tooLong(controlDirectory))
  let attempt: ReturnType<ControlMaster['ready']> | undefined
  let connection: Connection | undefined
  let held: Socket | undefined
  let closed = false

  async function start(): ReturnType<ControlMaster['ready']> {
    const resolved = await resolveConnection({ name, config, controlPath, connectTimeoutMs, sshPath })
    if (!resolved.ok) return resolved
    const { target } = resolved.value
    connection = resolved.value.connection
    await mkdir(controlDirectory, { recursive: true, mode: 0o700 })
    await sweepControlDirectory(controlDirectory)
    // A socket that a killed ssh left behind would switch multiplexing off.
    await rm(controlPath, { force: true })
    const { code, stderr } = await runSsh(sshPath, masterArguments(connection), connectTimeoutMs + 1000)
    if (code !== 0) return err(classifySshFailure(stderr, target))
    return (await hold()) ? ok({ connection, target }) : err(classifySshFailure(stderr, target))
  }

  function hold(): Promise<boolean> {
    return new Promise(resolve => {
      const socket = connect(controlPath)
      socket.unref()
      socket.resume()
      socket.once('connect', () => {
        held = socket
        resolve(true)
      })
      socket.on('error', () => resolve(false))
      socket.once('close', () => {
        if (held !== socket) return
        held = undefined
        attempt = undefined
        onGone()
      })
    })
  }

  async function gone(ms: number): Promise<boolean> {
    const socket = held
    if (!socket) return true
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), ms)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }

  return {
    get up() {
      return held !== undefined
    },
    async ready() {
      if (closed) return err(closedProblem(name))
      attempt ??= start()
      const mine = attempt
      const result = await mine
      if (!result.ok && attempt === mine) attempt = undefined
      return result
    },
    answers: () => isServed(controlPath),
    gone,
    endNow() {
      if (!held || !connection) return
      spawnSync(sshPath, controlArguments(connection, 'exit'), { stdio: 'ignore', timeout: 2000 })
    },
    async close() {
      closed = true
      const result = await attempt
      if (result?.ok && held) {
        await runSsh(sshPath, controlArguments(result.value.connection, 'exit'), 5000)
        await gone(2000)
      }
      held?.destroy()
      await rm(controlPath, { force: true })
    },
  }
}

function tooLong(directory: string): Problem {
  return {
    code: 'STW-H014',
    what: text(
      `The directory for control sockets has too long a name: "${directory}"`,
      `Das Verzeichnis für Kontroll-Sockets hat einen zu langen Namen: "${directory}"`,
    ),
    why: text(
      `A socket's path may have ${longestPath} bytes`,
      `Der Pfad eines Sockets darf ${longestPath} Bytes haben`,
    ),
    next: [text('Use a shorter directory, such as /tmp', 'Ein kürzeres Verzeichnis nehmen, etwa /tmp')],
  }
}

function closedProblem(host: string): Problem {
  return {
    code: 'STW-H015',
    what: text(`The connection to ${host} was closed`, `Die Verbindung zu ${host} wurde geschlossen`),
    where: { host },
  }
}
