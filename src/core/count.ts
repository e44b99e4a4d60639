// Numbers of things, for people: "48 211", and the word that fits the number.
import { type Text, text } from './lang.ts'

/** Groups of three, kept together. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u00a0')
}

/** "1 table", "48 211 rows". */
export function counted(
  count: number,
  one: { readonly en: string; readonly de: string },
  many: { readonly en: string; readonly de: string },
): Text {
  const words = count === 1 ? one : many
  return text(`${formatCount(count)} ${words.en}`, `${formatCount(count)} ${words.de}`)
}
