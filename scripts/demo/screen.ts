// What a person sees: numbered headings, one line a fact, times at the right edge.
import pc from 'picocolors'
import type { Lang, Text } from '../../src/core/lang.ts'
import type { DocumentTally } from './documents.ts'
import type { Tally } from './load.ts'

const width = 78

export class Screen {
  readonly lang: Lang
  readonly #broken: string[] = []
  readonly #live = process.stdout.isTTY === true
  #chapter = 0
  #closed = false

  constructor(lang: Lang) {
    this.lang = lang
  }

  get broken(): readonly string[] {
    return this.#broken
  }

  title(text: string, note: string): void {
    this.#line(`${pc.bold(text)}  ${pc.dim(note)}`)
  }

  chapter(text: Text): void {
    this.#line('')
    this.#line(pc.bold(`${++this.#chapter}  ${text[this.lang]}`))
  }

  /** The last thing that is said. */
  last(text: Text): void {
    this.#line('')
    this.#line(text[this.lang])
    this.#closed = true
  }

  /** Shown until the next line; only on a terminal. */
  now(text: Text): void {
    // One line: what wraps could not be wiped again.
    const words = text[this.lang].slice(0, width - 6)
    if (this.#live && !this.#closed) process.stdout.write(`\r\x1b[2K   ${pc.dim(`… ${words}`)}`)
  }

  note(text: Text): void {
    for (const line of wrap(text[this.lang])) this.#line(`   ${pc.dim(line)}`)
  }

  plain(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.#line(`   ${line}`)
  }

  /** One thing that the demo promises. A broken promise makes the exit code 1. */
  claim(holds: boolean, text: Text, ms?: number): void {
    const words = text[this.lang]
    if (!holds) this.#broken.push(words)
    const mark = holds ? pc.green('✔') : pc.red('✘')
    const time =
      ms === undefined ? '' : `  ${(ms / 1000).toFixed(1)} s`.padStart(Math.max(2, width - 5 - words.length))
    this.#line(`   ${mark} ${holds ? words : pc.red(words)}${pc.dim(time)}`)
  }

  requests(tally: Tally, names: ReadonlyMap<string, string>): void {
    const by = [...tally.releases]
      .map(([release, count]) => `${names.get(release) ?? release} ${count}`)
      .join(', ')
    const count = tally.answered + tally.failed
    const slowest = Math.round(tally.slowest)
    this.claim(tally.failed === 0, {
      en: `${count} requests, ${tally.failed} failed (answered by ${by}; slowest ${slowest} ms)`,
      de: `${count} Anfragen, ${tally.failed} fehlgeschlagen (beantwortet von ${by}; langsamste ${slowest} ms)`,
    })
    for (const [failure, times] of [...tally.failures].slice(0, 5)) this.#line(`     ${times} x ${failure}`)
  }

  /** `only`: tags of the releases that may have answered; none: any. */
  documents(tally: DocumentTally, names: ReadonlyMap<string, string>, only: readonly string[]): void {
    const { uploaded, exported, keptOut, failures, releases } = tally
    const tags = [...releases.keys()].map(release => names.get(release) ?? release)
    const strange = only.length > 0 && tags.some(tag => !only.includes(tag))
    const by = tags.length === 0 ? '-' : tags.join(', ')
    const failed = [...failures.values()].reduce((sum, times) => sum + times, 0)
    this.claim(failed === 0 && !strange, {
      en: `documents: ${uploaded} uploaded, ${exported} read and exported, ${failed} failed`,
      de: `Dokumente: ${uploaded} hochgeladen, ${exported} gelesen und exportiert, ${failed} fehlgeschlagen`,
    })
    this.note({
      en: `answered by ${by}; "maintenance, come back later" ${keptOut} times`,
      de: `beantwortet von ${by}; ${keptOut} mal „Wartung, bitte später wiederkommen“`,
    })
    for (const [failure, times] of [...failures].slice(0, 5)) this.#line(`     ${times} x ${failure}`)
  }

  #line(text: string): void {
    if (this.#closed) return
    process.stdout.write(`${this.#live ? '\r\x1b[2K' : ''}${text}\n`)
  }
}

/** Breaks between words; what stands between two dots stays together. */
function wrap(text: string): readonly string[] {
  const parts = text.includes(' · ') ? text.split(/(?<= ·) /) : text.split(' ')
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + part.length < width - 4)
      lines[lines.length - 1] = `${last} ${part}`
    else lines.push(part)
  }
  return lines
}
