// The guide as one HTML file that asks nobody for anything: to open, to print, to fill in with a pen.
import type { Lang, Text } from '../core/lang.ts'
import type { Box, Guide, Part } from './guide.ts'

const style = `:root { color-scheme: light }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff }
h1, h2, h3 { line-height: 1.2; break-after: avoid }
h2 { margin-top: 2.2rem; border-bottom: 2px solid #111 }
ul.boxes { list-style: none; padding: 0 }
ul.boxes > li { margin: .7rem 0; break-inside: avoid }
label { font-weight: 600 }
input { width: 1.05rem; height: 1.05rem; margin: 0 .5rem 0 0; vertical-align: -.15rem }
.host { font-weight: 400; color: #555 }
ul.lines { margin: .2rem 0 .2rem .6rem }
pre { background: #f3f3f3; border: 1px solid #ccc; padding: .5rem .7rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #999; padding: .25rem .5rem; text-align: left; vertical-align: top }
@media print { body { margin: 0; max-width: none; font-size: 11pt } pre { font-size: 9pt; border-color: #777 } }`

export function guideHtml(guide: Guide, lang: Lang): string {
  const say = (words: Text) => escaped(words[lang])
  const sections = guide.sections.map(({ title, about, parts }) =>
    [
      '<section>',
      `<h2>${say(title)}</h2>`,
      ...(about === undefined ? [] : [`<p>${say(about)}</p>`]),
      ...parts.map(part => partHtml(part, say)),
      '</section>',
    ].join('\n'),
  )
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${say(guide.title)}</title>
<style>
${style}
</style>
</head>
<body>
<h1>${say(guide.title)}</h1>
${guide.about.map(about => `<p>${say(about)}</p>`).join('\n')}
${sections.join('\n')}
</body>
</html>
`
}

type Say = (words: Text) => string

function partHtml(part: Part, say: Say): string {
  switch (part.kind) {
    case 'heading':
      return `<h3>${say(part.title)}</h3>`
    case 'note':
      return `<p>${say(part.text)}</p>`
    case 'boxes':
      return `<ul class="boxes">\n${part.boxes.map(box => boxHtml(box, say)).join('\n')}\n</ul>`
    case 'commands':
      return pre(part.commands)
    case 'table': {
      const row = (cells: readonly Text[], tag: 'th' | 'td') =>
        `<tr>${cells.map(cell => `<${tag}>${say(cell)}</${tag}>`).join('')}</tr>`
      const rows = [row(part.head, 'th'), ...part.rows.map(cells => row(cells, 'td'))]
      return `<table>\n${rows.join('\n')}\n</table>`
    }
  }
}

function boxHtml({ title, host, lines, commands, done }: Box, say: Say): string {
  const place = host === undefined ? '' : ` <span class="host">${escaped(host)}</span>`
  const list = lines.map(line => `<li>${say(line)}</li>`).join('')
  return `<li><label><input type="checkbox"${done ? ' checked' : ''}>${say(title)}</label>${place}${
    lines.length === 0 ? '' : `<ul class="lines">${list}</ul>`
  }${commands.length === 0 ? '' : pre(commands)}</li>`
}

function pre(commands: readonly string[]): string {
  return `<pre>${escaped(commands.join('\n'))}</pre>`
}

function escaped(words: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return words.replaceAll(/[&<>"]/g, sign => names[sign] ?? sign)
}
