// A real mail server with a certificate of its own, and a real web server that keeps what it is sent.
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

export interface Mail {
  readonly secure: boolean
  readonly user: string | undefined
  readonly to: readonly string[]
  readonly subject: string
  readonly headers: string
  /** Decoded. */
  readonly body: string
}

export interface MailServer extends AsyncDisposable {
  readonly port: number
  /** File with its certificate. */
  readonly ca: string
  readonly mails: Mail[]
}

/** `plain`: knows neither encryption nor sign-in. */
export async function startMail(options: {
  readonly directory: string
  readonly user?: string
  readonly password?: string
  readonly plain?: boolean
}): Promise<MailServer> {
  const { directory, user, password, plain = false } = options
  const [key, ca] = [join(directory, 'mail.key'), join(directory, 'mail.crt')]
  const words = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${ca}`
  execFileSync('openssl', words.split(' '), { stdio: 'ignore' })
  const mails: Mail[] = []
  const server = new SMTPServer({
    ...(plain
      ? { disabledCommands: ['STARTTLS', 'AUTH'] }
      : { key: await readFile(key), cert: await readFile(ca) }),
    authOptional: plain,
    onAuth: (auth, _, done) =>
      auth.username === user && auth.password === password
        ? done(null, { user: auth.username })
        : done(new Error(`no ${auth.password}`)),
    onData: (stream, session, done) => {
      void text(stream).then(raw => {
        mails.push({
          ...read(raw),
          secure: session.secure,
          user: session.user,
          to: session.envelope.rcptTo.map(({ address }) => address),
        })
        done()
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    ca,
    mails,
    [Symbol.asyncDispose]: () => new Promise(resolve => server.close(() => resolve())),
  }
}

function read(raw: string): Pick<Mail, 'subject' | 'headers' | 'body'> {
  const cut = raw.indexOf('\r\n\r\n')
  const headers = raw.slice(0, cut)
  const rest = raw.slice(cut + 4)
  const body = /^content-transfer-encoding: base64/im.test(headers)
    ? Buffer.from(rest, 'base64').toString()
    : /^content-transfer-encoding: quoted-printable/im.test(headers)
      ? quotedPrintable(rest)
      : rest
  return { headers, body: body.replaceAll('\r\n', '\n'), subject: subjectOf(headers) }
}

function quotedPrintable(words: string): string {
  const bytes = words
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

function subjectOf(headers: string): string {
  const folded = headers.replaceAll(/\r\n[ \t]+/g, ' ')
  const line = /^subject: (.*)$/im.exec(folded)?.[1] ?? ''
  return line
    .replaceAll(/\?= =\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/gi, (_, part: string) => Buffer.from(part, 'base64').toString())
    .replaceAll(/=\?UTF-8\?Q\?([^?]*)\?=/gi, (_, part: string) => quotedPrintable(part.replaceAll('_', ' ')))
    .trim()
}

export interface Hook {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly json: Readonly<Record<string, unknown>>
}

export interface HookServer extends AsyncDisposable {
  readonly url: string
  readonly seen: Hook[]
  /** Status codes for the next requests; then 200. */
  readonly answers: number[]
}

export async function startHooks(): Promise<HookServer> {
  const seen: Hook[] = []
  const answers: number[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    seen.push({ path: request.url ?? '', headers: request.headers, body, json: JSON.parse(body) })
    const status = answers.shift() ?? 200
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('ok')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
