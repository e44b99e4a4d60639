import { expect, test } from 'vitest'
import { aConfig } from '../../test/helpers/a-deploy.ts'
import { Secret } from '../core/secret.ts'
import { secretsOfShell } from './installing.ts'

test('secrets that only the variables of a shell hold are named before a timer is set up', () => {
  const config = {
    ...aConfig('router: {kind: symlink, listen: "127.0.0.1:8080", reload: nginx -s reload}'),
    secrets: new Map(['DB', 'AGE', 'PASS'].map(name => [name, new Secret('value')])),
    secretFiles: new Map([['AGE', '/etc/shop/age']]),
    secretCommands: new Map([['PASS', 'pass show shop']]),
  }

  expect(secretsOfShell({ config, entries: [], file: 'stellwerk.yaml' })).toEqual(['DB'])
})
