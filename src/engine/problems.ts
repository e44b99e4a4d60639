// The engine's own problems (STW-E...). Each says what, where, why and what to do next.

import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { lastWords } from '../core/last-words.ts'
import type { Problem } from '../core/problem.ts'
import type { Act } from './compose.ts'
import type { Ending, Execution } from './host.ts'
import type { LockAnswer } from './lease.ts'
import type { PlanHost } from './plan.ts'
import type { Step } from './step.ts'

/** A step's fragment ended with a code other than 0. */
export function stepProblem(
  act: Act,
  code: number,
  mode: 'run' | 'undo',
  reports: readonly string[],
  tail: readonly string[],
): Problem {
  const { step, kind } = act
  const [key, ...args] = reports
  if (mode === 'run' && key !== undefined && kind.explain) {
    const explained = kind.explain(step, { key, args })
    return { ...lastLines(tail), ...explained, where: { ...where(step), ...explained.where } }
  }
  const title = mode === 'undo' && step.undo.how === 'auto' ? step.undo.title : step.title
  return {
    code: mode === 'run' ? 'STW-E101' : 'STW-E102',
    what: text(
      `"${title.en}" failed with exit code ${code}`,
      `„${title.de}“ ist mit Exit-Code ${code} gescheitert`,
    ),
    where: where(step),
    why: exitMeaning(code) ?? lastOf(tail),
    ...lastLines(tail),
  }
}

// Without the frames of a stack: they come last, and would push out the line that says what happened.
function lastLines(tail: readonly string[]): { evidence?: string } {
  const words = tail.filter(line => !/^\s+at \S/.test(line))
  return tail.length > 0 ? { evidence: (words.length > 0 ? words : tail).slice(-12).join('\n') } : {}
}

function where(step: Step): { step: string; host?: string } {
  return { step: step.id, ...(step.host === undefined ? {} : { host: step.host }) }
}

function exitMeaning(code: number): Text | undefined {
  if (code === 124)
    return text(
      'it took longer than its time-out and was ended',
      'es dauerte länger als das Zeitlimit und wurde beendet',
    )
  if (code === 126)
    return text(
      'the command exists but may not be executed',
      'der Befehl existiert, darf aber nicht ausgeführt werden',
    )
  if (code === 127)
    return text('a command was not found on the host', 'ein Befehl wurde auf dem Host nicht gefunden')
  if (code > 128)
    return text(`it was ended by signal ${code - 128}`, `es wurde durch Signal ${code - 128} beendet`)
  return undefined
}

function lastOf(tail: readonly string[]): Text {
  const last = lastWords(tail)
  return last === undefined ? text('it printed nothing', 'es hat nichts ausgegeben') : text(last, last)
}

export function fencedProblem(host: string): Problem {
  return {
    code: 'STW-E103',
    what: text(
      `Another run has taken over ${host}; nothing more was done there`,
      `Ein anderer Lauf hat ${host} übernommen; dort wurde nichts mehr getan`,
    ),
    where: { host },
    why: text(
      'the lock on the host no longer names this run',
      'die Sperre auf dem Host nennt diesen Lauf nicht mehr',
    ),
    next: [text('stellwerk status', 'stellwerk status')],
  }
}

export function journalProblem(host: string, tail: readonly string[]): Problem {
  return {
    code: 'STW-E104',
    what: text(
      `The journal on ${host} cannot be written, so the next step was not begun`,
      `Das Journal auf ${host} ist nicht schreibbar, deshalb begann der nächste Schritt nicht`,
    ),
    where: { host },
    why: text(
      'the disk is full or the directory is not writable',
      'die Platte ist voll oder das Verzeichnis nicht schreibbar',
    ),
    next: [
      text(
        `Make room on ${host} (df -h), then run the command again`,
        `Auf ${host} Platz schaffen (df -h), dann den Befehl wiederholen`,
      ),
    ],
    ...(tail.length > 0 ? { evidence: tail.slice(-5).join('\n') } : {}),
  }
}

export function lostProblem(host: string, ending: Ending, step: Step | undefined): Problem {
  return {
    code: 'STW-E105',
    what: text(
      `The connection to ${host} was lost and the outcome could not be read back`,
      `Die Verbindung zu ${host} ging verloren, und das Ergebnis ließ sich nicht nachlesen`,
    ),
    where: { host, ...(step ? { step: step.id } : {}) },
    why: endingText(ending),
    next: [text('stellwerk recover', 'stellwerk recover')],
  }
}

export function unclearProblem(host: string, step: Step, ending: Ending): Problem {
  return {
    code: 'STW-E106',
    what: text(
      `Nobody knows whether "${step.title.en}" happened on ${host}`,
      `Unklar, ob „${step.title.de}“ auf ${host} geschehen ist`,
    ),
    where: { host, step: step.id },
    why: endingText(ending),
  }
}

export function endingText(ending: Ending): Text {
  switch (ending.kind) {
    case 'exit':
      return text(`exit code ${ending.code}`, `Exit-Code ${ending.code}`)
    case 'signal':
      return text(`ended by signal ${ending.signal}`, `durch Signal ${ending.signal} beendet`)
    case 'timeout':
      return text('it took longer than its time-out', 'es dauerte länger als das Zeitlimit')
    case 'aborted':
      return text('it was interrupted', 'es wurde unterbrochen')
    case 'lost':
      return text(ending.why || 'the connection was lost', ending.why || 'die Verbindung ging verloren')
    case 'unreachable':
      return text(ending.why, ending.why)
  }
}

/** No answer of the host at all; a connection that knows its own reason says it. */
export function unreachableProblem(
  place: PlanHost,
  { ending, stderr }: Pick<Execution, 'ending' | 'stderr'>,
  environment: string,
): Problem {
  if (ending.kind === 'unreachable' && ending.problem) return ending.problem
  return {
    code: 'STW-E114',
    what: text(
      `${place.name} (${place.address}) cannot be reached`,
      `${place.name} (${place.address}) ist nicht erreichbar`,
    ),
    where: { host: place.name },
    why: endingText(ending),
    next: [same(`stellwerk doctor ${environment}`)],
    ...(stderr.trim() === '' ? {} : { evidence: stderr.trim().split('\n').slice(-5).join('\n') }),
  }
}

export function interruptedProblem(where?: Problem['where']): Problem {
  return { code: 'STW-E107', what: text('Interrupted', 'Unterbrochen'), ...(where ? { where } : {}) }
}

export function interruptedNote(): Text {
  return text(
    'Interrupted: bringing the run to a clean state. A second interrupt leaves at once, for stellwerk recover',
    'Unterbrochen: der Lauf wird in einen sauberen Zustand gebracht. Eine zweite Unterbrechung geht sofort, für stellwerk recover',
  )
}

export function checkProblem(step: Step, observed: Text): Problem {
  return {
    code: 'STW-E108',
    what: text(`"${step.title.en}" did not pass`, `„${step.title.de}“ wurde nicht bestanden`),
    where: where(step),
    why: observed,
  }
}

/** Somebody else holds the lock, or deploys are frozen, or the lock cannot be made. */
export function lockProblem(
  host: string,
  answer: Exclude<LockAnswer, { kind: 'granted' }>,
  environment: string,
): Problem {
  if (answer.kind === 'frozen') {
    return {
      code: 'STW-E110',
      what: text(`Deploys are frozen until ${answer.until}`, `Deploys sind eingefroren bis ${answer.until}`),
      where: { host },
      why: text(`${answer.by}: ${answer.reason}`, `${answer.by}: ${answer.reason}`),
      next: [same(`stellwerk unfreeze ${environment}`)],
    }
  }
  if (answer.kind === 'failed') {
    return {
      code: 'STW-E111',
      what: text(`The lock on ${host} cannot be made`, `Die Sperre auf ${host} lässt sich nicht anlegen`),
      where: { host },
      why: text(answer.why, answer.why),
      next: [same(`stellwerk doctor ${environment}`)],
    }
  }
  const { owner } = answer
  const who = `${owner.by ?? '?'} @ ${owner.machine ?? '?'}, pid ${owner.pid ?? '?'}`
  const age = formatDuration(answer.ageSeconds * 1000)
  if (answer.expired) {
    return {
      code: 'STW-E112',
      what: text(
        `A dead run left ${host} locked in the middle of its work`,
        `Ein abgebrochener Lauf hat ${host} mitten in der Arbeit gesperrt hinterlassen`,
      ),
      where: { host, ...(owner.run === undefined ? {} : { run: owner.run }) },
      why: text(
        `${owner.procedure ?? 'run'} by ${who}; last sign of life ${age} ago`,
        `${owner.procedure ?? 'Lauf'} von ${who}; letztes Lebenszeichen vor ${age}`,
      ),
      next: [same(`stellwerk recover ${environment}`)],
    }
  }
  return {
    code: 'STW-E113',
    what: text(`${host} is locked by another run`, `${host} ist durch einen anderen Lauf gesperrt`),
    where: { host, ...(owner.run === undefined ? {} : { run: owner.run }) },
    why: text(
      `${owner.procedure ?? 'run'} by ${who}, since ${owner.since ?? '?'}, last sign of life ${age} ago`,
      `${owner.procedure ?? 'Lauf'} von ${who}, seit ${owner.since ?? '?'}, letztes Lebenszeichen vor ${age}`,
    ),
    next: [
      text('Add --wait to wait for it', 'Mit --wait darauf warten'),
      same(`stellwerk status ${environment}`),
    ],
  }
}

function same(command: string): Text {
  return text(command, command)
}
