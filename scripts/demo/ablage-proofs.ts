// What proves the boxes of the document store that are no checks: the team, the data of before, contacts, commands of every day.
import { document, open, type Proof, printed, type Selector } from './checklist.ts'

type Row = Readonly<Record<string, unknown>>

/** Why a box about containers stays open here. */
export const containers = 'hier laufen Prozesse; in Containern: test/scenarios/ablage-containers.test.ts'

export const sentToTeam: Selector = document('stellwerk.deploy/1', 'Ankündigung', ({ announcements }) => {
  const sent = rows(announcements)
  const lost = sent.find(({ delivered }) => delivered !== true)
  if (sent.length === 0 || lost) return open('das Team wurde nicht erreicht')
  const events = sent.map(({ event }) => String(event)).join(', ')
  return { holds: true, observed: `gesagt: ${events}`, source: 'notify' }
})

/** "alembic current" after the way back: the revision that the release of before knows. */
export const revision: Selector = printed('stellwerk.db/1', /\b(0001_documents)\b/, 'stellwerk db')

export function onCall(role: string): Selector {
  return document('stellwerk.contacts/1', 'stellwerk contacts', ({ contacts }) => {
    const who = rows(contacts).find(one => one['role'] === role)
    if (typeof who?.['available'] !== 'string') return open(`für ${role} steht niemand da`)
    const decides = Array.isArray(who['decides']) ? who['decides'] : []
    const may = decides.length > 0 ? `; entscheidet ${decides.join(', ')}` : ''
    return {
      holds: true,
      observed: `${String(who['name'])}, ${who['available']}${may}`,
      source: 'stellwerk contacts',
    }
  })
}

export const running: Selector = document('stellwerk.status/1', 'stellwerk status', ({ hosts }) => {
  const services = rows(hosts).flatMap(host => rows(host['services']))
  const live = services.filter(one => one['state'] === 'running')
  const names = [...new Set(live.map(one => String(one['service'])))]
  return ['backend', 'worker'].every(name => names.includes(name))
    ? { holds: true, observed: `es laufen ${names.join(', ')}`, source: 'stellwerk status' }
    : open(`es laufen nur: ${names.join(', ')}`)
})

/** `service`: null for all of them. */
export function restarted(service: string | null): Selector {
  return said => {
    const run = said.findLast(({ events }) =>
      events.some(
        event =>
          event.type === 'run.begin' &&
          event.plan.procedure === 'restart' &&
          event.plan.summary['service'] === service,
      ),
    )
    if (run?.document?.['status'] !== 'done') return open('stellwerk restart ist nicht gelungen')
    const starts = run.events.flatMap(event =>
      event.type === 'step.end' && /\/start-\d$/.test(event.step) && event.verdict === 'pass' ? [event] : [],
    )
    if (starts.length === 0) return open('stellwerk restart hat nichts gestartet')
    return {
      holds: true,
      observed: `neu gestartet und bereit: ${starts.map(({ step }) => step.split('/').at(-2)).join(', ')}`,
      source: 'stellwerk restart',
      ms: starts.reduce((sum, { ms }) => sum + ms, 0),
    } satisfies Proof
  }
}

export const tracked: Selector = document('stellwerk.releases/1', 'Versionen', ({ hosts }) => {
  const [host] = rows(hosts)
  const live = rows(host?.['releases']).find(one => one['id'] === host?.['current'])
  if (live?.['state'] !== 'proven') return open('das Release ist nicht bewiesen')
  const parts = [live['version'], String(live['id']).slice(0, 8), live['by'], live['notes']]
  return { holds: true, observed: parts.map(String).join(', '), source: 'stellwerk releases' }
})

function rows(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value : []
}
