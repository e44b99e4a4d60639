// A guide for people, as data: sections of check lists, tables and commands. Two renderers make a page of it; neither decides.
import type { Text } from '../core/lang.ts'

export interface Guide {
  readonly title: Text
  /** What the page is about, under the title. */
  readonly about: readonly Text[]
  readonly sections: readonly Section[]
}

export interface Section {
  readonly title: Text
  readonly about?: Text
  readonly parts: readonly Part[]
}

export type Part =
  | { readonly kind: 'heading'; readonly title: Text }
  | { readonly kind: 'note'; readonly text: Text }
  | { readonly kind: 'boxes'; readonly boxes: readonly Box[] }
  | { readonly kind: 'commands'; readonly commands: readonly string[] }
  | { readonly kind: 'table'; readonly head: readonly Text[]; readonly rows: readonly (readonly Text[])[] }

/** One thing to tick off. */
export interface Box {
  readonly title: Text
  /** Name of the host it is done on. */
  readonly host?: string
  readonly lines: readonly Text[]
  /** To paste. */
  readonly commands: readonly string[]
  /** Ticked when the page is made: it is already so. */
  readonly done?: true
}

/** A word that is the same in both languages. */
export function same(word: string): Text {
  return { en: word, de: word }
}
