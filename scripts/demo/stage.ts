// What the chapters of both demos do: run the command, say why it was red, ask who answers.
import { readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Lang, Text } from '../../src/core/lang.ts'
import { type Ended, stellwerk, type Watch } from './command.ts'
import type { Screen } from './screen.ts'

export interface Stage {
  readonly screen: Screen
  /** Git repository with the tags of the story and a stellwerk.yaml whose environment `local` is `root`. */
  readonly repository: string
  readonly root: string
  readonly url: string
  /** What the command needs beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
}

const worthTelling = 50
const building = { en: 'Build and test', de: 'Bauen und testen' }
const looking = { en: 'Look at the host', de: 'Den Host ansehen' }

export async function run(stage: Stage, words: readonly string[], watch: Watch = {}): Promise<Ended> {
  const { screen } = stage
  screen.now({ en: `stellwerk ${words.join(' ')}`, de: `stellwerk ${words.join(' ')}` })
  return stellwerk(stage.repository, words, {
    onPhase: title => screen.now(title),
    ...(stage.env === undefined ? {} : { env: stage.env }),
    ...watch,
  })
}

/** Where the time went, and why it was taken back. */
export function explain({ screen }: Stage, ended: Ended): void {
  const parts = (lang: Lang) =>
    [{ title: ended.built ? building : looking, ms: ended.prepared }, ...ended.phases]
      .filter(part => part.ms >= worthTelling)
      .map(part => `${part.title[lang]} ${(part.ms / 1000).toFixed(1)} s`)
      .join(' · ')
  if (ended.phases.length > 0) screen.note({ en: parts('en'), de: parts('de') })
  const { problem } = ended
  if (problem !== undefined) {
    const line = (lang: Lang) => [problem.what[lang], problem.why?.[lang]].filter(Boolean).join(': ')
    screen.note({ en: line('en'), de: line('de') })
  }
}

/** The directory, the header and the page must name the same release. */
export async function serves(stage: Stage, names: ReadonlyMap<string, string>, tag: string): Promise<void> {
  const current = currentRelease(stage)
  const found = await ask(stage.url)
  const holds = names.get(current) === tag && found.release === current && found.page.includes(current)
  const text: Text = {
    en: `${tag} answers: X-Release, page and "current" say ${current}`,
    de: `${tag} antwortet: X-Release, Seite und „current“ sagen ${current}`,
  }
  const wrong: Text = {
    en: `${tag} should answer; X-Release says ${found.release}, "current" says ${current}`,
    de: `${tag} sollte antworten; X-Release sagt ${found.release}, „current“ sagt ${current}`,
  }
  stage.screen.claim(holds, holds ? text : wrong)
}

async function ask(url: string): Promise<{ readonly release: string; readonly page: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    return { release: response.headers.get('x-release') ?? '-', page: await response.text() }
  } catch (error) {
    return { release: String(error), page: '' }
  }
}

export function currentRelease({ root }: Stage): string {
  try {
    return basename(readlinkSync(join(root, 'current')))
  } catch {
    return '-'
  }
}
