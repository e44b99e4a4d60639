// What proves the boxes of the deployment guide that are no checks: decisions, signatures, the way back, the time after, who was told.
import { document, open, type Proof, type Selector } from './checklist.ts'

type Row = Readonly<Record<string, unknown>>

/** The same proof, said in words that the check means and does not say. */
export function inWords(selector: Selector, observed: string): Selector {
  return said => {
    const proof = selector(said)
    return proof.holds ? { ...proof, observed } : proof
  }
}

/** `answer`: what it must be. */
export function decided(name: string, answer?: string): Selector {
  return document('stellwerk.decisions/1', 'stellwerk decisions', ({ decisions }) => {
    const one = rows(decisions).find(row => row['name'] === name)
    if (one?.['decided'] !== true) return open(`${name} ist nicht entschieden`)
    if (answer !== undefined && one['answer'] !== answer) return open(`${name} ist anders entschieden`)
    const observed = `${String(one['answer'])}: ${String(one['by'])}, ${String(one['on'])}`
    return { holds: true, observed, source: `Entscheidung ${name}` }
  })
}

/** From the record of the runs: the newest that was settled has the signature, and nobody refused. */
export function signed(id: string): Selector {
  return document('stellwerk.history/1', `Unterschrift ${id}`, ({ runs }) => {
    const run = rows(runs).find(one => one['procedure'] === 'deploy' && one['status'] === 'done')
    const last = rows(run?.['signOffs']).findLast(one => one['id'] === id)
    if (last === undefined) return open(`Unterschrift ${id} fehlt`)
    if (last['type'] !== 'sign') return open(`abgelehnt von ${String(last['by'])}`)
    const observed = `${String(last['by'])}: ${String(last['evidence'])}`
    return { holds: true, observed, source: `Unterschrift ${id}, ${when(last['at'])}` }
  })
}

export function care(id: string): Selector {
  return document('stellwerk.aftercare/1', 'stellwerk aftercare', ({ tasks }) => {
    const task = rows(tasks).find(one => one['id'] === id)
    if (task === undefined) return open(`${id} steht nicht auf der Liste`)
    if (task['state'] !== 'done') return open(`steht auf der Liste, fällig ${when(task['dueAt'])}`)
    const closed = typeof task['closed'] === 'object' ? (task['closed'] as Row) : {}
    const passed = rows(closed['results']).filter(one => one['verdict'] === 'pass').length
    const evidence =
      closed['evidence'] === undefined ? '' : `; ${String(closed['by'])}: ${String(closed['evidence'])}`
    const source = `Nachsorge ${id}, hier sofort, ${when(closed['at'])}`
    return { holds: true, observed: `${passed} Prüfungen bestanden${evidence}`, source }
  })
}

/** `within`: milliseconds that it may take. */
export function rolledBack(within: number): Selector {
  return document('stellwerk.rollback/1', 'stellwerk rollback', ({ status, release, ms }) => {
    if (status !== 'done') return open('der Rollback ist nicht gelungen')
    if (typeof ms !== 'number' || ms > within) return open('der Rollback hat zu lange gedauert')
    return { holds: true, observed: `zurück auf ${String(release)}`, source: 'stellwerk rollback', ms }
  })
}

export const environmentNamed: Selector = document('stellwerk.deploy/1', 'stellwerk deploy', one => ({
  holds: true,
  observed: `Umgebung ${String(one['environment'])}`,
  source: 'stellwerk deploy',
}))

/** Every message about a run has reached its channel. */
export const announced: Selector = said => {
  const sent = said.flatMap(({ document: one }) => rows(one?.['announcements']))
  if (sent.length === 0) return open('niemand hat etwas erfahren')
  const silent = sent.find(one => one['delivered'] !== true)
  if (silent !== undefined)
    return open(`${String(silent['event'])} kam bei ${String(silent['channel'])} nicht an`)
  const events = [...new Set(sent.map(one => String(one['event'])))].join(', ')
  return {
    holds: true,
    observed: `${sent.length} Nachrichten zugestellt: ${events}`,
    source: 'notify',
  } satisfies Proof
}

function rows(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value : []
}

function when(value: unknown): string {
  return `${String(value).slice(0, 16).replace('T', ' ')} UTC`
}
