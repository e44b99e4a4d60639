// What visitors read during maintenance: one file for each language, nothing loaded from anywhere, nothing about them.
import type { Lang } from '../../core/lang.ts'

const words: Readonly<Record<Lang, { title: string; lead: string; more: string }>> = {
  de: {
    title: 'Wir sind gleich zurück',
    lead: 'Diese Seite wird gerade gewartet. Das dauert nur einen Moment.',
    more: 'Bitte laden Sie die Seite in ein paar Minuten neu. Was Sie gespeichert haben, bleibt erhalten.',
  },
  en: {
    title: 'We will be right back',
    lead: 'This site is being maintained. It only takes a moment.',
    more: 'Please reload the page in a few minutes. What you have saved is safe.',
  },
}

export function ownPage(lang: Lang): string {
  const { title, lead, more } = words[lang]
  return `<!doctype html>
<html lang="${lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText;
  font: 1.125rem/1.6 system-ui, sans-serif }
main { max-width: 32rem; padding: 2rem }
main::before { content: ""; display: block; width: 3rem; height: .375rem; border-radius: 1rem; background: #c2410c }
h1 { font-size: 2rem; line-height: 1.2; margin: 1.25rem 0 .75rem }
p { margin: .5rem 0 }
p + p { opacity: .75 }
</style>
<main><h1>${title}</h1><p>${lead}</p><p>${more}</p></main>
</html>
`
}
