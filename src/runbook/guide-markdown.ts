// The guide as Markdown: check boxes that GitHub, GitLab and a pencil can tick.
import type { Lang } from '../core/lang.ts'
import type { Box, Guide, Part } from './guide.ts'

export function guideMarkdown(guide: Guide, lang: Lang): string {
  const blocks = [
    `# ${inline(guide.title[lang])}`,
    ...guide.about.map(about => inline(about[lang])),
    ...guide.sections.flatMap(({ title, about, parts }) => [
      `## ${inline(title[lang])}`,
      ...(about === undefined ? [] : [inline(about[lang])]),
      ...parts.map(part => partText(part, lang)),
    ]),
  ]
  return `${blocks.join('\n\n')}\n`
}

function partText(part: Part, lang: Lang): string {
  switch (part.kind) {
    case 'heading':
      return `### ${inline(part.title[lang])}`
    case 'note':
      return inline(part.text[lang])
    case 'boxes':
      return part.boxes
        .map(box => boxText(box, lang))
        .join('\n')
        .trimEnd()
    case 'commands':
      return fence(part.commands, '')
    case 'table': {
      const row = (cells: readonly { readonly [lang in Lang]: string }[]) =>
        `| ${cells.map(cell => inline(cell[lang]).replaceAll('|', '\\|')).join(' | ')} |`
      return [row(part.head), `|${part.head.map(() => '---').join('|')}|`, ...part.rows.map(row)].join('\n')
    }
  }
}

function boxText({ title, host, lines, commands, done }: Box, lang: Lang): string {
  const place = host === undefined ? '' : ` (${inline(host)})`
  return [
    `- [${done ? 'x' : ' '}] **${inline(title[lang])}**${place}`,
    ...lines.map(line => `  - ${inline(line[lang])}`),
    ...(commands.length === 0 ? [] : ['', fence(commands, '  '), '']),
  ].join('\n')
}

function fence(commands: readonly string[], indent: string): string {
  const body = commands.join('\n')
  // A command may hold backticks of its own.
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const ticks = '`'.repeat(longest + 1)
  return [`${ticks}sh`, body, ticks].join('\n').replaceAll(/^(?=.)/gm, indent)
}

/** Words of a config are text, whatever they look like. */
function inline(words: string): string {
  return words.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/[\\`*_<[\]]/g, '\\$&')
}
