// How a fault is put together.
import { type Text, text } from '../../core/lang.ts'
import type { Fault } from '../finding.ts'

export function fault(
  code: string,
  what: Text,
  more?: { why?: Text | undefined; next?: readonly Text[] },
): Fault {
  const { why, next = [] } = more ?? {}
  return { code: `STW-${code}`, what, ...(why && { why }), ...(next.length > 0 && { next }) }
}

/** The same in both languages: commands and excerpts of YAML. */
export function both(words: string): Text {
  return text(words, words)
}

export function meant(word: string | undefined): Text[] {
  return word === undefined ? [] : [text(`Did you mean "${word}"?`, `War "${word}" gemeint?`)]
}

export function list(words: readonly string[]): string {
  if (words.length === 0) return '-'
  return words.length > longest ? `${words.slice(0, longest).join(', ')}, ...` : words.join(', ')
}

/** As many words as a person still reads through. */
const longest = 40

/** `${NAME}` */
export const wrap = (value: string) => `$\{${value}}`
