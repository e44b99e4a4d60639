import { describe, expect, it } from 'vitest'
import type { Schedule } from './schedule.ts'
import { parseSchedule } from './schedule-words.ts'
import { onCalendar, systemdTimers } from './timers.ts'
import { crontab, withCrontab } from './timers-crontab.ts'

const zone = 'Europe/Berlin'
const now = new Date('2026-11-21T00:00:00Z')
const place = { app: 'shop', environment: 'production', zone }
const command = (entry: string) => ['/usr/bin/stellwerk', 'backup', 'production', '--class', entry]

function scheduled(text: string): Schedule {
  const parsed = parseSchedule(text)
  if (!parsed.ok) throw new Error(parsed.error.what.en)
  return parsed.value
}

describe('systemd', () => {
  it('gets a service and a timer for each entry', () => {
    const entries = [{ name: 'drill', schedule: scheduled('first sunday 04:00') }]

    const units = systemdTimers({ ...place, entries, command, user: 'deploy', now })

    expect(units).toEqual([
      {
        name: 'stellwerk-backup-shop_production_drill.service',
        content: `[Unit]
Description=Stellwerk: drill of shop production
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User=deploy
ExecStart="/usr/bin/stellwerk" "backup" "production" "--class" "drill"
`,
      },
      {
        name: 'stellwerk-backup-shop_production_drill.timer',
        content: `[Unit]
Description=Stellwerk: drill of shop production, first sunday 04:00

[Timer]
OnCalendar=Sun *-*-01..07 04:00:00 Europe/Berlin
Persistent=true

[Install]
WantedBy=timers.target
`,
      },
    ])
  })

  it.each([
    ['daily 04:05', ['*-*-* 04:05:00 Europe/Berlin']],
    ['hourly', ['*-*-* *:00:00 Europe/Berlin']],
    ['weekdays 22:00', ['Mon,Tue,Wed,Thu,Fri *-*-* 22:00:00 Europe/Berlin']],
    ['last friday 18:00', ['Fri *-*~07/1 18:00:00 Europe/Berlin']],
    ['monthly 1 04:00', ['*-*-01 04:00:00 Europe/Berlin']],
    ['0 4 1,2 jan,feb 0', ['*-01,02-01,02 04:00:00 Europe/Berlin', 'Sun *-01,02-* 04:00:00 Europe/Berlin']],
  ])('%s', (text, expected) => {
    expect(onCalendar(scheduled(text), zone, now)).toEqual(expected)
  })

  it('is told what to do when the clock leaps over the time', () => {
    const lines = onCalendar(scheduled('daily 02:30'), zone, now)

    expect(lines.slice(0, 3)).toEqual([
      '*-*-* 02:30:00 Europe/Berlin',
      '2027-03-28 03:00:00 Europe/Berlin',
      '2028-03-26 03:00:00 Europe/Berlin',
    ])
    expect(lines).toHaveLength(11)
    expect(onCalendar(scheduled('sunday 02:30'), 'Australia/Sydney', now)[1]).toBe(
      '2027-10-03 03:00:00 Australia/Sydney',
    )
    expect(onCalendar(scheduled('monday 02:30'), zone, now)).toHaveLength(1)
  })
})

describe('cron', () => {
  const lines = (text: string, run = command) =>
    crontab({ ...place, entries: [{ name: 'daily', schedule: scheduled(text) }], command: run }).slice(1)

  it('runs by the clock of the zone', () => {
    expect(lines('daily 02:00')).toEqual([
      'CRON_TZ=Europe/Berlin',
      '0 2 * * * /usr/bin/stellwerk backup production --class daily',
    ])
  })

  it('asks for the weekday itself, because it takes day and weekday as either-or', () => {
    expect(lines('first sunday 03:00')[1]).toBe(
      '0 3 1-7 * * [ "$(TZ=Europe/Berlin date +\\%u)" = 7 ] && /usr/bin/stellwerk backup production --class daily',
    )
  })

  it('keeps the fields of who wrote cron, the short step spelt out', () => {
    expect(lines('5/10 2 1-7 * sun')[1]).toMatch(/^5-59\/10 2 1-7 \* sun \/usr/)
  })

  it('escapes what cron would take as the end of the command', () => {
    expect(lines('hourly', () => ['/bin/echo', '100% sure'])[1]).toBe("0 * * * * /bin/echo '100\\% sure'")
  })

  describe('in a crontab', () => {
    const mine = '# mine\n\n5 4 * * * true\n'
    const install = (existing: string, environment = 'production', of = lines('hourly')) => {
      const result = withCrontab(existing, 'shop', environment, of)
      if (!result.ok) throw new Error(result.error.code)
      return result.value
    }

    it('is at the end between its markers, once', () => {
      const once = install(mine)

      expect(once).toMatch(/^# mine\n\n5 4 \* \* \* true\n# BEGIN stellwerk shop\/production\n/)
      expect(once).toMatch(/--class daily\n# END stellwerk shop\/production\n$/)
      expect(install(once)).toBe(once)
      expect(install(install(once, 'staging'))).toBe(install(install(install(once, 'staging'))))
    })

    it('leaves nothing behind', () => {
      expect(install(install(mine), 'production', [])).toBe(mine)
      expect(install(install(''), 'production', [])).toBe('')
      expect(install(install(install(mine), 'staging'), 'production', [])).toBe(install(mine, 'staging'))
    })

    it.each([
      '# BEGIN stellwerk shop/production\n5 4 * * * true\n',
      '5 4 * * * true\n# END stellwerk shop/production\n',
      '# BEGIN stellwerk shop/production\n# BEGIN stellwerk shop/production\n# END stellwerk shop/production\n',
    ])('does not touch one whose markers are no pair: %j', existing => {
      const result = withCrontab(existing, 'shop', 'production', [])

      expect(result.ok ? undefined : result.error.code).toBe('STW-B302')
    })
  })
})
