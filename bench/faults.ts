// `npm run bench -- faults`: the same harm to Stellwerk, restic and rclone. A cell says whether the tool reported it (or its new
// backup is good all the same) and whether the older good backup is still there.

import { preparePackages } from '../scripts/debian.ts'
import { nextDue, wallTime } from '../src/backup/schedule.ts'
import { parseSchedule } from '../src/backup/schedule-words.ts'
import { faults, passes, type Verdict } from '../test/rigs/backup-faults.ts'
import { openSite, type Subject } from '../test/rigs/backup-site.ts'
import { stellwerkSubject } from '../test/rigs/backup-stellwerk.ts'
import { rcloneSubject, resticSubject } from './faults/peers.ts'
import { type BenchReport, type Cell, type Goal, machine } from './report.ts'

const makers = [stellwerkSubject, resticSubject, rcloneSubject]

export async function run(): Promise<BenchReport> {
  const missing = preparePackages()
  if (missing.length > 0) progress(`without these Debian packages: ${missing.join(' ')}`)
  await using site = await openSite()
  const subjects: Subject[] = []
  for (const make of makers) subjects.push(await make(site))
  const rows: Record<string, Cell>[] = []
  const goals: Goal[] = []
  const add = (name: string, verdicts: readonly (Verdict | Error)[]) => {
    const cells = subjects.map(({ name, version }, index) => [`${name} ${version}`, cellOf(verdicts[index])])
    rows.push({ fault: name, ...Object.fromEntries(cells) })
    const [own] = verdicts
    const met = own !== undefined && !(own instanceof Error) && passes(own)
    goals.push({
      name: `Stellwerk: ${name}`,
      measured: met ? 1 : 0,
      goal: 'reported or good, older one kept',
      met,
    })
  }
  for (const fault of faults) {
    const verdicts: (Verdict | Error)[] = []
    for (const subject of subjects) {
      progress(`${fault.name}: ${subject.name}`)
      const verdict = await fault.run(site, subject).catch((error: Error) => error)
      progress(`  ${verdict instanceof Error ? verdict.message : verdict.said}`)
      verdicts.push(verdict)
    }
    add(fault.name, verdicts)
  }
  for (const day of ['2026-03-29', '2026-10-25'])
    add(`change of the clock on ${day}`, [onceOn(day), absent, absent])
  return { bench: 'faults', machine: machine(), rows, goals }
}

const absent: Verdict = { answer: 'absent', olderKept: true, said: 'it has no schedule' }

/** The one row without a run: what the schedule answers for that day, in Berlin. */
function onceOn(day: string): Verdict {
  const schedule = parseSchedule('daily 02:00')
  if (!schedule.ok) return { answer: 'silent', olderKept: true, said: schedule.error.what.en }
  let due: Date | undefined = new Date(Date.parse(day) - 86_400_000)
  let times = 0
  while (due && wallTime(due, zone).slice(0, 10) <= day) {
    due = nextDue(schedule.value, zone, due)
    if (due && wallTime(due, zone).startsWith(day)) times += 1
  }
  return { answer: times === 1 ? 'whole' : 'silent', olderKept: true, said: `due ${times} times` }
}

const zone = 'Europe/Berlin'

function cellOf(verdict: Verdict | Error | undefined): string {
  if (verdict === undefined) return 'n/a'
  if (verdict instanceof Error) return `? ${verdict.message.replace(/\s+/g, ' ').slice(0, 60)}`
  if (verdict.answer === 'absent') return `n/a: ${verdict.said}`
  const answer = { reported: 'reported', whole: 'good', silent: 'SILENT' }[verdict.answer]
  return `${answer}, ${verdict.olderKept ? 'kept' : 'LOST'}`
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}
