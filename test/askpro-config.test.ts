// The reference document: Stellwerk reads it for every environment, and what it asserts is what the app answers.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig, validateConfig } from '../src/config/load.ts'
import { Secret } from '../src/core/secret.ts'

const directory = join(import.meta.dirname, '../examples/askpro')
const input = {
  file: 'stellwerk.yaml',
  text: readFileSync(join(directory, 'stellwerk.yaml'), 'utf8'),
  directory,
  env: {},
  readFile: () => {
    throw new Error('the document names no secret file')
  },
}

test('askpro/stellwerk.yaml has no problem in any environment, and only lacks its backup', () => {
  const { environments, problems, warnings } = validateConfig(input)

  expect(problems).toEqual([])
  expect(warnings.map(({ what }) => what.en)).toEqual([
    'databases.main.migrate is a migration without a backup',
  ])
  expect([...environments].sort()).toEqual(['local', 'production', 'staging'])
})

test('production is what the source document says: its host, five releases, staging first', () => {
  const loaded = loadConfig({ ...input, environment: 'production' })

  if (!loaded.ok) throw new Error('not loaded')
  const { config } = loaded.value
  expect(config.hosts.map(host => [host.address, host.root])).toEqual([
    ['deploy@api.askproai.example', '/var/www/api-gateway'],
  ])
  expect(config.release.keep).toBe(5)
  expect(config.gates).toContain('staging-green')
  expect(config.environment.branch).toBe('main')
  expect(config.checks['upload']).toMatchObject({ headers: { Authorization: `Bearer \${ASKPRO_API_TOKEN}` } })
  expect([...config.secrets.values()].every(secret => secret instanceof Secret)).toBe(true)
})

test('the upload that is expected back is the one that is sent', () => {
  const loaded = loadConfig({ ...input, environment: 'local' })

  if (!loaded.ok) throw new Error('not loaded')
  const { upload, download } = loaded.value.config.checks
  if (upload?.kind !== 'http' || download?.kind !== 'http') throw new Error('not http')
  const digest = createHash('sha256')
    .update(upload.body ?? '')
    .digest('hex')
  expect(upload.expect.json).toEqual({ '$.sha256': digest })
  expect(download.url).toBe(`/uploads/${digest}.txt`)
  expect(download.expect.text).toEqual({ contains: upload.body })
})
