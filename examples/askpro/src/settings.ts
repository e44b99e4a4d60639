// All settings of one process. Read once at the start; nothing else looks at the environment.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseEnv } from 'node:util'

export interface Settings {
  /** Real directory of this release. */
  readonly root: string
  readonly release: string
  readonly version: string
  readonly environment: string
  readonly host: string
  readonly port: number
  readonly storage: string
  readonly uploads: string
  /** A server when there is a URL, else the file. */
  readonly database: { readonly file: string; readonly url: string | undefined }
  /** What the build made. */
  readonly build: string
  /** Absent: writing is open, for a gateway that only its own network reaches. */
  readonly apiToken: string | undefined
  /** Bytes. */
  readonly maxUpload: number
  /** Milliseconds, all of these. */
  readonly shutdown: number
  readonly heartbeat: number
  readonly workerStale: number
  readonly transcription: number
}

type Variables = Readonly<Record<string, string | undefined>>

/** `root` must be the real path, so that a process keeps naming its own release after `current` points elsewhere.
 *  Throws an Error that names the variable when a value cannot be used. */
export function loadSettings(root: string, environment: Variables): Settings {
  const variables: Variables = { ...readEnvFile(join(root, '.env')), ...environment }
  const text = (name: string, fallback: string) => variables[name] || fallback
  const whole = (name: string, fallback: number, min: number, max: number) => {
    const raw = variables[name] || String(fallback)
    const value = Number(raw)
    if (/^\d+$/.test(raw) && value >= min && value <= max) return value
    throw new Error(`${name} must be a whole number from ${min} to ${max}, got "${raw}"`)
  }
  const storage = text('ASKPRO_STORAGE', join(root, 'storage'))
  return {
    root,
    release: text('STELLWERK_RELEASE', basename(root)),
    version: readVersion(root),
    environment: text('ASKPRO_ENVIRONMENT', 'development'),
    host: text('ASKPRO_HOST', '127.0.0.1'),
    port: whole('PORT', 3000, 0, 65_535),
    storage,
    uploads: text('ASKPRO_UPLOADS', join(root, 'public/uploads')),
    database: {
      file: join(storage, 'database.sqlite'),
      url: databaseUrl(variables['ASKPRO_DATABASE_URL'] ?? ''),
    },
    build: text('ASKPRO_BUILD', join(root, 'public/build')),
    apiToken: variables['ASKPRO_API_TOKEN'] || undefined,
    maxUpload: whole('ASKPRO_MAX_UPLOAD', 50 * 1024 * 1024, 1, 10 * 1024 ** 3),
    shutdown: whole('ASKPRO_SHUTDOWN_MS', 15_000, 0, 600_000),
    heartbeat: whole('ASKPRO_HEARTBEAT_MS', 2_000, 50, 60_000),
    workerStale: whole('ASKPRO_WORKER_STALE_MS', 15_000, 100, 600_000),
    transcription: whole('ASKPRO_TRANSCRIPTION_MS', 50, 0, 600_000),
  }
}

/** Without its value in the message: it holds a password. */
function databaseUrl(raw: string): string | undefined {
  if (raw === '') return undefined
  const url = URL.parse(raw)
  if (url?.protocol === 'mysql:' && url.pathname.length > 1) return raw
  throw new Error('ASKPRO_DATABASE_URL must look like mysql://user:password@host:3306/name')
}

function readEnvFile(path: string): Variables {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

function readVersion(root: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version)
  throw new Error('package.json has no version')
}
