// Asks a host all its questions in one session and gives each its attempt.
import { randomBytes } from 'node:crypto'
import type { Check } from '../config/schema/check.ts'
import { type Text, text } from '../core/lang.ts'
import { unreachable } from '../core/unreachable.ts'
import type { Ending, Host } from '../engine/host.ts'
import { type Attempt, attempt, type CheckContext } from './context.ts'
import { guarded } from './guarded.ts'
import { composeScript, readAnswers, type Said, seconds } from './host-script.ts'
import type { ScriptProbe } from './probe.ts'
import { probeOf } from './probes.ts'
import { References } from './references.ts'

/** One attempt of each check, in one session. */
export async function askHost(
  host: Host,
  checks: readonly Check[],
  context: CheckContext,
): Promise<readonly Attempt[]> {
  const asked = checks.map(check => prepare(check, context))
  const fragments = asked.map(({ fragment }) => fragment)
  const nonce = randomBytes(8).toString('hex')
  const times = new Map<number, number>()
  const startedAt = context.clock.elapsed()
  const running = host.run(composeScript(fragments, nonce), {
    timeout: longestSession(checks),
    signal: context.signal,
    onLine: line => {
      const index = endOf(line, nonce)
      if (index !== undefined) times.set(index, context.clock.elapsed() - startedAt)
    },
  })
  const session = running.then(({ ending, stdout }) => ({
    ending,
    answers: readAnswers(`\n${stdout}`, nonce, checks.length),
  }))
  return Promise.all(
    asked.map(({ check, references, failure }, index) =>
      guarded(context, async () => {
        const { ending, answers } = await session
        if (failure !== undefined) throw failure
        const said = answers[index]
        if (!said?.ended) return attempt('unknown', explainEnding(ending, host))
        const ms = (times.get(index) ?? 0) - (times.get(index - 1) ?? 0)
        const judged = judge(check, said, ms, context, references)
        return references.cleaned({ ...judged, details: { ...judged.details, ms: Math.round(ms) } })
      }),
    ),
  )
}

interface Asked {
  readonly check: Check
  readonly references: References
  readonly fragment: string
  /** Why it has nothing to ask: told as its own answer, so that the others are asked all the same. */
  readonly failure?: Error
}

function prepare(check: Check, context: CheckContext): Asked {
  const references = new References(context)
  try {
    return { check, references, fragment: scriptOf(check).fragment(check, context, references) }
  } catch (error) {
    return {
      check,
      references,
      fragment: ':',
      failure: error instanceof Error ? error : new Error(String(error)),
    }
  }
}

function scriptOf(check: Check): ScriptProbe<Check> {
  const { script } = probeOf(check)
  if (script === undefined) throw new Error(`a ${check.kind} check is not answered by a script`)
  return script
}

function judge(check: Check, said: Said, ms: number, context: CheckContext, references: References): Attempt {
  const missing = said.values['missing']
  if (missing !== undefined) {
    return attempt('unknown', text(`the host has no ${missing}`, `auf dem Host fehlt ${missing}`))
  }
  return scriptOf(check).judge(check, said, ms, context, references)
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
