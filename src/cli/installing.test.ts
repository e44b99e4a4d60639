import { expect, test } from 'vitest'
import { aConfig } from '../../test/helpers/a-deploy.ts'
import { parseSchedule } from '../backup/schedule-words.ts'
import { Secret } from '../core/secret.ts'
import type { Context } from './context.ts'
import { printed, secretsOfShell } from './installing.ts'

test('secrets that only the variables of a shell hold are named before a timer is set up', () => {
  const config = {
    ...aConfig('router: {kind: symlink, listen: "127.0.0.1:8080", reload: nginx -s reload}'),
    secrets: new Map(['DB', 'AGE', 'PASS'].map(name => [name, new Secret('value')])),
    secretFiles: new Map([['AGE', '/etc/shop/age']]),
    secretCommands: new Map([['PASS', 'pass show shop']]),
  }

  expect(secretsOfShell({ config, entries: [], file: 'stellwerk.yaml' })).toEqual(['DB'])
})

test('drill and aftercare have commands of their own, every other entry is a class of backups', () => {
  const hourly = parseSchedule('hourly')
  if (!hourly.ok) throw new Error(hourly.error.what.en)
  const entries = ['daily', 'drill', 'aftercare'].map(name => ({ name, schedule: hourly.value }))
  const config = aConfig('router: {kind: symlink, listen: "127.0.0.1:8080", reload: nginx -s reload}')
  const context = { wiring: { program: ['/usr/bin/stellwerk'] } } as unknown as Context

  const lines = printed(
    context,
    { config, entries, file: '/srv/stellwerk.yaml' },
    { kind: 'cron', user: true },
  )

  expect(
    [...lines.matchAll(/stellwerk (\w+) \w+(.*)/g)].map(([, command, rest]) => `${command}${rest}`),
  ).toEqual([
    'backup --class daily --config /srv/stellwerk.yaml --wait 1h',
    'drill --config /srv/stellwerk.yaml --wait 1h',
    'aftercare run --config /srv/stellwerk.yaml',
  ])
})
