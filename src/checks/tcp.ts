// Whether something accepts a connection. Refused is a fail; no answer at all is unknown.
import { connect } from 'node:net'
import type { TcpCheck } from '../config/schema/check.ts'
import { formatDuration } from '../core/duration.ts'
import { text } from '../core/lang.ts'
import { words } from '../core/shell.ts'
import { tcpByHand } from './by-hand-host.ts'
import { type Attempt, attempt, authority, type CheckContext } from './context.ts'
import { withDeadline } from './deadline.ts'
import { type Said, seconds } from './host-script.ts'
import { explainFailure, refused, stopped } from './http-failure.ts'
import type { Probe } from './probe.ts'

export const tcpProbe: Probe<TcpCheck> = {
  place: ({ from }) => (from === 'host' ? 'host' : 'program'),
  ofHost: ({ from }) => from === 'host',
  byHand: tcpByHand,
  describe: ({ host, port }) => text(`tcp ${host}:${port}`, `tcp ${host}:${port}`),
  script: { fragment: tcpFragment, judge: judgeTcp },
  attempt: tryTcp,
}

/** From here. */
async function tryTcp(check: TcpCheck, context: CheckContext): Promise<Attempt> {
  const startedAt = context.clock.elapsed()
  try {
    const ended = await withDeadline(check.timeout, context, signal => open(check, signal))
    if (ended.kind === 'aborted') return stopped()
    return ended.kind === 'done'
      ? accepted(check, context.clock.elapsed() - startedAt)
      : silent(check, check.timeout)
  } catch (error) {
    return explainFailure({
      error,
      place: authority(check),
      progress: { stage: 'connecting', bytes: 0 },
      tunnelled: false,
      hostAnswers: async () => true,
      redact: input => input,
    })
  }
}

async function open(check: TcpCheck, signal: AbortSignal): Promise<void> {
  const socket = connect({ host: check.host, port: check.port })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
      signal.addEventListener('abort', () => reject(new Error('aborted')))
    })
  } finally {
    socket.destroy()
  }
}

/** From the host, by what it has: an ssh tunnel would accept the connection before it knows whether the far end does. */
function tcpFragment(check: TcpCheck): string {
  const limit = seconds(check.timeout)
  const [host, port] = [check.host, String(check.port)]
  const bash = words('bash', '-c', 'exec 3<>"/dev/tcp/$0/$1"', host, port)
  const dial = 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])))'
  const python = words('python3', '-c', dial, host, port)
  return `LC_ALL=C; export LC_ALL
if command -v bash >/dev/null 2>&1; then sw_run ${limit} ${bash}
elif command -v python3 >/dev/null 2>&1; then sw_run ${limit} ${python}
elif nc --help 2>&1 | grep -q -e '-e PROG'; then sw_run ${limit} ${words('nc', '-w', String(limit + 1), host, port, '-e', 'true')}
elif command -v nc >/dev/null 2>&1; then sw_run ${limit} ${words('nc', '-v', '-z', '-w', String(limit + 1), host, port)}
else sw_say missing 'bash, python3 or nc'; fi`
}

function judgeTcp(check: TcpCheck, { values }: Said, ms: number): Attempt {
  if (!values['exit']) return silent(check, seconds(check.timeout) * 1000)
  if (values['exit'] === '0') return accepted(check, ms)
  const error = (values['err'] ?? '').trimEnd()
  if (/refused/i.test(error)) return refused(authority(check))
  const place = authority(check)
  const why = error.split('\n').at(-1)?.slice(0, 200) ?? ''
  return attempt('unknown', text(`no connection to ${place}: ${why}`, `keine Verbindung zu ${place}: ${why}`))
}

function accepted(check: TcpCheck, ms: number): Attempt {
  const [place, time] = [authority(check), formatDuration(ms)]
  return attempt(
    'pass',
    text(`${place} accepts connections (${time})`, `${place} nimmt Verbindungen an (${time})`),
    { ms: Math.round(ms) },
  )
}

function silent(check: TcpCheck, limit: number): Attempt {
  const [place, time] = [authority(check), formatDuration(limit)]
  return attempt(
    'unknown',
    text(`no connection to ${place} within ${time}`, `keine Verbindung zu ${place} innerhalb von ${time}`),
  )
}
