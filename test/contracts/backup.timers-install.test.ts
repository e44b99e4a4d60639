// A real systemd takes our units, runs what they say, and is rid of them when they go.
import { expect, test } from 'vitest'
import { parseSchedule } from '../../src/backup/schedule-words.ts'
import { systemdTimers } from '../../src/backup/timers.ts'
import { unitsScript } from '../../src/backup/timers-install.ts'
import { bootSystemd } from '../rigs/nspawn.ts'

function units(entries: Readonly<Record<string, string>>) {
  return systemdTimers({
    app: 'shop',
    environment: 'test',
    zone: 'Europe/Berlin',
    now: new Date('2026-11-21T00:00:00Z'),
    entries: Object.entries(entries).map(([name, text]) => {
      const schedule = parseSchedule(text)
      if (!schedule.ok) throw new Error(text)
      return { name, schedule: schedule.value }
    }),
    command: entry => ['/bin/sh', '-c', `echo "ran it's 100% ${entry}" >/run/ran`],
  })
}

test('install, run, install less, remove', async context => {
  const machine = await bootSystemd()
  if ('skip' in machine) return context.skip(machine.skip)
  await using _ = machine
  const place = { app: 'shop', environment: 'test', user: false }
  const left =
    'ls /etc/systemd/system | grep stellwerk-backup; ls /etc/systemd/system/timers.target.wants | grep stellwerk-backup'
  await machine.run('touch /etc/systemd/system/stellwerk-backup-shop_other_daily.timer')

  const installed = await machine.run(
    unitsScript(place, units({ daily: 'daily 02:00', drill: 'first sunday 03:00' })),
  )
  const active = await machine.run(
    'systemctl is-active stellwerk-backup-shop_test_daily.timer stellwerk-backup-shop_test_drill.timer',
  )
  const ran = await machine.run('systemctl start stellwerk-backup-shop_test_daily.service && cat /run/ran')
  const less = await machine.run(unitsScript(place, units({ daily: 'daily 04:00' })))
  const names = await machine.run(left)
  const next = await machine.run('systemctl show -p TimersCalendar stellwerk-backup-shop_test_daily.timer')
  const removed = await machine.run(unitsScript(place, []))

  expect([installed, less, removed]).toEqual(['enabled\n', 'enabled\n', 'enabled\n'])
  expect(active).toBe('active\nactive\n')
  expect(ran).toBe("ran it's 100% daily\n")
  expect(names.trim().split('\n')).toEqual([
    'stellwerk-backup-shop_other_daily.timer',
    'stellwerk-backup-shop_test_daily.service',
    'stellwerk-backup-shop_test_daily.timer',
    'stellwerk-backup-shop_test_daily.timer',
  ])
  expect(next).toContain('04:00:00 Europe/Berlin')
  expect((await machine.run(left)).trim()).toBe('stellwerk-backup-shop_other_daily.timer')
})
