// Units for systemd that start what is due. Persistent: what was missed while the machine was off is caught up once.
import { execWord, unitLine } from '../services/systemd/unit-words.ts'
import { nextDue, type Schedule, wallClock } from './schedule.ts'

export interface TimerProps {
  readonly app: string
  readonly environment: string
  readonly zone: string
  readonly entries: readonly TimerEntry[]
  /** The words that run an entry, the program's absolute path first. */
  readonly command: (entry: string) => readonly string[]
}

export interface TimerEntry {
  /** A name of `schedule`. */
  readonly name: string
  readonly schedule: Schedule
}

export interface UnitFile {
  readonly name: string
  readonly content: string
}

/** A service and a timer for each entry. `now`: leaps of the clock are looked up from here on. */
export function systemdTimers(
  props: TimerProps & { readonly user?: string; readonly now: Date },
): readonly UnitFile[] {
  return props.entries.flatMap(({ name, schedule }) => {
    // Names hold no "_", so two pairs of app and environment cannot meet in one unit.
    const unit = `stellwerk-backup-${props.app}_${props.environment}_${name}`
    const description = `Stellwerk: ${name} of ${props.app} ${props.environment}`
    const service = `[Unit]
Description=${unitLine(description)}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
${props.user === undefined ? '' : `User=${unitLine(props.user)}\n`}ExecStart=${props.command(name).map(execWord).join(' ')}
`
    const timer = `[Unit]
Description=${unitLine(`${description}, ${schedule.text}`)}

[Timer]
${onCalendar(schedule, props.zone, props.now)
  .map(line => `OnCalendar=${line}\n`)
  .join('')}Persistent=true

[Install]
WantedBy=timers.target
`
    return [
      { name: `${unit}.service`, content: service },
      { name: `${unit}.timer`, content: timer },
    ]
  })
}

/** The expressions of a schedule; any one of them starts the timer. */
export function onCalendar(schedule: Schedule, zone: string, now: Date): readonly string[] {
  const { minutes, hours, days, months, weekdays, nth, both } = schedule
  const time = `${list(hours, 24, 2)}:${list(minutes, 60, 2)}:00 ${zone}`
  const names = weekdays?.map(day => ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][day]).join(',')
  const on = (weekday: string | undefined, ofMonth: string) =>
    `${weekday === undefined ? '' : `${weekday} `}*-${months ? list(months, 12, 2) : '*'}${ofMonth} ${time}`
  const daysOfMonth = nth === undefined ? `-${days ? list(days, 31, 2) : '*'}` : week(nth)
  const regular = both === 'or' ? [on(undefined, daysOfMonth), on(names, '-*')] : [on(names, daysOfMonth)]
  return [...regular, ...leaptOver(schedule, zone, now)]
}

/** systemd leaves out a time that the clock leaps over in spring; these are the moments that stand in for it in the next years. */
function leaptOver(schedule: Schedule, zone: string, now: Date): readonly string[] {
  const found: string[] = []
  const clock = wallClock(zone)
  const offset = (at: number) => Date.parse(`${clock.format(at).replace(' ', 'T')}Z`) - at
  const today = Math.floor(now.getTime() / dayMs) * dayMs
  for (let day = today; day < today + years * 366 * dayMs; day += dayMs) {
    if (offset(day + dayMs) <= offset(day)) continue
    let due = nextDue(schedule, zone, new Date(day - 1000))
    while (due && due.getTime() < day + dayMs) {
      const shown = clock.format(due)
      const [hour, minute] = shown.slice(11).split(':').map(Number)
      if (!schedule.hours.includes(hour ?? -1) || !schedule.minutes.includes(minute ?? -1))
        found.push(`${shown}:00 ${zone}`)
      due = nextDue(schedule, zone, due)
    }
  }
  return found
}

const dayMs = 86_400_000
const years = 10

function week(nth: NonNullable<Schedule['nth']>): string {
  // "~07/1": from the seventh day before the end on.
  return nth === 'last'
    ? '~07/1'
    : `-${String(nth * 7 - 6).padStart(2, '0')}..${String(nth * 7).padStart(2, '0')}`
}

function list(values: readonly number[], all: number, digits: number): string {
  return values.length === all ? '*' : values.map(value => String(value).padStart(digits, '0')).join(',')
}
