// Proves that a destination can do all that a backup asks of it, with a small file of random content below a private name.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { formatBytes } from '../core/bytes.ts'
import { type Text, text } from '../core/lang.ts'
import { type Problem, ProblemError } from '../core/problem.ts'
import type { Destination } from './destination.ts'

export interface TrialStep {
  readonly step: 'list' | 'write' | 'read' | 'rename' | 'hash' | 'free' | 'delete'
  /** unknown: not tried, because a step before it failed. */
  readonly verdict: 'pass' | 'fail' | 'unknown'
  readonly ms: number
  readonly observed?: Text
  readonly problem?: Problem
}

export interface TrialProps {
  readonly destination: Destination
  /** At least 64 kB, so that more than one packet is sent. */
  readonly content: Uint8Array
  readonly name: string
  readonly elapsed: () => number
  readonly signal: AbortSignal
}

/** Leaves nothing, also after a failure, as far as the destination lets it. */
export async function tryDestination(props: TrialProps): Promise<readonly TrialStep[]> {
  const { destination, content, name, elapsed, signal } = props
  const sha256 = createHash('sha256').update(content).digest('hex')
  const directory = `.stellwerk-test-${name}`
  const [first, second] = [`${directory}/written`, `${directory}/renamed`]
  const source = {
    bytes: content.length,
    sha256,
    open: async (from: number) => Readable.from([Buffer.from(content.subarray(from))]),
  }
  const acts: Readonly<Record<TrialStep['step'], () => Promise<Text | undefined>>> = {
    list: async () => {
      await destination.list('')
      return undefined
    },
    write: async () => {
      await destination.write(first, source, { signal })
      return said(formatBytes(content.length))
    },
    read: async () => {
      const hash = createHash('sha256')
      for await (const chunk of await destination.read(first, { signal })) hash.update(chunk as Uint8Array)
      if (hash.digest('hex') !== sha256) throw new ProblemError(other(destination.name, 'read'))
      return undefined
    },
    rename: async () => {
      await destination.rename(first, second)
      const names = (await destination.list(directory)).map(entry => entry.name)
      if (names.join() !== 'renamed') throw new ProblemError(other(destination.name, 'rename'))
      return undefined
    },
    hash: async () => {
      const there = await destination.hash(second, { signal })
      if (there.sha256 !== sha256 || there.bytes !== content.length)
        throw new ProblemError(other(destination.name, 'hash'))
      return there.how === 'hashed-there'
        ? text('hashed there', 'dort gehasht')
        : text('read back', 'zurückgelesen')
    },
    free: async () => {
      const free = await destination.free()
      return free === undefined ? text('it does not say', 'es sagt nichts dazu') : said(formatBytes(free))
    },
    delete: async () => {
      await destination.remove(directory)
      if ((await destination.list(directory)).length > 0)
        throw new ProblemError(other(destination.name, 'delete'))
      return undefined
    },
  }
  const steps: TrialStep[] = []
  for (const [step, act] of Object.entries(acts) as [TrialStep['step'], () => Promise<Text | undefined>][]) {
    const stopped = steps.some(({ verdict }) => verdict === 'fail')
    // What was written goes again, whatever failed before; without a connection there is nothing to remove.
    if (stopped && (step !== 'delete' || steps[0]?.verdict === 'fail')) {
      steps.push({ step, verdict: 'unknown', ms: 0 })
      continue
    }
    const begun = elapsed()
    const ended = await outcome(act)
    steps.push({ step, ...ended, ms: Math.round(elapsed() - begun) })
  }
  return steps
}

async function outcome(
  act: () => Promise<Text | undefined>,
): Promise<Pick<TrialStep, 'verdict' | 'observed' | 'problem'>> {
  try {
    const observed = await act()
    return { verdict: 'pass', ...(observed ? { observed } : {}) }
  } catch (error) {
    if (!ProblemError.is(error)) throw error
    return { verdict: 'fail', problem: error.problem }
  }
}

function said(words: string): Text {
  return text(words, words)
}

function other(destination: string, step: 'read' | 'rename' | 'hash' | 'delete'): Problem {
  const seen = {
    read: text('what was read is not what was written', 'gelesen wurde anderes als geschrieben'),
    rename: text('the file does not have its new name alone', 'die Datei hat nicht allein ihren neuen Namen'),
    hash: text('its SHA-256 is not that of what was written', 'die SHA-256 ist nicht die des Geschriebenen'),
    delete: text('the file is still there', 'die Datei ist noch da'),
  }[step]
  return {
    code: 'STW-B522',
    what: text(
      `Destination "${destination}" does not do what it says`,
      `Das Ziel „${destination}“ tut nicht, was es sagt`,
    ),
    why: seen,
  }
}
