// The app's own backup: a dump and an archive of the files. It answers with status 200 whatever became of it; `erfolg` tells.
import { execFile } from 'node:child_process'
import { mkdir, readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { reason } from './log.ts'
import type { Settings } from './settings.ts'

const execute = promisify(execFile)

export interface BackupPart {
  readonly erfolg: boolean
  readonly backup_typ: 'postgres' | 'dateien'
  readonly pfad: string | null
  readonly groesse_bytes: number
  readonly validiert: boolean
  readonly verschluesselt: boolean
  readonly fehler: string | null
}

export async function fullBackup(settings: Settings) {
  await mkdir(settings.backups, { recursive: true, mode: 0o700 })
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const dump = join(settings.backups, `ablage-${stamp}.dump`)
  const files = join(settings.backups, `ablage-${stamp}.tar.gz`)
  const url = new URL(settings.databaseUrl)
  // The password reaches pg_dump as a variable: its arguments are there for everybody to read.
  const password = { PGPASSWORD: decodeURIComponent(url.password) }
  url.password = ''
  const backups = [
    await part('postgres', dump, settings.pgDump, ['-Fc', '-f', dump, '-d', url.href], password),
    await part('dateien', files, 'tar', ['-czf', files, '-C', settings.storage, '.'], {}),
  ]
  const failed = backups.filter(one => !one.erfolg).length
  return {
    erfolg: failed === 0,
    erfolgreich: backups.length - failed,
    fehlgeschlagen: failed,
    backups,
    nachricht: failed === 0 ? 'Backup vollständig' : `${failed} von ${backups.length} Teilen fehlen`,
  }
}

export async function backupStatus({ backups }: Pick<Settings, 'backups'>) {
  const names = await readdir(backups).catch(() => [])
  const files = await Promise.all(
    names.sort().map(async name => ({ name, groesse_bytes: (await stat(join(backups, name))).size })),
  )
  const disk = await statfs(backups).catch(() => undefined)
  return {
    service_aktiv: true,
    encryption_aktiviert: false,
    remote_sync_aktiviert: false,
    backup_verzeichnis: backups,
    speicherplatz: disk ? { frei_bytes: disk.bavail * disk.bsize } : null,
    backup_dateien: files,
  }
}

async function part(
  backup_typ: BackupPart['backup_typ'],
  pfad: string,
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<BackupPart> {
  const common = { backup_typ, verschluesselt: false }
  try {
    await execute(program, [...args], { env: { ...process.env, ...variables }, timeout: 600_000 })
    const { size } = await stat(pfad)
    return { ...common, erfolg: size > 0, pfad, groesse_bytes: size, validiert: size > 0, fehler: null }
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const fehler = missing ? `${program} wurde nicht gefunden` : reason(error)
    return { ...common, erfolg: false, pfad: null, groesse_bytes: 0, validiert: false, fehler }
  }
}
