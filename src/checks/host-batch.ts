// Asks a host all its questions in one session and gives each its attempt.
import { randomBytes } from 'node:crypto'
import type { Check, CommandCheck, DiskCheck, TcpCheck } from '../config/schema/check.ts'
import { type Text, text } from '../core/lang.ts'
import { unreachable } from '../core/unreachable.ts'
import type { Ending, Host } from '../engine/host.ts'
import { commandFragment, judgeCommand } from './command.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { diskFragment, judgeDisk } from './disk.ts'
import { composeScript, readAnswers, type Said, seconds } from './host-script.ts'
import { References } from './references.ts'
import { judgeTcp, tcpFragment } from './tcp.ts'

/** A check that is answered by a script, on the host or here. */
export type ScriptCheck = CommandCheck | DiskCheck | TcpCheck

export function isScriptCheck(check: Check): check is ScriptCheck {
  return check.kind === 'command' || check.kind === 'disk' || (check.kind === 'tcp' && check.from === 'host')
}

/** One attempt of each check, in one session. */
export async function askHost(
  host: Host,
  checks: readonly ScriptCheck[],
  context: CheckContext,
): Promise<readonly Attempt[]> {
  const asked = checks.map(check => {
    const references = new References(context.secret)
    return { check, references, fragment: fragmentOf(check, context, references) }
  })
  const fragments = asked.map(({ fragment }) => fragment)
  const nonce = randomBytes(8).toString('hex')
  const times = new Map<number, number>()
  const startedAt = context.clock.elapsed()
  const execution = await host.run(composeScript(fragments, nonce), {
    timeout: longestSession(checks),
    signal: context.signal,
    onLine: line => {
      const index = endOf(line, nonce)
      if (index !== undefined) times.set(index, context.clock.elapsed() - startedAt)
    },
  })
  const answers = readAnswers(`\n${execution.stdout}`, nonce, checks.length)
  return asked.map(({ check, references }, index) => {
    const said = answers[index]
    if (!said?.ended) return attempt('unknown', explainEnding(execution.ending, host))
    const ms = (times.get(index) ?? 0) - (times.get(index - 1) ?? 0)
    const judged = judge(check, said, ms, context, references)
    return references.cleaned({ ...judged, details: { ...judged.details, ms: Math.round(ms) } })
  })
}

function fragmentOf(check: ScriptCheck, context: CheckContext, references: References): string {
  switch (check.kind) {
    case 'command':
      return commandFragment(check, directoriesOf(check, context), references)
    case 'disk':
      return diskFragment(check, context.root)
    case 'tcp':
      return tcpFragment(check)
    default:
      return unreachable(check)
  }
}

/** Where a command starts: as the user said, or in the release; before the first deploy there is none. */
function directoriesOf({ cwd, on }: CommandCheck, { root, directory }: CheckContext): readonly string[] {
  const base = on === 'here' ? directory : root && `${root}/current`
  if (cwd !== undefined) return [cwd.startsWith('/') || base === undefined ? cwd : `${base}/${cwd}`]
  if (base === undefined) return ['/']
  return on === 'here' ? [base] : [base, root ?? '/', '/']
}

function judge(
  check: ScriptCheck,
  said: Said,
  ms: number,
  context: CheckContext,
  references: References,
): Attempt {
  const missing = said.values['missing']
  if (missing !== undefined) {
    return attempt('unknown', text(`the host has no ${missing}`, `auf dem Host fehlt ${missing}`))
  }
  switch (check.kind) {
    case 'command':
      return judgeCommand(check, said, references)
    case 'disk':
      return judgeDisk(check, said, context.root)
    case 'tcp':
      return judgeTcp(check, said, ms)
    default:
      return unreachable(check)
  }
}

/** Milliseconds for a session: each check ends itself, so this only catches a host that hangs. */
export function longestSession(checks: readonly { readonly timeout: number }[]): number {
  return checks.reduce((sum, { timeout }) => sum + (seconds(timeout) + 5) * 1000, 10_000)
}

function endOf(line: string, nonce: string): number | undefined {
  const [mark, index, key] = line.split(' ')
  return mark === `\u0001${nonce}` && key === 'end' ? Number(index) : undefined
}

function explainEnding(ending: Ending, { name }: Host): Text {
  switch (ending.kind) {
    case 'exit':
      return text('the script ended before it came to this check', 'das Skript endete vor dieser Prüfung')
    case 'signal':
      return text(
        `the script was ended by ${ending.signal}`,
        `das Skript wurde durch ${ending.signal} beendet`,
      )
    case 'lost':
      return text(
        `the connection to ${name} was lost: ${ending.why}`,
        `die Verbindung zu ${name} ging verloren: ${ending.why}`,
      )
    case 'timeout':
      return text(`${name} did not answer in time`, `${name} antwortete nicht rechtzeitig`)
    case 'aborted':
      return text('stopped before there was an answer', 'beendet, bevor eine Antwort da war')
    case 'unreachable':
      return text(`${name} is not reachable: ${ending.why}`, `${name} ist nicht erreichbar: ${ending.why}`)
    default:
      return unreachable(ending)
  }
}
