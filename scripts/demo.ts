// `npm run demo`: a real application deployed, broken, recovered and rolled back on this machine, under load.
// `npm run demo -- backup`: the same application backed up, its backups broken, drilled and restored.
// `npm run demo -- ablage`: a document store with OCR, deployed by its checklist, which is printed with every box ticked by evidence.
// `npm run demo -- serviceheft`: a service book behind nginx, deployed by its guide, whose checklist is printed in the same way.
//   --keep             leave it running and print its address
//   --end <directory>  end a demo that was kept
//   --lang de|en       default: the language of the terminal
// Exit code 0: every claim held. 1: one did not. 2: usage.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ablage } from '../examples/ablage/variants/variants.ts'
import { commitVariant, makeAskproRepo, type Place } from '../examples/askpro/variants/repository.ts'
import type { Variant } from '../examples/askpro/variants/variants.ts'
import { commitVariant as commitExample } from '../examples/variants.ts'
import type { Lang } from '../src/core/lang.ts'
import { openAblagePlace } from './demo/ablage-place.ts'
import { tellAblage } from './demo/ablage-story.ts'
import { tellBackups } from './demo/backup-story.ts'
import { endDemo, markFile } from './demo/end.ts'
import { Load } from './demo/load.ts'
import { openPlace } from './demo/place.ts'
import { freePorts } from './demo/ports.ts'
import { Screen } from './demo/screen.ts'
import { serviceBook } from './demo/serviceheft.ts'
import { tell } from './demo/story.ts'

const program = join(import.meta.dirname, '../bin/stellwerk.js')

interface Options {
  readonly story: keyof typeof stories
  readonly keep: boolean
  readonly lang: Lang
  readonly end: string | undefined
}

async function demo({ story, keep, lang }: Options): Promise<number> {
  const begin = performance.now()
  const directory = mkdtempSync(join(tmpdir(), 'stellwerk-demo-'))
  writeFileSync(join(directory, markFile), '')
  const screen = new Screen(lang)
  const servers = new AsyncDisposableStack()
  let ending: Promise<void> | undefined
  const end = () => {
    // The app first: it talks to the servers.
    ending ??= endDemo(directory).finally(() => servers.disposeAsync())
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
    const told = await stories[story](directory, screen, keep, servers)
    kept = keep
    if (keep) showKept(screen, directory, told)
  } finally {
    if (!kept) await end()
  }
  return conclude(screen, performance.now() - begin)
}

const stories = { deploy: deploys, backup: backups, ablage: documents, serviceheft: serviceBook } as const

interface Told {
  readonly repository: string
  readonly url: string
}

async function deploys(directory: string, screen: Screen): Promise<Told> {
  const stage = await prepare(directory, ['v2', 'v3', 'v4'])
  screen.title('Stellwerk', `${stage.url}  ${directory}`)
  await tell({ ...stage, screen, load: new Load(stage.url) })
  return stage
}

async function backups(
  directory: string,
  screen: Screen,
  kept: boolean,
  servers: AsyncDisposableStack,
): Promise<Told> {
  const place = await openPlace({ directory, root: join(directory, 'server'), kept }, servers)
  // The other demo shows that red tests stop a deploy; this one has no time for green ones.
  const settings = [...place.settings, { path: ['build', 'test'], value: [] }]
  const stage = await prepare(directory, ['v3-migration'], { env: place.env, settings })
  screen.title('Stellwerk', `${stage.url}  ${directory}`)
  await tellBackups({ ...stage, screen, place })
  return stage
}

async function documents(
  directory: string,
  screen: Screen,
  kept: boolean,
  servers: AsyncDisposableStack,
): Promise<Told> {
  const place = await openAblagePlace(directory, kept, servers)
  const { repository, root, url, env } = place.story
  for (const variant of ['v2', 'kritisch'] as const) commitExample(ablage, repository, variant)
  const stage = { repository, root, url: `${url}/`, env }
  screen.title('Stellwerk', `${stage.url}  ${directory}`)
  await tellAblage({ ...stage, screen, place })
  return stage
}

/** All commits are made before the first visitor comes, so that this process only measures. */
async function prepare(
  directory: string,
  variants: readonly Variant[],
  data: { readonly env: string; readonly settings: NonNullable<Place['settings']> } = {
    env: '',
    settings: [],
  },
) {
  const repository = join(directory, 'repository')
  const root = join(directory, 'server')
  mkdirSync(join(root, 'shared'), { recursive: true })
  writeFileSync(join(root, 'shared/.env'), `ASKPRO_ENVIRONMENT=demo\n${data.env}`, { mode: 0o600 })
  const [front = 0, first = 0, second = 0] = await freePorts(3)
  const listen = `127.0.0.1:${front}`
  makeAskproRepo(repository, {
    root,
    listen,
    ports: [first, second],
    node: process.execPath,
    backups: join(directory, 'backups'),
    // A real server gets more time to become healthy than a demo.
    settings: [{ path: ['checks', 'detailed', 'retries'], value: 6 }, ...data.settings],
  })
  for (const variant of variants) commitVariant(repository, variant)
  return { repository, root, url: `http://${listen}/` }
}

function showKept(screen: Screen, directory: string, { repository, url }: Told): void {
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
  const { values, positionals } = parseArgs({
    options: { keep: { type: 'boolean' }, lang: { type: 'string' }, end: { type: 'string' } },
    allowPositionals: true,
  })
  const [word = 'deploy', ...more] = positionals
  const story = (Object.keys(stories) as (keyof typeof stories)[]).find(name => name === word)
  if (story === undefined || more.length > 0) {
    const named = Object.keys(stories).filter(name => name !== 'deploy')
    throw new Error(
      `there is no demo "${positionals.join(' ')}", only ${named.join(', ')} and the one without a name`,
    )
  }
  const { env } = process
  const language = values.lang ?? env['LC_ALL'] ?? env['LC_MESSAGES'] ?? env['LANG'] ?? ''
  return {
    story,
    keep: values.keep ?? false,
    lang: language.startsWith('de') ? 'de' : 'en',
    end: values.end,
  }
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

// A demo that is kept has servers of its own, which would hold this process.
if (import.meta.main) process.exit(await main())
