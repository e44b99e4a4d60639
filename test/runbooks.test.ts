// The runbooks of the examples: golden files that anybody can read, made anew by `npm run docs` when the words or the documents change.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exampleGuide, exampleRunbook, runbookExamples } from '../scripts/docs/runbooks.ts'
import { type KindDeps, makeKinds } from '../src/procedures/kinds.ts'
import { supposedRunbook } from '../src/procedures/runbook.ts'
import { guideHtml } from '../src/runbook/guide-html.ts'
import { guideMarkdown } from '../src/runbook/guide-markdown.ts'
import { aConfig } from './helpers/a-deploy.ts'

/** The embedded router is turned by its own program alone: the command that does it stands there. */
const onlyStellwerk = /^(Send the router program|Start the router on |Switch requests )/

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
    const whole = ['stellwerk deploy production', 'stellwerk rollback production']
    const handless = boxes.filter(({ commands }) => commands.some(command => whole.includes(command)))

    expect(boxes.length).toBeGreaterThan(30)
    expect(silent).toEqual([])
    expect(onHost).toEqual([])
    expect(handless.map(({ title }) => title.en).filter(title => !onlyStellwerk.test(title))).toEqual([])
  })

  it('asks the app through the maintenance page as long as it stands there, and never after', () => {
    const [, deploy] = guide.sections
    const parts = deploy?.parts ?? []
    const at = (title: string) => parts.findIndex(part => part.kind === 'heading' && part.title.en === title)
    const asked = parts.map((part, index) => ({
      behind: at('Maintenance on') >= 0 && index > at('Maintenance on') + 1 && index < at('Maintenance off'),
      requests: (part.kind === 'boxes' ? part.boxes : [])
        .flatMap(({ commands }) => commands)
        .filter(command => /^curl .*(-K|http:\/\/127\.0\.0\.1:8000)/.test(command)),
    }))
    const passing = (command: string) =>
      command.includes('header = "X-Stellwerk-Pass: ${ABLAGE_MAINTENANCE_PASS}"')

    expect(
      asked
        .filter(({ behind }) => behind)
        .flatMap(({ requests }) => requests)
        .filter(one => !passing(one) && !one.endsWith('/ready')),
    ).toEqual([])
    expect(
      asked
        .filter(({ behind }) => !behind)
        .flatMap(({ requests }) => requests)
        .filter(passing),
    ).toEqual([])
    expect(asked.flatMap(({ requests }) => requests).filter(passing).length > 10).toBe(name === 'ablage')
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

it('says what each kind of check expects, also where another kind asks with the same key', () => {
  const page = exampleRunbook(root, 'ablage')

  expect(page).toContain('minCount: 1; name: contains RTX 4080')
  expect(page).toContain('name: ablage.example; minDays: 30')
  expect(page).toContain('- Erwartet, upload: status: 201; $.id: matches')
  expect(page).toContain('- Erwartet, read: status: 200; $.status: verarbeitet; until: tries 60, every 1.0 s')
})

it('tells what only the way back runs as something to know, not to do', () => {
  const config = aConfig(
    'release: {afterSwitch: [./clear-cache]}\nrouter: {kind: symlink, listen: "127.0.0.1:80", reload: ./reload}',
  )
  const guide = supposedRunbook(config, makeKinds({} as KindDeps))
  if (!guide.ok) throw new Error('no guide')
  const boxes =
    guide.value.sections[1]?.parts.flatMap(part => (part.kind === 'boxes' ? part.boxes : [])) ?? []
  const titled = (title: string) => boxes.find(box => box.title.en === title)?.commands

  expect(titled('Remember what runs after a switch back')).toEqual(['stellwerk status production'])
  expect(titled('Run in the release: ./clear-cache')).toContain('./clear-cache')
  expect(boxes.filter(({ title }) => /clear-cache|Reload/.test(title.en))).toHaveLength(2)
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
