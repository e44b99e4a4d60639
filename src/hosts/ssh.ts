// A host over the OpenSSH client: one connection, one session per script.
import type { ChildProcess } from 'node:child_process'
import type { HostConfig } from '../config/config.ts'
import { text } from '../core/lang.ts'
import { type Problem, ProblemError } from '../core/problem.ts'
import { quote } from '../core/shell.ts'
import type { Ending, Execution, Host, ScriptOptions } from '../engine/host.ts'
import { endGroupScript } from './group.ts'
import { type Exit, runSession } from './session.ts'
import { type Connection, sessionArguments } from './ssh/arguments.ts'
import { makeControlMaster } from './ssh/control-master.ts'
import { atExit } from './ssh/exit.ts'
import { classifySshFailure, provesNoSession, type Target } from './ssh/failure.ts'
import { makeLimit } from './ssh/limit.ts'
import { sshEnvironment } from './ssh/process.ts'
import { makeTunnels } from './ssh/tunnel.ts'
import { runInTerminal } from './terminal.ts'

export interface SshHostOptions {
  readonly config: HostConfig
  /** A private directory for control sockets, with a short name. Created when absent. */
  readonly controlDirectory: string
  /** Default 15 000. */
  readonly connectTimeoutMs?: number
  /** Default `ssh` from PATH. */
  readonly sshPath?: string
}

/** sshd allows ten sessions on one connection unless told otherwise; two stay free for ending what must end. */
const sessionsAtOnce = 8
const endTimeout = 10_000

/** Throws ProblemError when the address or the control directory cannot be used; nothing is connected yet. */
export function makeSshHost(options: SshHostOptions): Host {
  const { config, controlDirectory, connectTimeoutMs = 15_000, sshPath = 'ssh' } = options
  const address = safeAddress(config)
  const name = config.name
  const limit = makeLimit(sessionsAtOnce)
  const children = new Set<ChildProcess>()
  let sessions = 0
  const tunnels = makeTunnels(name, sshPath, () => master)
  const master = makeControlMaster(
    { name, config: { ...config, address }, controlDirectory, connectTimeoutMs, sshPath },
    tunnels.forget,
  )

  const forgetExit = atExit(() => {
    for (const child of children) child.kill()
    master.endNow()
  })

  async function run(script: string, options: ScriptOptions): Promise<Execution> {
    const ready = await unlessAborted(master.ready(), options.signal)
    if (!ready) return nothing({ kind: 'aborted' })
    if (!ready.ok) return nothing(unreachable(ready.error))
    const leave = await limit.enter(options.signal)
    if (!leave) return nothing({ kind: 'aborted' })
    return start(ready.value.connection, ready.value.target, script, options, leave)
  }

  function start(
    connection: Connection,
    target: Target,
    script: string,
    options: ScriptOptions,
    leave: () => void,
  ): Promise<Execution> {
    const session = {
      command: [sshPath, ...sessionArguments(connection)] as const,
      packed: (command: string) => [sshPath, ...sessionArguments(connection, command)] as const,
      env: sshEnvironment(),
      explain: (exit: Exit) => explain(exit, target),
      // Beside the limit: what must end must not wait for a place behind what hangs.
      endGroup: async (pid: number) => {
        await start(connection, target, endGroupScript(pid), { timeout: endTimeout }, () => {})
      },
      onProcess(child: ChildProcess) {
        sessions += 1
        children.add(child)
        const forget = () => {
          children.delete(child)
          leave()
        }
        child.once('exit', forget)
        child.once('error', forget)
      },
    }
    return runSession(session, script, options)
  }

  async function explain({ code, signal, begun, noise }: Exit, target: Target): Promise<Ending> {
    if (signal) return { kind: 'lost', why: `ssh to ${name} was ended by ${signal}` }
    // Any code but ssh's own came from the login shell, after all its output: the script never began.
    if (!begun && code !== 255) return unreachable(noShell(name, noise))
    // The server allowed no further session on the connection, and ssh tried one of its own.
    if (!begun && provesNoSession(noise)) return unreachable(classifySshFailure(noise, target))
    const cut = await master.gone(connectionNewsGrace)
    const what = cut ? `the connection to ${name} was cut` : `the shell on ${name} was ended from outside`
    return { kind: 'lost', why: `${what} before the script reported how it ended` }
  }

  return {
    name,
    get sessions() {
      return sessions
    },
    connect: async () => void (await master.ready()),
    run,
    terminal: async script => {
      const ready = await master.ready()
      if (!ready.ok) return unreachable(ready.error)
      const words = sessionArguments(ready.value.connection, `exec sh -c ${quote(script)}`)
      sessions += 1
      return runInTerminal([sshPath, '-tt', ...words], sshEnvironment())
    },
    tunnel: (target, port) => tunnels.open(target, port),
    async close() {
      forgetExit()
      for (const child of children) child.kill()
      await master.close()
    },
  }
}

/** The end of a session is seen a moment before the end of the connection that caused it. */
const connectionNewsGrace = 300

function safeAddress(config: HostConfig): string {
  const { address, jump } = config
  const bad = [address ?? '', ...(jump?.split(',') ?? [])].find(name => name === '' || name.startsWith('-'))
  if (address !== undefined && bad === undefined) return address
  throw new ProblemError({
    code: 'STW-H017',
    what: text(
      `"${bad ?? ''}" is not a host that ssh can reach`,
      `"${bad ?? ''}" ist kein Host, den ssh erreicht`,
    ),
    where: { host: config.name },
    why: text('ssh would read it as an option', 'ssh würde es als Option lesen'),
  })
}

function noShell(name: string, noise: string): Problem {
  const evidence = noise.trim()
  return {
    code: 'STW-H018',
    what: text(
      `The login shell of ${name} does not run scripts`,
      `Die Login-Shell von ${name} führt keine Skripte aus`,
    ),
    where: { host: name },
    why: text(
      'The account has no shell, a forced command, or no sh in its PATH',
      'Das Konto hat keine Shell, ein erzwungenes Kommando oder kein sh im PATH',
    ),
    next: [text('Use an account with a POSIX sh', 'Ein Konto mit einer POSIX-Shell benutzen')],
    ...(evidence !== '' && { evidence }),
  }
}

function unreachable(problem: Problem): Ending {
  const why = problem.why ? `${problem.what.en}: ${problem.why.en}` : problem.what.en
  return { kind: 'unreachable', why, problem }
}

function nothing(ending: Ending): Execution {
  return { ending, stdout: '', stderr: '' }
}

async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  if (!signal) return promise
  if (signal.aborted) return undefined
  const aborted = Promise.withResolvers<undefined>()
  const onAbort = () => aborted.resolve(undefined)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
