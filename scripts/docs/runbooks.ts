// RUNBOOK.md of an example, as `stellwerk runbook <environment> --offline` writes it: no host, no secret, the same each time.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import { type KindDeps, makeKinds } from '../../src/procedures/kinds.ts'
import { supposedRunbook } from '../../src/procedures/runbook.ts'
import type { Guide } from '../../src/runbook/guide.ts'
import { guideMarkdown } from '../../src/runbook/guide-markdown.ts'

export const runbookExamples = ['ablage', 'askpro', 'serviceheft'] as const

export function exampleGuide(
  root: string,
  name: string,
): { readonly guide: Guide; readonly language: 'de' | 'en' } {
  const directory = join(root, 'examples', name)
  const loaded = loadConfig({
    file: 'stellwerk.yaml',
    text: readFileSync(join(directory, 'stellwerk.yaml'), 'utf8'),
    directory,
    environment: 'production',
    env: {},
    readFile: () => {
      throw new Error('a guide reads no secret')
    },
    secrets: 'names',
  })
  if (!loaded.ok) throw new Error(`${name}: ${loaded.error.map(({ what }) => what.en).join('; ')}`)
  const { config } = loaded.value
  // Only told, never run: no kind needs what it would work with.
  const guide = supposedRunbook(config, makeKinds({} as KindDeps))
  if (!guide.ok) throw new Error(`${name}: ${guide.error.map(({ what }) => what.en).join('; ')}`)
  return { guide: guide.value, language: config.language }
}

export function exampleRunbook(root: string, name: string): string {
  const { guide, language } = exampleGuide(root, name)
  return guideMarkdown(guide, language)
}
