// Everything a person reads exists in English and German.
export type Lang = 'en' | 'de'

/** One message in both languages. */
export type Text = Readonly<Record<Lang, string>>

export function text(en: string, de: string): Text {
  return { en, de }
}
