// One TLS handshake that only looks: nothing is refused, so that the certificate can be judged whatever is wrong with it.
import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate } from 'node:tls'

export interface Served {
  /** DER, the server's own first, as it was sent or completed from the trusted roots. */
  readonly chain: readonly Buffer[]
  /** Why the chain does not lead to a trusted root; undefined when it does. */
  readonly untrusted: string | undefined
}

export interface LookAt {
  readonly host: string
  readonly port: number
  /** Name the server is asked for. */
  readonly name: string
}

/** Rejects with the error of the connection. */
export async function lookAtServed({ host, port, name }: LookAt, signal: AbortSignal): Promise<Served> {
  const socket = connect({
    host,
    port,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    rejectUnauthorized: false,
    // The name is judged later, by one rule for served certificates and for files.
    checkServerIdentity: () => undefined,
  })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
      signal.addEventListener('abort', () => reject(new Error('aborted')))
    })
    const error: unknown = socket.authorized ? undefined : socket.authorizationError
    const why = error instanceof Error ? ('code' in error ? String(error.code) : error.message) : error
    return {
      chain: chainOf(socket.getPeerCertificate(true)),
      untrusted: why === undefined || why === null ? undefined : String(why),
    }
  } finally {
    socket.destroy()
  }
}

function chainOf(first: DetailedPeerCertificate): readonly Buffer[] {
  const chain: Buffer[] = []
  let next: DetailedPeerCertificate | undefined = first
  while (next?.raw !== undefined && chain.length < 20) {
    chain.push(next.raw)
    if (next.issuerCertificate === next) break
    next = next.issuerCertificate
  }
  return chain
}
