// The runbooks of the examples: golden files that anybody can read, made anew by `npm run docs` when the words or the documents change.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exampleGuide, exampleRunbook, runbookExamples } from '../scripts/docs/runbooks.ts'
import { guideHtml } from '../src/runbook/guide-html.ts'
import { guideMarkdown } from '../src/runbook/guide-markdown.ts'

const root = join(import.meta.dirname, '..')

describe.each(runbookExamples)('%s', name => {
  const { guide } = exampleGuide(root, name)

  it('is what its document says today', () => {
    expect(exampleRunbook(root, name)).toBe(readFileSync(join(root, 'examples', name, 'RUNBOOK.md'), 'utf8'))
  })

  it('says every step in both languages, and how to do it by hand', () => {
    const boxes = guide.sections.flatMap(({ parts }) =>
      parts.flatMap(part => (part.kind === 'boxes' ? part.boxes : [])),
    )
    const silent = boxes.filter(({ title }) => title.en === '' || title.de === '')
    const onHost = boxes.filter(({ host, commands }) => host !== undefined && commands.length === 0)

    expect(boxes.length).toBeGreaterThan(30)
    expect(silent).toEqual([])
    expect(onHost).toEqual([])
  })

  it('is one page of HTML that loads nothing', () => {
    for (const lang of ['de', 'en'] as const) {
      const page = guideHtml(guide, lang)

      expect(page).not.toMatch(/<(script|link|img|iframe)\b|\bsrc=|@import|url\(/)
      expect(page.match(/<li>/g)?.length).toBe(page.match(/<\/li>/g)?.length)
      expect(page).toContain(`<html lang="${lang}">`)
    }
  })

  it('is a page of its own in the other language', () => {
    expect(guideMarkdown(guide, 'en')).not.toMatch(/Erwartet:|Rückgängig:/)
    expect(guideMarkdown(guide, 'de')).not.toMatch(/Expected:|No undo:|Undo:/)
  })
})

it('takes words of a config as words', () => {
  const text = { en: '<b>*a*</b> `x` | y', de: '<b>*a*</b> `x` | y' }
  const box = { title: text, lines: [], commands: ["echo '```' <release>"] }
  const guide = {
    title: text,
    about: [],
    sections: [{ title: text, parts: [{ kind: 'boxes' as const, boxes: [box] }] }],
  }

  expect(guideMarkdown(guide, 'en')).toBe(`# \\<b>\\*a\\*\\</b> \\\`x\\\` | y

## \\<b>\\*a\\*\\</b> \\\`x\\\` | y

- [ ] **\\<b>\\*a\\*\\</b> \\\`x\\\` | y**

  \`\`\`\`sh
  echo '\`\`\`' <release>
  \`\`\`\`
`)
  expect(guideHtml(guide, 'en')).toContain('<h2>&lt;b&gt;*a*&lt;/b&gt; `x` | y</h2>')
  expect(guideHtml(guide, 'en')).toContain("<pre>echo '```' &lt;release&gt;</pre>")
})
