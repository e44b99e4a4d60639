// What can go wrong with services, in words (STW-S...): what the three kinds share. Their own are in process/, systemd/
// and command/.
import { type Text, text } from '../core/lang.ts'
import { lastWords } from '../core/last-words.ts'
import type { Problem } from '../core/problem.ts'
import type { Report } from '../engine/step.ts'

/** Gives both languages the same words: commands, log lines. */
export function same(words: string): Text {
  return text(words, words)
}

export function evidence(lines: readonly string[]): { evidence?: string } {
  const kept = lines.filter(line => line !== '')
  return kept.length === 0 ? {} : { evidence: kept.join('\n') }
}

/** "exit code 1", "signal 9 (KILL)". */
export function endText(code: number | undefined): Text {
  if (code === undefined) return text('in an unknown way', 'auf unbekannte Weise')
  if (code > 128 && code < 160) {
    const name = signalName(code)
    return text(`by signal ${name}`, `durch Signal ${name}`)
  }
  return text(`with exit code ${code}`, `mit Exit-Code ${code}`)
}

const signals: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  4: 'ILL',
  6: 'ABRT',
  7: 'BUS',
  8: 'FPE',
  9: 'KILL',
  10: 'USR1',
  11: 'SEGV',
  12: 'USR2',
  13: 'PIPE',
  14: 'ALRM',
  15: 'TERM',
}

/** The signal an exit code above 128 stands for in sh. */
export function signalName(code: number): string {
  return signals[code - 128] ?? String(code - 128)
}

export function secretProblem(service: string, name: string): Problem {
  return {
    code: 'STW-S007',
    what: text(`The secret ${name} did not reach the host`, `Das Geheimnis ${name} kam nicht beim Host an`),
    why: text(`${service} refers to it`, `${service} bezieht sich darauf`),
    next: [same(`stellwerk explain secrets.${name}`)],
  }
}

export function lastLine(lines: readonly string[]): Text {
  const last = lastWords(lines)
  return last === undefined ? text('it printed nothing', 'er hat nichts ausgegeben') : same(last)
}

export function unexpected(service: string, release: string, report: Report): Problem {
  return {
    code: 'STW-S009',
    what: text(
      `${service} of ${release} failed: ${report.key}`,
      `${service} von ${release} ist gescheitert: ${report.key}`,
    ),
    ...evidence(report.args),
  }
}
