import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { releaseOf } from '../src/build-id.ts'
import { readMigrations, worstClass } from '../src/migrations.ts'
import { loadSettings } from '../src/settings.ts'
import { root } from './place.ts'

const complete = {
  DATABASE_URL: 'postgres://ablage@127.0.0.1/ablage',
  REDIS_URL: 'redis://127.0.0.1:6379/0',
  SECRET_KEY: 'k'.repeat(32),
  JWT_SECRET_KEY: 'j'.repeat(32),
}

test('a setting that is missing, short or out of range is named, and never its value', () => {
  const load = (change: Record<string, string>) => () => loadSettings(root, { ...complete, ...change })

  assert.equal(load({})().gpuLimitGb, 13.6)
  assert.throws(load({ REDIS_URL: '' }), /REDIS_URL is not set/)
  assert.throws(load({ SECRET_KEY: 'kurz' }), /^Error: SECRET_KEY has 4 characters, it needs 32$/)
  assert.throws(load({ GPU_MEMORY_LIMIT_GB: 'viel' }), /GPU_MEMORY_LIMIT_GB must be a number/)
  assert.throws(load({ ENVIRONMENT: 'prod' }), /ENVIRONMENT must be/)
  assert.throws(load({ ABLAGE_ADMIN_EMAIL: 'a@b.example' }), /ABLAGE_ADMIN_PASSWORD is not set/)
})

test('migrations are a sequence, each with its way back and its class', context => {
  const directory = mkdtempSync(join(tmpdir(), 'ablage-migrations-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const write = (revision: string, up: string, down?: string) => {
    mkdirSync(join(directory, revision))
    writeFileSync(join(directory, revision, 'up.sql'), up)
    if (down !== undefined) writeFileSync(join(directory, revision, 'down.sql'), down)
  }
  write('0001_one', '-- expand: one\nSELECT 1', 'SELECT 1')
  write('0002_two', '-- destructive: two\nSELECT 1', 'SELECT 1')

  assert.equal(worstClass(readMigrations(directory)), 'destructive')
  assert.equal(worstClass([]), 'none')
  write('0003_three', 'SELECT 1', 'SELECT 1')
  assert.throws(() => readMigrations(directory), /0003_three\/up\.sql must start with/)
  rmSync(join(directory, '0003_three'), { recursive: true })
  write('0003_three', '-- expand: three\nSELECT 1')
  assert.throws(() => readMigrations(directory), /0003_three has no down\.sql/)
  rmSync(join(directory, '0001_one'), { recursive: true })
  assert.throws(() => readMigrations(directory), /0002_two breaks the sequence/)
})

test('code of another commit never passes for the release that it was started as', context => {
  const directory = mkdtempSync(join(tmpdir(), 'ablage-build-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const release = '20261121_021500-abc1234'
  const built = (commit: string) => {
    writeFileSync(join(directory, 'build-id'), `${commit}\n`)
    return releaseOf(directory, release)
  }
  assert.equal(releaseOf(directory, release), release)
  assert.equal(built('$Format:%H$'), release)
  assert.equal(built(`abc1234${'0'.repeat(33)}`), release)
  assert.equal(built(`def5678${'0'.repeat(33)}`), 'build-def5678')
})
