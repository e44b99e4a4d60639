import { expect, test } from 'vitest'
import type { Config, HostConfig } from '../config/config.ts'
import { headOf, sudoNeeds } from './doctor-commands.ts'

test.each([
  ['npm ci', { program: 'npm' }],
  ['node tools/migrate.js --all', { program: 'node', script: 'tools/migrate.js' }],
  ['NODE_ENV=production sh ./deploy/run.sh', { program: 'sh', script: './deploy/run.sh' }],
  ['./bin/app migrate', { program: './bin/app' }],
  ['node --check server.js', { program: 'node' }],
  ['sh -c "echo a"', { program: 'sh' }],
  ['sudo -n systemctl reload nginx', { program: 'systemctl', sudo: ['systemctl', 'reload', 'nginx'] }],
  ['sudo -u app -n php artisan', { program: 'php', sudo: ['-u', 'app', 'php', 'artisan'] }],
  ['sudo sh -c "a; b"', { program: 'sh' }],
  ['cd web && npm test', undefined],
  ['"$TOOL" run', undefined],
  ['[ -f ready ]', undefined],
])('%s', (command, expected) => {
  expect(headOf(command)).toEqual(expected)
})

test('sudo is asked for what a deploy calls, word for word, each once and only on its hosts', () => {
  const config = {
    app: 'shop',
    environment: { name: 'production' },
    release: { prepare: [], afterSwitch: ['sudo -n php-reload', 'sudo php-reload'] },
    databases: {},
    operations: {},
    checks: {},
    services: {
      web: { kind: 'systemd', sudo: true, scope: 'system', onDeploy: 'reload', roles: ['web'] },
      own: { kind: 'systemd', sudo: true, scope: 'user', onDeploy: 'restart' },
    },
  } as unknown as Config
  const on = (role: string) =>
    sudoNeeds(config, { roles: [role] } as unknown as HostConfig).map(({ words }) => words.join(' '))

  expect(on('web')).toEqual([
    'php-reload',
    'systemctl --no-pager --no-block restart shop-production-web.service',
    'systemctl --no-pager --no-block stop shop-production-web.service',
    'systemctl reload shop-production-web.service',
  ])
  expect(on('queue')).toEqual(['php-reload'])
})
