// Why there was no answer. Only what the app or its machine said is a fail; what we could not find out is unknown.
import { formatDuration } from '../core/duration.ts'
import { text } from '../core/lang.ts'
import { type Attempt, attempt } from './context.ts'
import type { Progress } from './http-exchange.ts'

export interface Failure {
  readonly error: unknown
  /** `127.0.0.1:8080`, as the user wrote it and as seen from where the check starts. */
  readonly place: string
  readonly progress: Progress
  /** Whether the connection went through a tunnel, whose own end accepts before the far end is known. */
  readonly tunnelled: boolean
  /** Whether the host still answers; asked only when a tunnel makes it matter. */
  readonly hostAnswers: () => Promise<boolean>
  readonly redact: (input: string) => string
}

const closed: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ECONNABORTED'])
const certificate =
  /^(CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/

export async function explainFailure(failure: Failure): Promise<Attempt> {
  const { place } = failure
  const code = codeOf(failure.error)
  if (code === 'ECONNREFUSED') return failure.tunnelled ? tunnelGone() : refused(place)
  if (closed.has(code)) return closedAttempt(failure)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return attempt('unknown', text(`no address found for ${place}`, `keine Adresse zu ${place} gefunden`))
  }
  const message = failure.redact(messageOf(failure.error)).slice(0, 200)
  if (certificate.test(code)) {
    return attempt(
      'fail',
      text(
        `the certificate of ${place} is not valid: ${message}`,
        `das Zertifikat von ${place} ist ungültig: ${message}`,
      ),
    )
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return attempt(
      'fail',
      text(`${place} does not speak TLS: ${message}`, `${place} spricht kein TLS: ${message}`),
    )
  }
  if (isParserError(failure.error) || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return attempt(
      'fail',
      text(`${place} does not speak HTTP: ${message}`, `${place} spricht kein HTTP: ${message}`),
    )
  }
  return attempt(
    'unknown',
    text(`no answer from ${place}: ${message}`, `keine Antwort von ${place}: ${message}`),
  )
}

export function refused(place: string): Attempt {
  return attempt(
    'fail',
    text(
      `nothing listens on ${place} (connection refused)`,
      `auf ${place} lauscht nichts (Verbindung abgelehnt)`,
    ),
  )
}

/** Out of time: never a pass and never a proof of failure either. */
export function outOfTime(limit: number, place: string, progress: Progress): Attempt {
  const time = formatDuration(limit)
  switch (progress.stage) {
    case 'connecting':
      return attempt(
        'unknown',
        text(
          `no connection to ${place} within ${time}`,
          `keine Verbindung zu ${place} innerhalb von ${time}`,
        ),
      )
    case 'waiting':
      return attempt(
        'unknown',
        text(`no answer from ${place} within ${time}`, `keine Antwort von ${place} innerhalb von ${time}`),
      )
    case 'receiving':
      return attempt(
        'unknown',
        text(
          `the answer did not end within ${time} (${progress.bytes} bytes so far)`,
          `die Antwort endete nicht innerhalb von ${time} (bisher ${progress.bytes} Bytes)`,
        ),
        { bytes: progress.bytes },
      )
  }
}

export function stopped(): Attempt {
  return attempt('unknown', text('stopped before there was an answer', 'beendet, bevor eine Antwort da war'))
}

/** An ssh tunnel accepts first and closes when the far end refuses: the same picture as a lost connection, so the host is
 *  asked whether it is still there. */
async function closedAttempt({ place, tunnelled, hostAnswers }: Failure): Promise<Attempt> {
  if (tunnelled && !(await hostAnswers())) return tunnelGone()
  return attempt(
    'fail',
    text(`${place} closed the connection without an answer`, `${place} schloss die Verbindung ohne Antwort`),
  )
}

function tunnelGone(): Attempt {
  return attempt(
    'unknown',
    text('the connection to the host was lost', 'die Verbindung zum Host ging verloren'),
  )
}

/** undici gives its parser's errors a name and not always a code. */
function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === 'HTTPParserError'
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'cause' in error ? codeOf(error.cause) : ''
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || codeOf(error) : String(error)
}
