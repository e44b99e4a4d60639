// All settings of one process. Read once at the start; nothing else looks at the environment.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseEnv } from 'node:util'
import { releaseOf } from './build-id.ts'

export interface Settings {
  /** Real directory of this release. */
  readonly root: string
  readonly release: string
  readonly version: string
  readonly environment: 'development' | 'production'
  readonly host: string
  readonly port: number
  readonly databaseUrl: string
  readonly redisUrl: string
  /** Every document is one file below it. */
  readonly storage: string
  readonly backups: string
  /** Signs the tokens of signed-in people. */
  readonly secretKey: string
  readonly corsOrigins: readonly string[]
  readonly gpuLimitGb: number
  readonly accounts: readonly Account[]
  /** Tokens for machines, beside those of a login. */
  readonly tokens: { readonly admin: string | undefined; readonly user: string | undefined }
  /** In the header X-Stellwerk-Pass it lets a request through maintenance. */
  readonly maintenancePass: string | undefined
  readonly tools: { readonly tesseract: string; readonly pdftoppm: string; readonly nvidiaSmi: string }
  readonly pgDump: string
  readonly maxUpload: number
  readonly workerName: string
  /** Milliseconds, both. */
  readonly shutdown: number
  readonly heartbeat: number
}

export interface Account {
  readonly email: string
  readonly password: string
  readonly role: 'admin' | 'user'
}

type Variables = Readonly<Record<string, string | undefined>>
const shortestSecret = 32

/** `root` must be the real path, so that a process keeps naming its own release after `current` points elsewhere.
 *  Throws an Error that names the variable, never its value. */
export function loadSettings(root: string, environment: Variables): Settings {
  const variables: Variables = { ...readEnvFile(join(root, '.env')), ...environment }
  const text = (name: string, fallback: string) => variables[name] || fallback
  const needed = (name: string) => {
    const value = variables[name]
    if (value) return value
    throw new Error(`${name} is not set`)
  }
  const number = (name: string, fallback: number, max: number) => {
    const value = Number(variables[name] || fallback)
    if (value >= 0 && value <= max) return value
    throw new Error(`${name} must be a number from 0 to ${max}`)
  }
  const secret = (name: string) => {
    const value = needed(name)
    if (value.length >= shortestSecret) return value
    throw new Error(`${name} has ${value.length} characters, it needs ${shortestSecret}`)
  }
  const account = (prefix: string, role: Account['role']): readonly Account[] => {
    const email = variables[`${prefix}_EMAIL`]
    return email ? [{ email, role, password: needed(`${prefix}_PASSWORD`) }] : []
  }
  const name = text('ENVIRONMENT', 'development')
  if (name !== 'development' && name !== 'production')
    throw new Error('ENVIRONMENT must be development or production')
  secret('JWT_SECRET_KEY')
  return {
    root,
    release: releaseOf(root, text('STELLWERK_RELEASE', basename(root))),
    version: readVersion(root),
    environment: name,
    host: text('ABLAGE_HOST', '127.0.0.1'),
    port: number('PORT', 8000, 65_535),
    databaseUrl: needed('DATABASE_URL'),
    redisUrl: needed('REDIS_URL'),
    storage: text('ABLAGE_STORAGE', join(root, 'storage')),
    backups: text('BACKUP_DIR', join(root, 'backups')),
    secretKey: `${secret('SECRET_KEY')}:${secret('JWT_SECRET_KEY')}`,
    corsOrigins: text('CORS_ORIGINS', '').split(',').filter(Boolean),
    gpuLimitGb: number('GPU_MEMORY_LIMIT_GB', 13.6, 1024),
    accounts: [...account('ABLAGE_ADMIN', 'admin'), ...account('ABLAGE_USER', 'user')],
    tokens: {
      admin: variables['ABLAGE_ADMIN_TOKEN'] || undefined,
      user: variables['ABLAGE_USER_TOKEN'] || undefined,
    },
    maintenancePass: variables['ABLAGE_MAINTENANCE_PASS'] || undefined,
    tools: {
      tesseract: text('TESSERACT', 'tesseract'),
      pdftoppm: text('PDFTOPPM', 'pdftoppm'),
      nvidiaSmi: text('NVIDIA_SMI', 'nvidia-smi'),
    },
    pgDump: text('PG_DUMP', 'pg_dump'),
    maxUpload: number('ABLAGE_MAX_UPLOAD', 20 * 1024 * 1024, 1024 ** 3),
    workerName: text('WORKER_NAME', 'worker-1'),
    shutdown: number('ABLAGE_SHUTDOWN_MS', 15_000, 600_000),
    heartbeat: number('ABLAGE_HEARTBEAT_MS', 2_000, 60_000),
  }
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
  const manifest: { version?: unknown } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return String(manifest.version)
}
