// The story of the document store: its checklist, from the first box to the last, while people bring documents.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ablage } from '../../examples/ablage/variants/variants.ts'
import type { Text } from '../../src/core/lang.ts'
import type { CheckResult } from '../../src/engine/check-result.ts'
import { ablageChecklist } from './ablage-checklist.ts'
import type { AblagePlace } from './ablage-place.ts'
import { render, type Said } from './checklist.ts'
import type { Ended, Watch } from './command.ts'
import { Documents } from './documents.ts'
import { currentRelease, explain, run, type Stage } from './stage.ts'

export interface AblageStage extends Stage {
  readonly place: AblagePlace
}

/** Checks that ask the machine and not the app: what it lacks is waived by name, and stays an open box. */
const ofTheMachine = ['disk', 'memory', 'gpu', 'certificate', 'audit', 'targets', 'alerts', 'panel']
const every = 1_000

export async function tellAblage(stage: AblageStage): Promise<void> {
  const { place } = stage
  const names = new Map<string, string>()
  const documents = openDocuments(stage)
  if (!(await install(stage, names))) return
  place.askForAll()
  await documents.start(every)
  try {
    const waived = await lookBefore(stage)
    const said = await replace(stage, names, documents, waived)
    if (said === undefined) return
    await refuse(stage, names, documents, waived)
    const later = [...(await goBack(stage, names, waived)), ...(await everyDay(stage))]
    await tick(stage, [...said, ...later])
  } finally {
    await documents.stop()
  }
}

function openDocuments({ place, url }: AblageStage): Documents {
  const { variables } = place.story.servers
  return new Documents({
    url: url.replace(/\/$/, ''),
    email: variables['ABLAGE_USER_EMAIL'] ?? '',
    password: variables['ABLAGE_USER_PASSWORD'] ?? '',
    scan: readFileSync(join(ablage.directory, 'fixtures/rechnung.png')),
    words: 'Rechnung Nr. 4711',
  })
}

async function install(stage: AblageStage, names: Map<string, string>): Promise<boolean> {
  const { screen, place } = stage
  screen.chapter({ en: 'v1 on this machine', de: 'v1 auf diese Maschine' })
  place.test(false)
  const ended = await run(stage, ['deploy', 'local', '--ref', 'v1'])
  claimEnd(stage, ended, 0, { en: 'deployed and proven', de: 'ausgerollt und bewiesen' })
  explain(stage, ended)
  names.set(currentRelease(stage), 'v1')
  return ended.code === 0
}

/** What production asks for and this machine has not: found before the window, waived by name. */
async function lookBefore(stage: AblageStage): Promise<readonly string[]> {
  const { screen } = stage
  screen.chapter({
    en: 'Before the window: what would stop the deploy?',
    de: 'Vor dem Fenster: was hielte den Deploy auf?',
  })
  const ended = await run(stage, ['check', 'local', '--only', ofTheMachine.join(',')], { unasked: true })
  const results = (ended.document?.['results'] ?? []) as readonly CheckResult[]
  const lacking = results.filter(({ blocks }) => blocks)
  for (const { check, observed } of lacking)
    screen.note({ en: `${check}: ${observed.en}`, de: `${check}: ${observed.de}` })
  screen.claim(
    results.length === ofTheMachine.length,
    {
      en: `stellwerk check: ${results.length - lacking.length} of ${results.length} pass, the rest is waived until tomorrow`,
      de: `stellwerk check: ${results.length - lacking.length} von ${results.length} bestehen, für den Rest gilt bis morgen eine Ausnahme`,
    },
    ended.ms,
  )
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  const why = 'nur zum Vorführen, diese Maschine ist kein Server'
  if (lacking.length === 0) return []
  return [...lacking.flatMap(({ check }) => ['--waive', check]), '--reason', why, '--until', tomorrow]
}

/** v2, from its tests to the last signature; what the commands said, or undefined when it did not get there. */
async function replace(
  stage: AblageStage,
  names: Map<string, string>,
  documents: Documents,
  waived: readonly string[],
): Promise<readonly Said[] | undefined> {
  const { screen, place } = stage
  screen.chapter({
    en: 'v2 while documents are scanned, read and exported',
    de: 'v2, während Dokumente gescannt, gelesen und exportiert werden',
  })
  place.test(true)
  const signed = await sign(stage, 'release-notes', [
    ...['--version', '2.0.0', '--by', 'Bea Backend'],
    ...['--evidence', 'CHANGELOG.md 2.0.0'],
  ])
  let burst = false
  const deployed = await run(stage, ['deploy', 'local', '--ref', 'v2', ...waived], {
    kill: event => {
      if (event.type === 'run.begin') remember(names, event.plan.summary['release'], 'v2')
      // So that the worker has something at hand when it should stop.
      if (event.type === 'phase.begin' && event.phase === 'backup-store' && !burst) {
        burst = true
        documents.send(4)
      }
      return false
    },
  })
  claimEnd(stage, deployed, 10, {
    en: 'proven; users have it, it waits for signatures',
    de: 'bewiesen; Benutzer haben es, es wartet auf Unterschriften',
  })
  explain(stage, deployed)
  if (deployed.code !== 10) return undefined
  const drained = deployed.events.find(
    event => event.type === 'step.end' && event.step.startsWith('drain/') && event.step.endsWith('/wait'),
  )
  if (drained?.type === 'step.end')
    screen.claim(
      drained.verdict === 'pass',
      {
        en: 'the worker finished what it had before it was stopped',
        de: 'der Worker hat beendet, was er hatte, bevor er gestoppt wurde',
      },
      drained.ms,
    )
  await isLive(stage, names, 'v2')
  screen.documents(documents.take(), names, ['v1', 'v2'])
  const signatures = await signAll(stage, documents)
  const history = await run(stage, ['history', 'local'], { unasked: true })
  const care = await run(stage, ['aftercare', 'local'], { unasked: true })
  const status = await run(stage, ['releases', 'local'], { unasked: true })
  const decisions = await run(stage, ['decisions', 'local'], { unasked: true })
  const drilled = await run(stage, ['drill', 'local'], { unasked: true })
  claimEnd(stage, drilled, 0, {
    en: 'the set of before the migration was restored elsewhere and compared',
    de: 'der Satz von vor der Migration ist woanders wiederhergestellt und verglichen',
  })
  const backups = await run(stage, ['backup', 'check', 'local'], { unasked: true })
  return [signed, deployed, ...signatures, history, care, status, decisions, drilled, backups]
}

async function signAll(stage: AblageStage, documents: Documents): Promise<readonly Ended[]> {
  const { screen, place, url } = stage
  screen.chapter({ en: 'People look, and sign', de: 'Menschen sehen nach und unterschreiben' })
  const token = await documents.signIn()
  const seen = `als probe@ablage.example angemeldet, Token mit ${token.length} Zeichen`
  const login = await sign(stage, 'login', ['--by', 'Bea Backend', '--evidence', seen])
  claimEnd(stage, login, 10, {
    en: 'login is signed, and it waits on',
    de: 'login ist unterschrieben, es wartet weiter',
  })
  const panel = await fetch(`${url}admin`)
  const rest: Ended[] = [login]
  if (panel.ok) rest.push(await sign(stage, 'admin-panel', ['--by', 'Bea Backend']))
  if (place.told.length > 0) rest.push(await sign(stage, 'team', ['--by', 'Dora DevOps']))
  const last = rest.at(-1)
  screen.claim(
    last?.code === 0 && last.document?.['status'] === 'done',
    {
      en: 'the last signature settles the run: v2 is proven',
      de: 'die letzte Unterschrift schließt den Lauf ab: v2 hat sich bewährt',
    },
    last?.ms,
  )
  screen.note({
    en: `the team was told: ${place.told.join(' · ')}`,
    de: `dem Team wurde gesagt: ${place.told.join(' · ')}`,
  })
  return rest
}

async function refuse(
  stage: AblageStage,
  names: Map<string, string>,
  documents: Documents,
  waived: readonly string[],
): Promise<void> {
  const { screen, place } = stage
  screen.chapter({
    en: 'v3 answers 200 and says "kritisch"; somebody left out its tests',
    de: 'v3 antwortet mit 200 und sagt „kritisch“; jemand hat seine Tests ausgelassen',
  })
  place.test(false)
  await sign(stage, 'release-notes', [
    ...['--version', '3.0.0', '--by', 'Bea Backend'],
    ...['--evidence', 'CHANGELOG.md 3.0.0'],
  ])
  const ended = await run(stage, ['deploy', 'local', '--ref', 'kritisch', ...waived], {
    kill: event => {
      if (event.type === 'run.begin') remember(names, event.plan.summary['release'], 'v3')
      return false
    },
  })
  claimEnd(stage, ended, 1, {
    en: 'refused and taken back by itself',
    de: 'abgelehnt und von selbst zurückgenommen',
  })
  explain(stage, ended)
  await isLive(stage, names, 'v2')
  await documents.stop()
  screen.documents(documents.take(), names, ['v2'])
}

/** The release and what its migration did to the data: what `alembic downgrade` or a dump played back stands for. */
async function goBack(
  stage: AblageStage,
  names: Map<string, string>,
  waived: readonly string[],
): Promise<readonly Said[]> {
  const { screen } = stage
  screen.chapter({
    en: 'Somebody decides: back to v1, with the data of before the migration',
    de: 'Jemand entscheidet: zurück zu v1, mit den Daten von vor der Migration',
  })
  const ended = await run(stage, ['rollback', 'local', '--with-data', '--confirm', 'ablage', ...waived])
  claimEnd(stage, ended, 0, {
    en: 'release and database went back, through the same proofs',
    de: 'Release und Datenbank sind zurück, durch dieselben Beweise',
  })
  explain(stage, ended)
  await isLive(stage, names, 'v1')
  const query = 'SELECT max(revision) FROM ablage_revision'
  const asked = await run(stage, ['db', 'local', 'main', '--query', query], { unasked: true })
  screen.claim(
    asked.lines.some(line => line.includes('0001_documents')),
    {
      en: 'the database says so itself: revision 0001_documents',
      de: 'die Datenbank sagt es selbst: Revision 0001_documents',
    },
  )
  return [ended, asked]
}

/** "Quick Commands" and "Notfall-Kontakte". */
async function everyDay(stage: AblageStage): Promise<readonly Said[]> {
  const { screen } = stage
  screen.chapter({ en: 'The commands of every day', de: 'Die Befehle für jeden Tag' })
  const said: Ended[] = []
  const commands: readonly (readonly [readonly string[], Watch])[] = [
    [['status', 'local'], { unasked: true }],
    [['logs', 'local', 'backend', '--follow'], { unasked: true, once: true }],
    [['logs', 'local', 'backend', '--lines', '500', '--grep', 'listening'], { unasked: true }],
    [['logs', 'local', 'worker', '--lines', '500'], { unasked: true }],
    [['exec', 'local', '--', 'ls', 'package.json'], { unasked: true }],
    [['exec', 'local', '--', 'node', '--version'], { unasked: true }],
    [['restart', 'local', 'worker'], {}],
    [['restart', 'local'], {}],
    [['contacts', 'local'], { unasked: true }],
  ]
  for (const [words, watch] of commands) {
    const ended = await run(stage, words, watch)
    said.push(ended)
    const line = `stellwerk ${words.join(' ')}`
    screen.claim(
      ended.code === 0 || (watch.once === true && ended.lines.length > 0),
      { en: line, de: line },
      ended.ms,
    )
  }
  return said
}

async function tick(stage: AblageStage, said: readonly Said[]): Promise<void> {
  const { screen, root } = stage
  screen.chapter({
    en: 'The checklist, as the document has it',
    de: 'Die Checkliste, wie sie im Dokument steht',
  })
  const { lines, ticked, open } = render(ablageChecklist, said)
  screen.plain(lines.join('\n'))
  screen.claim(ticked > open, {
    en: `${ticked} boxes ticked by evidence, ${open} open with their reason`,
    de: `${ticked} Kästchen durch Belege angehakt, ${open} mit Grund offen`,
  })
  writeFileSync(join(root, '..', 'checkliste.txt'), `${lines.join('\n')}\n`)
}

function sign(stage: AblageStage, id: string, words: readonly string[]): Promise<Ended> {
  return run(stage, ['sign-off', 'local', id, ...words], { unasked: true } satisfies Watch)
}

async function isLive(stage: AblageStage, names: ReadonlyMap<string, string>, tag: string): Promise<void> {
  const answer = await fetch(`${stage.url}api/v1/health`)
  const release = answer.headers.get('x-release') ?? '-'
  stage.screen.claim(names.get(release) === tag && currentRelease(stage) === release, {
    en: `${tag} answers: X-Release and "current" say ${release}`,
    de: `${tag} antwortet: X-Release und „current“ sagen ${release}`,
  })
}

function remember(names: Map<string, string>, release: unknown, tag: string): void {
  if (typeof release === 'string') names.set(release, tag)
}

/** Why, when it ended otherwise than expected. */
function claimEnd({ screen }: Stage, ended: Ended, code: number, text: Text): void {
  screen.claim(ended.code === code, text, ended.ms)
  if (ended.code !== code) screen.plain(ended.output.split('\n').slice(-15).join('\n'))
}
