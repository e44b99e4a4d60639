// The reference document: Stellwerk reads it for every environment, and what it asserts is what the app answers.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nextDue } from '../src/backup/schedule.ts'
import { parseSchedule } from '../src/backup/schedule-words.ts'
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

test('askpro/stellwerk.yaml has no problem in any environment, and says where copies stay at home', () => {
  const { environments, problems, warnings } = validateConfig(input)

  expect(problems).toEqual([])
  // Of staging and of the environment for trying it out; production has its NAS.
  expect(warnings.map(({ code }) => code)).toEqual(['STW-C107', 'STW-C107'])
  expect([...environments].sort()).toEqual(['local', 'production', 'staging'])
})

test('production backs up as the source document says: what, where, when, how many, and how it is tried', () => {
  const loaded = loadConfig({ ...input, environment: 'production' })

  if (!loaded.ok) throw new Error('not loaded')
  const { backup, databases, timezone } = loaded.value.config
  expect(databases['main']).toMatchObject({ kind: 'mariadb', database: 'askproai_db' })
  expect(timezone).toBe('Europe/Berlin')
  expect(backup).toMatchObject({
    naming: 'dated',
    compression: 'gzip',
    destinations: {
      local: { kind: 'directory', host: 'api' },
      nas: { kind: 'sftp', path: '/homes/FSAdmin/Backup/Server AskProAI' },
    },
    keep: { daily: 7, 'pre-deploy': 10, local: 3 },
    drill: { from: 'nas', sameServer: false },
    beforeDeploy: 'migration',
  })
  const { schedule } = backup ?? {}
  expect(Object.keys(schedule ?? {})).toEqual(['daily', 'drill'])
  const from = new Date('2026-03-01T12:00:00Z')
  const next = (name: string) => {
    const read = parseSchedule(schedule?.[name] ?? '')
    return read.ok ? nextDue(read.value, timezone, from)?.toISOString() : read.error.code
  }
  expect(next('daily')).toBe('2026-03-02T01:00:00.000Z')
  // The first Sunday after the change of the clock: 03:00 is 01:00 in UTC, not 02:00 as in winter.
  expect(next('drill')).toBe('2026-04-05T01:00:00.000Z')
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
