// What systemd itself makes of our timers, and what sh makes of the guards in a crontab.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nextDue, type Schedule } from '../../src/backup/schedule.ts'
import { parseSchedule } from '../../src/backup/schedule-words.ts'
import { onCalendar, systemdTimers } from '../../src/backup/timers.ts'
import { crontab } from '../../src/backup/timers-crontab.ts'

const zone = 'Europe/Berlin'

function scheduled(text: string): Schedule {
  const parsed = parseSchedule(text)
  if (!parsed.ok) throw new Error(parsed.error.what.en)
  return parsed.value
}

test('systemd finds nothing to say about the units', () => {
  const directory = mkdtempSync(join(tmpdir(), 'stw-timers-'))
  try {
    const entries = ['daily 02:30', 'last friday 18:00', '*/7 3 1-7 * 0'].map((text, index) => ({
      name: `entry-${index}`,
      schedule: scheduled(text),
    }))
    const command = (entry: string) => ['/bin/echo', "it's 100% $HOME", entry]
    const props = { app: 'shop', environment: 'test', zone, entries, command, now: new Date('2026-11-21') }
    const units = systemdTimers({ ...props, user: 'root' })
    for (const { name, content } of units) writeFileSync(join(directory, name), content)

    const files = units.map(({ name }) => join(directory, name))
    const said = execFileSync('systemd-analyze', ['--man=no', 'verify', ...files], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })

    expect(files).toHaveLength(6)
    expect(said).toBe('')
  } finally {
    rmSync(directory, { recursive: true })
  }
})

/** The first times at which one of the expressions elapses after `from`. */
function elapses(expressions: readonly string[], from: Date, count: number): readonly string[] {
  const all = expressions.flatMap(expression => {
    const base = from.toISOString().replace('T', ' ').slice(0, 19)
    const said = execFileSync(
      'systemd-analyze',
      ['calendar', `--base-time=${base} UTC`, `--iterations=${count}`, expression],
      { encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' } },
    )
    const times = said.matchAll(/(?:elapse|Iter\. #\d+): \w+ (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/g)
    return [...times].map(([, day, time]) => `${day}T${time}Z`)
  })
  return [...new Set(all)].toSorted().slice(0, count)
}

test.each([
  // Both changes of the clock lie in these spans.
  ['daily 02:30', '2026-03-26'],
  ['daily 02:30', '2026-10-23'],
  ['daily 02:00', '2027-03-26'],
  ['hourly', '2026-10-24T22:30Z'],
  ['hourly', '2026-03-28T22:30Z'],
  ['first sunday 03:00', '2026-01-01'],
  ['last friday 18:00', '2027-12-01'],
  ['weekdays 22:00', '2026-12-30'],
  ['monthly 31 04:00', '2026-01-01'],
  ['15,45 2 * * *', '2026-03-28'],
  ['0 3 1-7 * 0', '2026-03-28'],
  ['0 3 */2 * 0', '2026-03-28'],
])('systemd starts "%s" when we say so, from %s', (text, start) => {
  const from = new Date(start)
  const schedule = scheduled(text)

  const times = elapses(onCalendar(schedule, zone, from), from, 10)

  const expected: string[] = []
  for (
    let due = nextDue(schedule, zone, from);
    due && expected.length < 10;
    due = nextDue(schedule, zone, due)
  )
    expected.push(due.toISOString().replace('.000Z', 'Z'))
  expect(times).toEqual(expected)
})

test.each([
  ['first sunday 03:00', '2026-11-01', true],
  ['first sunday 03:00', '2026-11-02', false],
  ['last friday 18:00', '2028-02-25', true],
  ['last friday 18:00', '2036-02-22', false],
  ['last friday 18:00', '2036-02-29', true],
  ['last friday 18:00', '2030-02-22', true],
])('the guards of "%s" on %s', (text, day, expected) => {
  const directory = mkdtempSync(join(tmpdir(), 'stw-guard-'))
  try {
    // A `date` of that day, as cron would start the line on it.
    writeFileSync(join(directory, 'date'), `#!/bin/sh\nexec /bin/date -d ${day}T12:00 "$@"\n`, {
      mode: 0o755,
    })
    const entries = [{ name: 'x', schedule: scheduled(text) }]
    const lines = crontab({ app: 'shop', environment: 'test', zone, entries, command: () => ['echo', 'ran'] })
    const [year, month, dayOfMonth] = day.split('-').map(Number)
    const due = lines.slice(2).filter(line => {
      const [, , days = '', months = ''] = line.split(' ')
      return fits(days, dayOfMonth ?? year ?? 0) && fits(months, month ?? 0)
    })

    const said = due.map(line => {
      const script = line.split(' ').slice(5).join(' ').replaceAll('\\%', '%')
      const PATH = `${directory}:${process.env['PATH']}`
      return execFileSync('sh', ['-c', `${script} || :`], { encoding: 'utf8', env: { PATH } })
    })

    expect(said.join('')).toBe(expected ? 'ran\n' : '')
  } finally {
    rmSync(directory, { recursive: true })
  }
})

function fits(field: string, value: number): boolean {
  if (field === '*') return true
  return field.split(',').some(item => {
    const [from = 0, to = from] = item.split('-').map(Number)
    return value >= from && value <= to
  })
}
