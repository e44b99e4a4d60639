// `npm run demo`: a real application deployed, broken, recovered and rolled back on this machine, under load.
//   --keep             leave it running and print its address
//   --end <directory>  end a demo that was kept
//   --lang de|en       default: the language of the terminal
// Exit code 0: every claim held. 1: one did not. 2: usage.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { commitVariant, makeAskproRepo } from '../examples/askpro/variants/repository.ts'
import type { Lang } from '../src/core/lang.ts'
import { endDemo, markFile } from './demo/end.ts'
import { Load } from './demo/load.ts'
import { freePorts } from './demo/ports.ts'
import { Screen } from './demo/screen.ts'
import { tell } from './demo/story.ts'

const program = join(import.meta.dirname, '../bin/stellwerk.js')

interface Options {
  readonly keep: boolean
  readonly lang: Lang
  readonly end: string | undefined
}

async function demo({ keep, lang }: Options): Promise<number> {
  const begin = performance.now()
  const directory = mkdtempSync(join(tmpdir(), 'stellwerk-demo-'))
  writeFileSync(join(directory, markFile), '')
  const screen = new Screen(lang)
  let ending: Promise<void> | undefined
  const end = () => {
    ending ??= endDemo(directory)
    return ending
  }
  const leave = () => {
    screen.last({ en: 'Stopped: ending what runs', de: 'Abgebrochen: was läuft, wird beendet' })
    void end().finally(() => process.exit(130))
  }
  process.on('SIGINT', leave)
  process.on('SIGTERM', leave)
  let kept = false
  try {
    const { repository, root, url } = await prepare(directory)
    screen.title('Stellwerk', `${url}  ${directory}`)
    await tell({ screen, repository, root, url, load: new Load(url) })
    kept = keep
    if (keep) showKept(screen, directory, repository, url)
  } finally {
    if (!kept) await end()
  }
  return conclude(screen, performance.now() - begin)
}

/** All commits are made before the first visitor comes, so that this process only measures. */
async function prepare(directory: string) {
  const repository = join(directory, 'repository')
  const root = join(directory, 'server')
  mkdirSync(join(root, 'shared'), { recursive: true })
  writeFileSync(join(root, 'shared/.env'), 'ASKPRO_ENVIRONMENT=demo\n', { mode: 0o600 })
  const [front = 0, first = 0, second = 0] = await freePorts(3)
  const listen = `127.0.0.1:${front}`
  makeAskproRepo(repository, {
    root,
    listen,
    ports: [first, second],
    node: process.execPath,
    // A real server gets more time to become healthy than a demo.
    settings: [{ path: ['checks', 'detailed', 'retries'], value: 6 }],
  })
  for (const variant of ['v2', 'v3', 'v4'] as const) commitVariant(repository, variant)
  return { repository, root, url: `http://${listen}/` }
}

function showKept(screen: Screen, directory: string, repository: string, url: string): void {
  screen.chapter({ en: 'Left running', de: 'Läuft weiter' })
  screen.plain(
    [url, `cd ${repository} && ${program} status local`, `npm run demo -- --end ${directory}`].join('\n'),
  )
}

function conclude(screen: Screen, ms: number): number {
  const time = `${(ms / 1000).toFixed(0)} s`
  const { broken } = screen
  if (broken.length === 0) {
    screen.last({ en: `Every claim held, in ${time}.`, de: `Alles Behauptete hat gehalten, in ${time}.` })
    return 0
  }
  const claims = broken.map(claim => `\n  ${claim}`).join('')
  screen.last({ en: `Did not hold (${time}):${claims}`, de: `Nicht gehalten (${time}):${claims}` })
  return 1
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { keep: { type: 'boolean' }, lang: { type: 'string' }, end: { type: 'string' } },
  })
  const { env } = process
  const language = values.lang ?? env['LC_ALL'] ?? env['LC_MESSAGES'] ?? env['LANG'] ?? ''
  return { keep: values.keep ?? false, lang: language.startsWith('de') ? 'de' : 'en', end: values.end }
}

async function main(): Promise<number> {
  let options: Options
  try {
    options = readOptions()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 2
  }
  if (options.end === undefined) return demo(options)
  try {
    await endDemo(options.end)
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 1
  }
}

if (import.meta.main) process.exitCode = await main()
