// One connection to an SFTP server: only with the pinned host key, and never silent for longer than a few minutes.
import { createHash, timingSafeEqual } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { Writable } from 'node:stream'
import type { Client, ServerHostKeyAlgorithm, SFTPWrapper } from 'ssh2'
import { type Text, text } from '../../../core/lang.ts'
import { ProblemError } from '../../../core/problem.ts'
import { makeCollector } from '../garbage.ts'
import { readKeyFile } from './key-file.ts'
import { noCredentials, noSftp, otherHostKey, type Server, signInRefused, unreachable } from './problems.ts'

export interface ConnectionOptions {
  readonly server: Server
  /** As ssh-keyscan prints it behind the name. */
  readonly hostKey: string
  readonly identityFile?: string | undefined
  readonly password?: string | undefined
  readonly home: string
  /** Milliseconds between two questions whether the server is still there; five without an answer are the end. */
  readonly keepalive: number
}

export interface Connection {
  readonly sftp: SFTPWrapper
  /** Aborted when the connection is over; its reason is a LostError. */
  readonly lost: AbortSignal
  /** One request. Rejects with the server's answer, or with the reason of `lost`. */
  ask<T = void>(request: (done: (error?: Error | null, value?: T) => void) => void): Promise<T>
  /** Is told of the bytes of files, in either direction. */
  passed(bytes: number): void
  end(): void
}

class LostError extends Error {
  readonly why: Text

  constructor(why: Text) {
    super(why.en)
    this.why = why
  }
}

const connectTimeout = 30_000

/** Rejects with ProblemError. */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { server, identityFile, password, home } = options
  if (identityFile === undefined && !password) throw new ProblemError(noCredentials(server))
  const privateKey = identityFile === undefined ? undefined : await readKeyFile(server, identityFile, home)
  const { default: ssh2 } = await import('ssh2')
  const client = new ssh2.Client()
  const lost = new AbortController()
  setMaxListeners(0, lost.signal)
  try {
    await signIn(client, options, lost, privateKey)
    const sftp = await subsystem(client, server, lost)
    return {
      sftp,
      lost: lost.signal,
      ask: request => ask(lost.signal, request),
      passed: makeCollector(),
      end: () => client.end(),
    }
  } catch (error) {
    client.destroy()
    throw error
  }
}

function signIn(
  client: Client,
  { server, hostKey, password, keepalive }: ConnectionOptions,
  lost: AbortController,
  privateKey: Buffer | undefined,
): Promise<void> {
  const [type = '', base64 = ''] = hostKey.split(' ')
  const pinned = Buffer.from(base64, 'base64')
  const at = server.address.lastIndexOf('@')
  const tried = [...(privateKey ? (['key'] as const) : []), ...(password ? (['password'] as const) : [])]
  let shown: Buffer = pinned
  return new Promise((resolve, reject) => {
    client.on('connect', () => {
      client.setNoDelay(true)
      gather(client)
    })
    client.once('ready', resolve)
    client.on('error', (error: Error & { level?: string }) => {
      lost.abort(new LostError(text(error.message, error.message)))
      if (!same(shown, pinned))
        reject(new ProblemError(otherHostKey(server, fingerprint(pinned), fingerprint(shown))))
      else if (error.level === 'client-authentication') reject(new ProblemError(signInRefused(server, tried)))
      else reject(new ProblemError(unreachable(server, text(error.message, error.message))))
    })
    client.on('close', () => {
      lost.abort(new LostError(closed))
      reject(new ProblemError(unreachable(server, closed)))
    })
    client.on('keyboard-interactive', (_name, _text, _lang, prompts, answer) =>
      answer(prompts.map(() => password ?? '')),
    )
    client.connect({
      host: server.address.slice(at + 1).replace(/^\[|\]$/g, ''),
      port: server.port,
      username: server.address.slice(0, at),
      ...(privateKey && { privateKey }),
      ...(password && { password, tryKeyboard: true }),
      authHandler: [
        ...(privateKey ? ['publickey' as const] : []),
        ...(password ? ['password' as const, 'keyboard-interactive' as const] : []),
      ],
      // Of several keys the server shows the one that is pinned; when it has none of that kind, we want to see what it has.
      algorithms: { serverHostKey: { prepend: algorithmsOf(type), append: [], remove: [] } },
      hostVerifier: (key: Buffer) => {
        shown = key
        return same(key, pinned)
      },
      readyTimeout: connectTimeout,
      keepaliveInterval: keepalive,
      keepaliveCountMax: 5,
    })
  })
}

function subsystem(client: Client, server: Server, lost: AbortController): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    const onLost = () => reject(new ProblemError(noSftp(server, whyLost(lost.signal))))
    lost.signal.addEventListener('abort', onLost, { once: true })
    client.sftp((error, sftp) => {
      lost.signal.removeEventListener('abort', onLost)
      if (error) {
        reject(new ProblemError(noSftp(server, text(error.message, error.message))))
        return
      }
      // Without its subsystem the connection is of no use.
      const over = (why: Text) => {
        lost.abort(new LostError(why))
        client.end()
      }
      sftp.on('error', (error: Error) => over(text(error.message, error.message)))
      sftp.on('close', () => over(text('the server ended SFTP', 'der Server hat SFTP beendet')))
      widen(sftp)
      resolve(sftp)
    })
  })
}

/** ssh2 lets a server send 1 MiB before it hears from us, 20 MB/s at 50 ms. What counts as owed to the server is granted with
 *  the next packet; nothing more arrives than `receive` has asked for. The field is not documented: without it, reading is slower. */
function widen(sftp: SFTPWrapper): void {
  const { incoming } = sftp as { incoming?: { window?: unknown } }
  if (typeof incoming?.window === 'number') incoming.window -= 4 * 1024 * 1024
}

/** ssh2 writes length, body and seal of each packet by themselves, and each would be a call and a segment of its own. Gathered
 *  until the end of the tick they are one. The field is not documented: without it, sending takes more processor time. */
function gather(client: Client): void {
  const { _sock: socket } = client as { _sock?: Partial<Gathered> }
  const write = socket?.write
  if (!socket?.cork || !write) return
  socket.write = chunk => {
    if (socket.writableCorked === 0) {
      socket.cork?.()
      process.nextTick(() => socket.uncork?.())
    }
    return write.call(socket, chunk)
  }
}

type Gathered = Pick<Writable, 'cork' | 'uncork' | 'writableCorked'> & { write(chunk: Buffer): boolean }

function ask<T>(
  lost: AbortSignal,
  request: (done: (error?: Error | null, value?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (lost.aborted) {
      reject(lost.reason)
      return
    }
    const onLost = () => reject(lost.reason)
    lost.addEventListener('abort', onLost, { once: true })
    request((error, value) => {
      lost.removeEventListener('abort', onLost)
      if (error) reject(error)
      else resolve(value as T)
    })
  })
}

function algorithmsOf(type: string): ServerHostKeyAlgorithm[] {
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type as ServerHostKeyAlgorithm]
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** As ssh-keygen -l prints it. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

const closed = text('the connection was closed', 'die Verbindung wurde geschlossen')

/** Why a connection is over. */
export function whyLost({ reason }: AbortSignal): Text {
  return reason instanceof LostError ? reason.why : closed
}
