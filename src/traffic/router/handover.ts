// How a new program file takes over the port without closing it: the running router starts the new one, passes it the
// listening sockets themselves, and only then stops accepting. Connections that wait in a socket's queue are not lost, as
// they would be with two sockets on one port.
import { type ChildProcess, type SendHandle, spawn } from 'node:child_process'
import type net from 'node:net'
import { formatListen, parseArguments } from './arguments.ts'
import type { Upgrade } from './protocol.ts'
import { addressesOf, type ListeningHandle, type Router } from './router.ts'

const startMs = 10_000

/** Messages: old -> new `socket` (with the handle, `more` times again), `go`; new -> old `ready`, `serving`. */
interface Message {
  readonly kind: 'socket' | 'go' | 'ready' | 'serving'
  readonly listen?: string
  /** How many sockets follow. */
  readonly more?: number
}

/** Starts the new program and gives it the socket. Resolves when it serves; else says why not, and this router is still
 *  in charge. */
export async function handOver(router: Router, upgrade: Upgrade): Promise<string | undefined> {
  const child = spawn(upgrade.node, [upgrade.file, ...upgrade.arguments, '--child-of', 'router'], {
    detached: true,
    // A log on standard error must outlive this process.
    stdio: ['ignore', 'ignore', router.arguments.log === undefined ? 'inherit' : 'pipe', 'ipc'],
    cwd: router.arguments.state,
  })
  let complaint = ''
  child.stderr?.on('data', chunk => {
    complaint = (complaint + String(chunk)).slice(-500)
  })
  child.on('error', error => {
    complaint = error.message
  })
  // Its last words arrive after its end.
  const silent = new Promise<void>(resolve =>
    child.once('close', () => resolve()).once('error', () => resolve()),
  )
  let retired = false
  const failed = async (): Promise<string> => {
    child.kill('SIGKILL')
    await silent
    if (retired) await router.resume()
    return complaint.trim().split('\n').at(-1) || 'the new router ended before it served'
  }
  pass(router, upgrade, child)
  if (!(await heard(child, 'ready'))) return failed()
  await router.retire()
  retired = true
  child.send({ kind: 'go' } satisfies Message)
  if (!(await heard(child, 'serving'))) return failed()
  child.stderr?.destroy()
  child.unref()
  return undefined
}

// Only what the new program asks for: a socket that it holds and does not serve would let connections hang, and keep the
// address from everybody else.
function pass(router: Router, upgrade: Upgrade, child: ChildProcess): void {
  const args = parseArguments(upgrade.arguments)
  const wanted = typeof args === 'string' ? [] : addressesOf(args).map(formatListen)
  const passed = [...router.servers].filter(([name]) => wanted.includes(name))
  if (passed.length === 0) child.send({ kind: 'socket' } satisfies Message)
  for (const [index, [listen, server]] of passed.entries()) {
    const message: Message = { kind: 'socket', listen, more: passed.length - 1 - index }
    // The bare handle: Node would let the receiver accept connections from a server before it is ready for them.
    child.send(message, (server as net.Server & { _handle: SendHandle })._handle)
  }
}

function heard(child: ChildProcess, kind: Message['kind']): Promise<boolean> {
  return new Promise(resolve => {
    const finish = (value: boolean): void => {
      clearTimeout(timer)
      child.off('message', listen)
      child.off('exit', gone)
      child.off('error', gone)
      resolve(value)
    }
    const listen = (message: unknown): void => {
      if ((message as Message).kind === kind) finish(true)
    }
    const gone = (): void => finish(false)
    const timer = setTimeout(gone, startMs)
    child.on('message', listen)
    child.on('exit', gone)
    child.on('error', gone)
  })
}

/** The new program's side: takes the sockets, waits for the word, serves. The channel closes when the old one has ended. */
export async function takeOver(router: Router): Promise<void> {
  const sockets = await receive(addressesOf(router.arguments).map(formatListen))
  const word = new Promise<void>(resolve => {
    process.once('message', () => resolve())
  })
  process.send?.({ kind: 'ready' } satisfies Message)
  await word
  // Read only now: the old router has written its last state.
  await router.restore()
  router.setPredecessor(process.connected)
  process.once('disconnect', () => router.setPredecessor(false))
  await router.listen(sockets)
  await router.open()
  process.send?.({ kind: 'serving' } satisfies Message)
}

/** The sockets of the addresses that this router serves; others are closed, so that nobody waits in their queue. */
function receive(wanted: readonly string[]): Promise<ReadonlyMap<string, ListeningHandle>> {
  const sockets = new Map<string, ListeningHandle>()
  return new Promise(resolve => {
    const listen = (value: unknown, handle: unknown): void => {
      const { listen: name = '', more = 0 } = value as Message
      if (handle !== undefined && handle !== null) {
        if (wanted.includes(name)) sockets.set(name, handle as ListeningHandle)
        else (handle as ListeningHandle).close()
      }
      if (more > 0) return
      process.off('message', listen)
      resolve(sockets)
    }
    process.on('message', listen)
  })
}
