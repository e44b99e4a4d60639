// One mail by SMTP: encrypted before anything is said, certificates verified, nothing read from disk.
import type { EmailChannel } from '../config/schema/notify.ts'
import { expand } from '../config/variables.ts'
import { text } from '../core/lang.ts'
import { type Deps, type Failure, timeout } from './channel.ts'
import type { Message } from './message.ts'

/** `id`: the same for a second try, so that a mail that arrived after all is not shown twice. */
export async function sendEmail(
  channel: EmailChannel,
  message: Message,
  id: string,
  deps: Pick<Deps, 'secret' | 'readFile'>,
): Promise<Failure | undefined> {
  const { host, port, tls, user, password } = channel
  const ca = channel.ca === undefined ? undefined : await deps.readFile(channel.ca)
  if (channel.ca !== undefined && ca === undefined)
    return { again: false, why: text(`"${channel.ca}" cannot be read`, `„${channel.ca}“ ist nicht lesbar`) }
  // Loaded on use: most commands send nothing.
  const { createTransport } = (await import('nodemailer')).default
  const transport = createTransport({
    host,
    port,
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    ...(user === undefined || password === undefined
      ? {}
      : { auth: { user: expand(user, deps.secret), pass: expand(password, deps.secret) } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  let timer: NodeJS.Timeout | undefined
  try {
    const sent = transport.sendMail({
      from: channel.from,
      to: [...channel.to],
      subject: message.subject,
      text: message.text,
      messageId: `<${id}@stellwerk.invalid>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
    // Answers may each take their time, but a server that talks for ever, a byte at a time, must not hold a run.
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error(), { code: 'ETIMEDOUT' })), 2 * timeout)
    })
    sent.catch(() => {})
    const { rejected } = await Promise.race([sent, late])
    if (rejected.length === 0) return undefined
    return {
      again: false,
      why: text(
        `the server refused ${rejected.length} of ${channel.to.length} recipients`,
        `der Server lehnte ${rejected.length} von ${channel.to.length} Empfängern ab`,
      ),
    }
  } catch (error) {
    return reason(error)
  } finally {
    clearTimeout(timer)
    transport.close()
  }
}

// The code alone: what the server says may repeat what it was told.
function reason(error: unknown): Failure {
  const { code, originalCode, responseCode } = error as Readonly<
    Record<'code' | 'originalCode' | 'responseCode', unknown>
  >
  const answer = typeof responseCode === 'number' ? responseCode : undefined
  if (code === 'EAUTH')
    return { again: false, why: text('the server does not let us in', 'der Server lässt uns nicht ein') }
  if (answer !== undefined)
    return {
      again: answer < 500,
      why: text(`the server answered ${answer}`, `die Antwort des Servers war ${answer}`),
    }
  const word = [originalCode, code].find(one => typeof one === 'string') ?? 'unknown'
  // A certificate that is not trusted today is not trusted in a second either.
  if (code === 'ETLS' || /CERT|SIGNATURE|ALTNAME|ERR_TLS/.test(word))
    return {
      again: false,
      why: text(`no encryption that we trust (${word})`, `keine vertrauenswürdige Verschlüsselung (${word})`),
    }
  return {
    again: true,
    why: text(
      `the connection broke or was not made (${word})`,
      `die Verbindung brach ab oder kam nicht zustande (${word})`,
    ),
  }
}
