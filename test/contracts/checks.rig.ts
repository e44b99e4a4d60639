// Real servers and a real host for the checks: HTTP and TLS on free ports, a tunnel that behaves as ssh's does.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, connect, createServer as createTcp, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CheckContext } from '../../src/checks/context.ts'
import { type Check, check } from '../../src/config/schema/check.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Host } from '../../src/engine/host.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'

/** Servers of one test file; `close` ends them all and every connection they have. */
export class Rig {
  readonly #closers: (() => unknown)[] = []

  async http(listener: RequestListener): Promise<number> {
    return this.listen(createHttp(listener))
  }

  async https(certificate: Certificate, listener: RequestListener): Promise<number> {
    return this.listen(createHttps({ key: certificate.key, cert: certificate.cert }, listener))
  }

  async tcp(onSocket: (socket: Socket) => void): Promise<number> {
    return this.listen(createTcp(onSocket))
  }

  /** A port that was free a moment ago: nothing listens there. */
  async closedPort(): Promise<number> {
    const server = createTcp().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    return port
  }

  /** A port that neither accepts nor refuses: its queue is full, so the kernel drops each further attempt. */
  async silentPort(): Promise<number> {
    const listen = 'listen(S, 0); $| = 1; print((sockaddr_in(getsockname(S)))[0], "\\n"); sleep 1000'
    const program = `use Socket; socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, INADDR_LOOPBACK)); ${listen}`
    const child = spawn('perl', ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#closers.push(() => child.kill('SIGKILL'))
    const [line] = await once(child.stdout, 'data')
    const port = Number(String(line))
    const filler = connect({ host: '127.0.0.1', port }).on('error', () => undefined)
    this.#closers.push(() => filler.destroy())
    await once(filler, 'connect')
    return port
  }

  /** A host whose tunnel accepts first and closes when the far end refuses, as `ssh -L` does. */
  tunnellingHost(
    props: { answers?: boolean; name?: string; resolve?: (address: string) => string } = {},
  ): Host {
    const local = makeLocalHost({ name: props.name ?? 'web1' })
    const resolve = props.resolve ?? (address => address)
    return {
      ...local,
      run: (script, options) =>
        props.answers === false
          ? Promise.resolve({ ending: { kind: 'lost', why: 'no carrier' }, stdout: '', stderr: '' })
          : local.run(script, options),
      tunnel: async (address, port) => {
        const entry = await this.tcp(near => {
          const far = connect({ host: resolve(address), port })
          near.on('error', () => far.destroy())
          far.on('error', () => near.destroy())
          near.pipe(far).pipe(near)
        })
        return { host: '127.0.0.1', port: entry }
      },
    }
  }

  async listen(server: Server): Promise<number> {
    const sockets = new Set<Socket>()
    server.on('connection', socket => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    this.#closers.push(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return (server.address() as AddressInfo).port
  }

  directory(): string {
    const directory = mkdtempSync(join(tmpdir(), 'stellwerk-checks-'))
    this.#closers.push(() => rmSync(directory, { recursive: true, force: true }))
    return directory
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close()
  }
}

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Self-signed, for the names in `alternative` (`DNS:app.test`, `IP:10.0.0.1`). */
export function makeCertificate(directory: string, alternative: string): Certificate {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', '/CN=stellwerk test', '-addext', `subjectAltName=${alternative}`]
  const options = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ]
  execFileSync('openssl', [...options, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

/** A check as stellwerk.yaml would hold it, defaults filled in. */
export function aCheck(input: Record<string, unknown>): Check {
  return check.parse(input)
}

export function aContext(props: Partial<CheckContext> = {}): CheckContext {
  return {
    here: makeLocalHost({ name: 'here' }),
    signal: new AbortController().signal,
    secret: () => undefined,
    redact: input => input,
    clock: systemClock,
    ...props,
  }
}
