// The story of the demo of backups. Each chapter uses the command line as a person would; what it claims it then looks up itself: in
// the files at the NAS, in the database, at the service.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Text } from '../../src/core/lang.ts'
import { type Ended, stellwerkText } from './command.ts'
import type { DataPlace } from './place.ts'
import { currentRelease, explain, run, type Stage, serves } from './stage.ts'

export interface BackupStage extends Stage {
  readonly place: DataPlace
}

const callers = ['+49 30 1111', '+49 30 2222', '+49 30 2222']
const recording = 'eine Aufnahme, die es nur einmal gibt\n'
const tables = 'SELECT name FROM schema_migrations ORDER BY name'

export async function tellBackups(stage: BackupStage): Promise<void> {
  const { screen } = stage
  screen.note(stage.place.about)
  const names = new Map<string, string>()
  const upload = await begin(stage, names)
  if (upload === undefined) return
  await backUp(stage)
  await failHalfWay(stage, names)
  await rot(stage)
  await prove(stage)
  await bringBack(stage, upload)
}

/** v1 with rows and a file; undefined when it does not stand. */
async function begin(stage: BackupStage, names: Map<string, string>): Promise<string | undefined> {
  const { screen, url } = stage
  screen.chapter({ en: 'v1, and something to lose', de: 'v1, und etwas zu verlieren' })
  const ended = await run(stage, ['deploy', 'local', '--ref', 'v1'])
  claimEnd(stage, ended, 0, { en: 'built, deployed and proven', de: 'gebaut, ausgerollt und bewiesen' })
  if (ended.code !== 0) return undefined
  names.set(currentRelease(stage), 'v1')
  for (const caller of callers) await call(url, caller)
  const sent = await fetch(`${url}api/uploads?name=a.txt`, { method: 'POST', body: recording })
  const digest = createHash('sha256').update(recording).digest('hex')
  screen.claim(sent.status === 201 && (await countCalls(stage)) === callers.length + 1, {
    en: 'three calls and a recording, and the call of the smoke test',
    de: 'drei Anrufe und eine Aufnahme, dazu der Anruf der Probe',
  })
  return digest
}

async function backUp(stage: BackupStage): Promise<void> {
  const { screen, place } = stage
  screen.chapter({ en: 'The nightly backup', de: 'Das nächtliche Backup' })
  const ended = await run(stage, ['backup', 'local', '--class', 'daily'])
  claimEnd(stage, ended, 0, {
    en: 'dumped in one snapshot, stored at the NAS, read again there',
    de: 'aus einem Snapshot, auf dem NAS abgelegt und dort wieder gelesen',
  })
  explain(stage, ended)
  const daily = join(place.nas, 'daily')
  const files = existsSync(daily) ? readdirSync(daily).toSorted() : []
  screen.plain(files.map(file => `daily/${file}`).join('\n'))
  screen.claim(isSound(daily, files), {
    en: 'sha256sum -c and gzip -t accept what lies there: no Stellwerk needed',
    de: 'sha256sum -c und gzip -t nehmen an, was dort liegt: ohne Stellwerk',
  })
}

/** What anybody can check at the NAS by hand. */
function isSound(directory: string, files: readonly string[]): boolean {
  const ending = (end: string) => files.filter(file => file.endsWith(end))
  const [sums, packed] = [ending('.gz.sha256'), ending('.gz')]
  try {
    execFileSync('sha256sum', ['--check', '--quiet', '--strict', ...sums], { cwd: directory, stdio: 'pipe' })
    execFileSync('gzip', ['-t', ...packed], { cwd: directory, stdio: 'pipe' })
    const kinds = ['backup-db-', 'backup-app-']
    return sums.length === packed.length && kinds.every(kind => packed.some(file => file.startsWith(kind)))
  } catch {
    return false
  }
}

async function failHalfWay(stage: BackupStage, names: ReadonlyMap<string, string>): Promise<void> {
  const { screen, place, url } = stage
  screen.chapter({
    en: 'v3: the second of its two migrations fails, somebody calls meanwhile',
    de: 'v3: die zweite ihrer zwei Migrationen scheitert, währenddessen ruft jemand an',
  })
  const before = await place.sql(tables)
  let told = ''
  let caller: Promise<unknown> | undefined
  const ended = await run(stage, ['deploy', 'local', '--ref', 'v3-migration'], {
    kill: event => {
      if (event.type === 'phase.begin' && event.phase === 'migrate') caller ??= call(url, '+49 30 3333')
      told ||= /rows written since: ([^"(]*)/.exec(JSON.stringify(event))?.[1]?.trim() ?? ''
      return false
    },
  })
  await caller
  claimEnd(stage, ended, 1, {
    en: 'refused, and the database restored from the backup before it',
    de: 'abgelehnt, die Datenbank aus dem Backup davor wiederhergestellt',
  })
  explain(stage, ended)
  screen.claim((await place.sql(tables)) === before && (await countCalls(stage)) === callers.length + 1, {
    en: 'its tables are those of v1 again, no half migration is left',
    de: 'ihre Tabellen sind wieder die von v1, keine halbe Migration bleibt',
  })
  screen.claim(/\bcalls \+1\b/.test(told), {
    en: `the rows that came in between are named: ${told}`,
    de: `die Zeilen von dazwischen werden genannt: ${told}`,
  })
  await serves(stage, names, 'v1')
}

async function rot(stage: BackupStage): Promise<void> {
  const { screen, place } = stage
  screen.chapter({ en: 'One byte flips on the NAS', de: 'Auf dem NAS kippt ein Byte' })
  const directory = join(place.nas, 'pre-deploy')
  const file = readdirSync(directory)
    .filter(name => /^backup-db-.*\.gz$/.test(name))
    .toSorted()
    .at(-1)
  flip(join(directory, file ?? ''))
  const drill = await run(stage, ['drill', 'local'], { unasked: true })
  screen.claim(
    drill.code === 5 && drill.document?.['verdict'] === 'red',
    { en: 'the drill is red', de: 'die Übung ist rot' },
    drill.ms,
  )
  explain(stage, drill)
  const id = `${/_?(\d{8})_(\d{6})/
    .exec(file ?? '')
    ?.slice(1)
    .join('T')}Z-0000`
  const verify = await run(stage, ['backup', 'verify', 'local', id, '--destination', 'nas'], {
    unasked: true,
  })
  claimEnd(stage, verify, 5, {
    en: 'backup verify says no, and the set counts no more',
    de: 'backup verify sagt nein, und der Satz zählt nicht mehr',
  })
  explain(stage, verify)
}

async function prove(stage: BackupStage): Promise<void> {
  const { screen, repository } = stage
  screen.chapter({ en: 'A new set, and a drill that is green', de: 'Ein neuer Satz, und eine grüne Übung' })
  const backup = await run(stage, ['backup', 'local', '--class', 'daily'])
  claimEnd(stage, backup, 0, { en: 'stored and verified', de: 'abgelegt und verifiziert' })
  const report = join(repository, 'report')
  const drill = await run(stage, ['drill', 'local', '--report', report], { unasked: true })
  const { verdict, rto, rpo } = drill.document ?? {}
  const seconds = (ms: unknown) => (typeof ms === 'number' ? `${(ms / 1000).toFixed(1)} s` : '-')
  screen.claim(
    drill.code === 0 && verdict === 'green' && typeof rto === 'number' && typeof rpo === 'number',
    {
      en: `restored elsewhere and compared: RTO ${seconds(rto)}, RPO ${seconds(rpo)}`,
      de: `woanders wiederhergestellt und verglichen: RTO ${seconds(rto)}, RPO ${seconds(rpo)}`,
    },
    drill.ms,
  )
  screen.plain(rowsOf(`${report}.md`))
  const check = await stellwerkText(repository, ['backup', 'check', 'local', '--lang', screen.lang])
  const proven = await run(stage, ['backup', 'check', 'local'], { unasked: true })
  screen.claim(check.code === 0 && proven.document?.['verdict'] === 'pass', {
    en: 'stellwerk backup check local',
    de: 'stellwerk backup check local',
  })
  screen.plain(check.text.split('\n')[0] ?? '')
}

/** The table of the report that names each table of the database. */
function rowsOf(file: string): string {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  const at = lines.findIndex(line => line.startsWith('| calls '))
  const from = lines.lastIndexOf('', at) + 1
  return lines.slice(from, lines.indexOf('', at)).join('\n')
}

async function bringBack(stage: BackupStage, digest: string): Promise<void> {
  const { screen, place, root, url } = stage
  screen.chapter({
    en: 'Somebody deletes rows, and a recording',
    de: 'Jemand löscht Zeilen, und eine Aufnahme',
  })
  const env = readFileSync(join(root, 'shared/.env'), 'utf8')
  const file = join(root, `shared/public/uploads/${digest}.txt`)
  await place.sql('DELETE FROM calls')
  rmSync(file)
  screen.claim((await countCalls(stage)) === 0, {
    en: 'the service has no calls left',
    de: 'der Dienst hat keine Anrufe mehr',
  })
  const restored = await run(stage, ['restore', 'local', 'latest', '--confirm', place.target], {
    unasked: true,
  })
  claimEnd(stage, restored, 0, {
    en: 'restore local latest: safety copy, beside, compared, swapped',
    de: 'restore local latest: daneben, verglichen, getauscht',
  })
  explain(stage, restored)
  screen.claim((await countCalls(stage)) === callers.length + 1, {
    en: 'all calls are back, asked at the service',
    de: 'alle Anrufe sind zurück, beim Dienst gefragt',
  })
  const files = await run(stage, ['restore', 'local', 'latest', '--app'])
  const back = await fetch(`${url}uploads/${digest}.txt`)
  screen.claim(
    files.code === 0 && back.status === 200 && (await back.text()) === recording,
    {
      en: 'restore --app puts the recording back',
      de: 'restore --app legt die Aufnahme zurück',
    },
    files.ms,
  )
  if (files.code !== 0) explain(stage, files)
  screen.claim(readFileSync(join(root, 'shared/.env'), 'utf8') === env, {
    en: '.env is as it was',
    de: '.env ist, wie sie war',
  })
}

/** Why, when it ended otherwise than expected. */
function claimEnd({ screen }: BackupStage, ended: Ended, code: number, text: Text): void {
  screen.claim(ended.code === code, text, ended.ms)
  if (ended.code !== code) screen.plain(ended.output.split('\n').slice(-15).join('\n'))
}

function flip(file: string): void {
  const content = readFileSync(file)
  const at = Math.floor(content.length / 2)
  content[at] = (content[at] ?? 0) ^ 1
  writeFileSync(file, content)
}

async function call(url: string, caller: string): Promise<void> {
  const body = JSON.stringify({ caller, utterances: ['Ich möchte einen Termin'] })
  const answer = await fetch(`${url}api/calls`, { method: 'POST', body })
  if (answer.status !== 201) throw new Error(`a call was answered with ${answer.status}`)
}

async function countCalls({ url }: Stage): Promise<number> {
  const answer: unknown = await fetch(`${url}api/calls`).then(response => response.json())
  const calls = typeof answer === 'object' && answer !== null && 'calls' in answer ? answer.calls : undefined
  return Array.isArray(calls) ? calls.length : Number.NaN
}
