// The detailed answer looks at what a request needs: tables, a directory that can be written, a worker that lives.
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database, Statements } from './database.ts'
import type { Migration } from './migrations.ts'
import { schemaState } from './migrations.ts'
import type { Settings } from './settings.ts'

export interface Health {
  readonly status: 'healthy' | 'unhealthy'
  readonly healthy: boolean
  readonly release: string
  readonly version: string
  readonly environment: string
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly [detail: string]: unknown }>>
  readonly response_time_ms: number
}

export async function examine(
  database: Database,
  migrations: readonly Migration[],
  settings: Settings,
): Promise<Health> {
  const begin = performance.now()
  const checks = {
    database: await attempt(() => checkDatabase(database, migrations)),
    storage: await attempt(() => checkStorage(settings)),
    worker: await attempt(() => checkWorker(database, settings.workerStale)),
  }
  const healthy = Object.values(checks).every(check => check.ok)
  return {
    status: healthy ? 'healthy' : 'unhealthy',
    healthy,
    release: settings.release,
    version: settings.version,
    environment: settings.environment,
    checks,
    response_time_ms: Math.round((performance.now() - begin) * 10) / 10,
  }
}

export function healthStatus(health: Health): number {
  return health.healthy ? 200 : 503
}

/** A check that cannot run has not passed. */
async function attempt(
  check: () => { ok: boolean } | Promise<{ ok: boolean }>,
): Promise<{ readonly ok: boolean }> {
  try {
    return await check()
  } catch (error) {
    return Object.assign({ ok: false }, { error: error instanceof Error ? error.message : String(error) })
  }
}

async function checkDatabase(database: Database, migrations: readonly Migration[]) {
  const { pending, ahead, refused } = await schemaState(database, migrations)
  await database.get('SELECT count(*) FROM calls')
  return {
    ok: pending.length === 0 && refused.length === 0,
    pendingMigrations: pending.length,
    ahead,
    refused,
  }
}

function checkStorage(settings: Settings) {
  for (const directory of [settings.storage, settings.uploads]) {
    const probe = join(directory, `.probe-${process.pid}`)
    writeFileSync(probe, settings.release)
    rmSync(probe)
  }
  const { bavail, bsize } = statfsSync(settings.storage)
  const freeBytes = bavail * bsize
  return { ok: freeBytes > settings.maxUpload, freeBytes }
}

async function checkWorker(database: Statements, stale: number) {
  const row = await database.get("SELECT `release`, at FROM heartbeats WHERE name = 'worker'")
  if (!row) return { ok: false, lastHeartbeat: null }
  const at = Number(row['at'])
  return {
    ok: Date.now() - at < stale,
    lastHeartbeat: new Date(at).toISOString(),
    release: String(row['release']),
  }
}
