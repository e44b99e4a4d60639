import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Health } from '../src/health.ts'
import { type Gateway, json, startGateway } from './gateway.ts'

test('healthy means: schema complete, storage writable, worker alive', async context => {
  const gateway = await startHealthy(context)

  const { status, body } = await health(gateway)

  assert.equal(status, 200)
  assert.equal(body.status, 'healthy')
  assert.equal(body.healthy, true)
  assert.equal(body.release, '20260101_000000-test123')
  assert.equal(body.checks['database']?.['pendingMigrations'], 0)
  assert.ok(Number(body.checks['storage']?.['freeBytes']) > 0)
})

test('a silent worker makes it unhealthy', async context => {
  const gateway = await startHealthy(context)
  await gateway.database.run('UPDATE heartbeats SET at = at - 60000')

  const { status, body } = await health(gateway)

  assert.equal(status, 503)
  assert.deepEqual(
    [body.healthy, body.checks['worker']?.ok, body.checks['database']?.ok],
    [false, false, true],
  )
})

test('a pending migration and a lost table make it unhealthy', async context => {
  const gateway = await startHealthy(context)

  await gateway.database.run("DELETE FROM schema_migrations WHERE name LIKE '0001%'")
  const pending = await health(gateway)
  await gateway.database.run('DROP TABLE appointments')
  await gateway.database.run('DROP TABLE calls')
  const lost = await health(gateway)

  assert.deepEqual([pending.status, pending.body.checks['database']?.['pendingMigrations']], [503, 1])
  assert.equal(lost.status, 503)
  assert.match(String(lost.body.checks['database']?.['error']), /no such table|doesn't exist/)
})

test('storage that cannot be written makes it unhealthy', async context => {
  const gateway = await startHealthy(context)
  rmSync(gateway.settings.uploads, { recursive: true })
  writeFileSync(gateway.settings.uploads, 'a file where the directory should be')

  const { status, body } = await health(gateway)

  assert.deepEqual([status, body.checks['storage']?.ok], [503, false])
})

async function startHealthy(context: Parameters<typeof startGateway>[0]): Promise<Gateway> {
  const gateway = await startGateway(context)
  for (const place of [gateway.settings.storage, gateway.settings.uploads])
    mkdirSync(place, { recursive: true })
  await gateway.database.run("INSERT INTO heartbeats VALUES ('worker', 'any', ?)", Date.now())
  return gateway
}

async function health(gateway: Gateway) {
  const response = await fetch(`${gateway.url}/api/health/detailed`)
  return { status: response.status, body: await json<Health>(response) }
}
