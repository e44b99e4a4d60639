// The story of the service book: its deployment guide from the first box to the last, on a site of its own with nginx, TLS, DNS and mail.
// At the end the guide's checklist is printed, ticked by what the commands said.
import type { Text } from '../../src/core/lang.ts'
import { render } from './checklist.ts'
import type { Ended, Watch } from './command.ts'
import type { Load, Visit } from './load.ts'
import { serviceheftChecklist } from './serviceheft-checklist.ts'
import type { Candidate, ServiceheftPlace } from './serviceheft-place.ts'
import { currentRelease, explain, run, type Stage } from './stage.ts'

export interface ServiceheftStage extends Stage {
  readonly place: ServiceheftPlace
  readonly load: Load
}

interface Story extends ServiceheftStage {
  /** All that was asked, in order: the evidence. */
  readonly said: Ended[]
  /** Release -> tag. */
  readonly names: Map<string, string>
}

const perSecond = 50
const operator = 'Anna Berg'

export async function tellServiceheft(stage: ServiceheftStage): Promise<void> {
  const story: Story = { ...stage, said: [], names: new Map() }
  stage.screen.note(stage.place.about)
  await prepare(story)
  if (await first(story)) {
    stage.load.start(perSecond)
    await second(story)
    await broken(story)
    await after(story)
    await back(story)
    await stage.load.stop()
    await told(story)
  }
  checklist(story)
}

async function say(story: Story, words: readonly string[], watch: Watch = {}): Promise<Ended> {
  const ended = await run(story, words, watch)
  story.said.push(ended)
  return ended
}

async function prepare(story: Story): Promise<void> {
  const { screen } = story
  screen.chapter({ en: 'Before: decisions, a backup, a drill', de: 'Davor: Entscheidungen, Backup, Übung' })
  const decisions = await say(story, ['decisions', 'local'], { unasked: true })
  screen.claim(decisions.code === 0, {
    en: 'every question of the guide has an answer',
    de: 'jede Frage der Anleitung hat eine Antwort',
  })
  const people = await say(story, ['contacts', 'local'], { unasked: true })
  screen.claim(people.code === 0, {
    en: 'who decides a rollback is written down',
    de: 'wer über einen Rollback entscheidet, steht fest',
  })
  const gate = await say(story, ['check', 'local', '--gate'], { unasked: true })
  screen.claim(
    gate.code === 5 && reasons(gate).join() === 'backup-proven',
    {
      en: 'the gates refuse a deploy for one reason: no backup was ever drilled',
      de: 'die Gates lehnen aus einem Grund ab: noch kein Backup ist geübt',
    },
    gate.ms,
  )
  const backup = await say(story, ['backup', 'local', '--class', 'daily'])
  claimEnd(story, backup, { en: 'both databases and the files', de: 'beide Datenbanken und die Dateien' })
  const drill = await say(story, ['drill', 'local'], { unasked: true })
  const rto = drill.document?.['rto']
  screen.claim(
    drill.code === 0 && typeof rto === 'number',
    {
      en: `restored elsewhere and compared: ${Number(rto)} ms`,
      de: `woanders wiederhergestellt und verglichen: ${Number(rto)} ms`,
    },
    drill.ms,
  )
  await say(story, ['backup', 'check', 'local'], { unasked: true })
}

/** The checks that stand in the way. */
function reasons({ document }: Ended): readonly string[] {
  const list = document?.['reasons']
  return Array.isArray(list) ? list.map((reason: { check?: unknown }) => String(reason.check)) : []
}

async function first(story: Story): Promise<boolean> {
  const { screen, place } = story
  screen.chapter({
    en: 'v1: built, tested, deployed, signed',
    de: 'v1: gebaut, getestet, ausgerollt, unterschrieben',
  })
  const ended = await deploy(story, 'v1')
  screen.claim(
    ended.code === 10,
    {
      en: 'every check passes, and it waits for people',
      de: 'jede Prüfung besteht, und es wartet auf Menschen',
    },
    ended.ms,
  )
  explain(story, ended)
  if (ended.code !== 10) {
    screen.plain(ended.output.split('\n').slice(-15).join('\n'))
    return false
  }
  await sign(story)
  await serves(story, 'v1')
  const person = await place.signIn()
  screen.claim(person === 'user', {
    en: 'a person got the code by mail and signed in with it',
    de: 'ein Mensch hat den Code per Mail bekommen und sich damit angemeldet',
  })
  return true
}

async function second(story: Story): Promise<void> {
  const { screen } = story
  screen.chapter({
    en: `v2 under load, through nginx (${perSecond} requests a second)`,
    de: `v2 unter Last, durch nginx (${perSecond} Anfragen je Sekunde)`,
  })
  const ended = await deploy(story, 'v2')
  screen.claim(
    ended.code === 10,
    { en: 'v2 migrates the database and goes live', de: 'v2 migriert die Datenbank und geht live' },
    ended.ms,
  )
  explain(story, ended)
  await sign(story)
  await serves(story, 'v2')
  screen.requests(story.load.take(), story.names)
}

async function broken(story: Story): Promise<void> {
  const { screen, load } = story
  screen.chapter({
    en: 'v3 answers 200 for a car that nobody knows',
    de: 'v3 antwortet 200 für ein Fahrzeug, das niemand kennt',
  })
  const ended = await deploy(story, 'qr-always-200')
  screen.claim(
    ended.code === 1 && JSON.stringify(ended.problem).includes('qr-unknown'),
    { en: 'caught by the smoke test and taken back', de: 'vom Smoke-Test erkannt und zurückgenommen' },
    ended.ms,
  )
  explain(story, ended)
  const release = [...story.names].find(([, tag]) => tag === 'qr-always-200')?.[0] ?? ''
  const seen = load.seen(release)
  // From the switch to the end of the way back: nobody saw it before or after.
  const open = ended.events
    .filter(event => event.type === 'step.end')
    .filter(({ step }) => /^(switch|verify)\//.test(step))
    .reduce((sum, { ms }) => sum + ms, 0)
  screen.claim(seen > 0 && seen <= open, {
    en: `users saw it for ${(seen / 1000).toFixed(1)} s, the proof and the way back took ${(open / 1000).toFixed(1)} s`,
    de: `zu sehen war es ${(seen / 1000).toFixed(1)} s, Beweis und Rückweg dauerten ${(open / 1000).toFixed(1)} s`,
  })
  await serves(story, 'v2')
  screen.requests(load.take(), story.names)
}

async function back(story: Story): Promise<void> {
  const { screen } = story
  screen.chapter({ en: 'Somebody decides: back to v1', de: 'Jemand entscheidet: zurück zu v1' })
  const v1 = [...story.names].find(([, tag]) => tag === 'v1')?.[0] ?? ''
  const ended = await say(story, ['rollback', 'local', '--to', v1])
  screen.claim(
    ended.code === 0,
    { en: 'rolled back, through the same proofs', de: 'zurückgerollt, durch dieselben Beweise' },
    ended.ms,
  )
  explain(story, ended)
  await serves(story, 'v1')
  screen.requests(story.load.take(), story.names)
}

/** What is due in an hour and in twelve is done at once; the days stay days. */
async function after(story: Story): Promise<void> {
  const { screen } = story
  screen.chapter({
    en: 'The hours after',
    de: 'Die Stunden danach',
  })
  const evidence = 'keine Fehler im Log, Sicherung der Nacht geübt'
  const early = await say(
    story,
    ['aftercare', 'local', 'done', 'stunde-12', '--by', operator, '--evidence', evidence],
    { unasked: true },
  )
  const list = await say(story, ['aftercare', 'local', 'list'], { unasked: true })
  screen.claim(early.code !== 0 && list.code === 0 && /^later( later)+$/.test(taskStates(list)), {
    en: 'hour 1, hour 12 and the days stand on the list; none can be ticked before its time',
    de: 'Stunde 1, Stunde 12 und die Tage stehen auf der Liste; keine lässt sich vor ihrer Zeit abhaken',
  })
  await say(story, ['check', 'local'], { unasked: true })
}

function taskStates({ document }: Ended): string {
  const tasks = document?.['tasks']
  return Array.isArray(tasks) ? tasks.map((task: { state?: unknown }) => String(task.state)).join(' ') : ''
}

async function told(story: Story): Promise<void> {
  const { screen, place } = story
  screen.chapter({ en: 'Who was told', de: 'Wer es erfahren hat' })
  await say(story, ['history', 'local'], { unasked: true })
  await say(story, ['notify', 'test', 'local'], { unasked: true })
  const mails = place.mails()
  screen.plain(mails.join('\n'))
  screen.claim(mails.length > 0, { en: `${mails.length} mails`, de: `${mails.length} Mails` })
}

function checklist(story: Story): void {
  const { screen } = story
  screen.chapter({ en: 'The checklist of the guide', de: 'Die Checkliste der Anleitung' })
  const { lines, ticked, open } = render(serviceheftChecklist, story.said)
  screen.plain(lines.join('\n'))
  screen.note({
    en: `${ticked} boxes ticked by evidence, ${open} open`,
    de: `${ticked} Kästchen durch Belege abgehakt, ${open} offen`,
  })
}

async function deploy(story: Story, tag: Candidate): Promise<Ended> {
  return say(story, ['deploy', 'local', '--ref', story.place.checkOut(tag)], {
    kill: event => {
      const release = event.type === 'run.begin' ? event.plan.summary['release'] : undefined
      if (typeof release === 'string') story.names.set(release, tag)
      return false
    },
  })
}

/** The two things that only a person sees. The last signature settles the run. */
async function sign(story: Story): Promise<void> {
  const seen = [
    ['monitoring', 'Uptime-Monitor fragt /api/health jede Minute'],
    ['error-reports', 'Testfehler TEST-1 ist angekommen'],
  ] as const
  let last: Ended | undefined
  for (const [id, evidence] of seen)
    last = await say(story, ['sign-off', 'local', id, '--by', operator, '--evidence', evidence], {
      unasked: true,
    })
  if (last === undefined) return
  claimEnd(story, last, {
    en: `${operator} signs twice, the release is proven`,
    de: `${operator} unterschreibt zweimal, das Release hat sich bewährt`,
  })
}

function claimEnd({ screen }: Stage, ended: Ended, text: Text): void {
  screen.claim(ended.code === 0, text, ended.ms)
  if (ended.code !== 0) screen.plain(ended.output.split('\n').slice(-15).join('\n'))
}

/** The directory and the answer must name the same release: the page itself is a file of nginx. */
async function serves(story: Story, tag: string): Promise<void> {
  const current = currentRelease(story)
  const answer = await fetch(`${story.url}/api/health`, { signal: AbortSignal.timeout(5_000) }).then(
    response => response.headers.get('x-release') ?? '-',
    (error: unknown) => String(error),
  )
  const holds = story.names.get(current) === tag && answer === current
  story.screen.claim(holds, {
    en: `${tag} answers: X-Release says ${answer}, "current" ${current}`,
    de: `${tag} antwortet: X-Release sagt ${answer}, „current“ ${current}`,
  })
}

/** What people ask for, by turns. */
export function serviceheftVisit(n: number): Visit {
  const visits: readonly Visit[] = [
    { method: 'GET', path: '/', statuses: [200], file: true },
    { method: 'GET', path: '/api/health', statuses: [200] },
    { method: 'GET', path: '/public/qr/probe-fahrzeug', headers: { Accept: 'text/html' }, statuses: [200] },
    { method: 'GET', path: '/api/auth/me', statuses: [401] },
  ]
  return visits[n % visits.length] ?? { method: 'GET', path: '/', statuses: [200], file: true }
}
