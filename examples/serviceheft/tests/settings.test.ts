import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSettings } from '../src/settings.ts'
import { root } from './place.ts'

test('a setting that is missing, short or refused in production is named, and never its value', () => {
  const complete = { LTC_ENV: 'prod', LTC_SECRET_KEY: 's'.repeat(32) }
  const load = (change: Record<string, string>) => () => loadSettings(root, { ...complete, ...change })

  assert.equal(load({})().production, true)
  assert.throws(load({ LTC_SECRET_KEY: 'kurz' }), /^Error: LTC_SECRET_KEY has 4 characters, it needs 32$/)
  assert.throws(load({ LTC_ENV: 'production' }), /LTC_ENV must be dev or prod/)
  assert.throws(load({ LTC_ALLOW_DEV_HEADERS: '1' }), /refused in production/)
  assert.throws(load({ LTC_DEV_EXPOSE_OTP: 'true' }), /refused in production/)
  assert.throws(load({ LTC_WORKERS: '0' }), /LTC_WORKERS must be/)
  assert.throws(load({ LTC_MAILER_MODE: 'pigeon' }), /LTC_MAILER_MODE must be/)
  assert.throws(
    load({ LTC_PROBE_EMAILS: 'a@b.example', LTC_PROBE_TOKEN: 'kurz' }),
    /LTC_PROBE_TOKEN needs 32/,
  )
  assert.equal(load({ LTC_ENV: 'dev', LTC_ALLOW_DEV_HEADERS: '1' })().development.headers, true)
})
