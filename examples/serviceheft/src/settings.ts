// All settings of one process. Read once at the start; nothing else looks at the environment.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseEnv } from 'node:util'

export interface Settings {
  /** Real directory of this release. */
  readonly root: string
  readonly release: string
  readonly version: string
  readonly production: boolean
  readonly host: string
  readonly port: number
  /** Processes that answer. */
  readonly workers: number
  readonly secretKey: string
  /** Two databases in two files: a backup needs both. */
  readonly appFile: string
  readonly documentsFile: string
  /** Uploaded files. */
  readonly storage: string
  readonly mailer: { readonly mode: 'file' | 'smtp'; readonly smtpUrl: string; readonly from: string }
  readonly adminEmails: readonly string[]
  /** Their codes are not mailed but wait in a mailbox that only this token opens. */
  readonly probe: { readonly emails: readonly string[]; readonly token: string | undefined }
  readonly termsVersion: string
  /** Only outside of production. */
  readonly development: { readonly headers: boolean; readonly exposeCode: boolean }
  /** Milliseconds. */
  readonly shutdown: number
}

type Variables = Readonly<Record<string, string | undefined>>
const shortestSecret = 32

/** `root` must be the real path, so that a process keeps naming its own release after `current` points elsewhere.
 *  Throws an Error that names the variable, never its value. */
export function loadSettings(root: string, environment: Variables): Settings {
  const variables: Variables = { ...readEnvFile(join(root, '.env')), ...environment }
  const text = (name: string, fallback: string) => variables[name] || fallback
  const flag = (name: string) => ['1', 'true'].includes(variables[name] ?? '')
  const list = (name: string) =>
    text(name, '')
      .split(',')
      .map(one => one.trim().toLowerCase())
      .filter(Boolean)
  const whole = (name: string, fallback: number, min: number, max: number) => {
    const value = Number(variables[name] || fallback)
    if (Number.isInteger(value) && value >= min && value <= max) return value
    throw new Error(`${name} must be a whole number from ${min} to ${max}`)
  }
  const stage = text('LTC_ENV', 'dev')
  if (stage !== 'dev' && stage !== 'prod') throw new Error('LTC_ENV must be dev or prod')
  const production = stage === 'prod'
  const development = { headers: flag('LTC_ALLOW_DEV_HEADERS'), exposeCode: flag('LTC_DEV_EXPOSE_OTP') }
  if (production && (development.headers || development.exposeCode))
    throw new Error('LTC_ALLOW_DEV_HEADERS and LTC_DEV_EXPOSE_OTP are refused in production')
  const secretKey = text('LTC_SECRET_KEY', '')
  if (secretKey.length < shortestSecret)
    throw new Error(`LTC_SECRET_KEY has ${secretKey.length} characters, it needs ${shortestSecret}`)
  const mode = text('LTC_MAILER_MODE', 'file')
  if (mode !== 'file' && mode !== 'smtp') throw new Error('LTC_MAILER_MODE must be file or smtp')
  const emails = list('LTC_PROBE_EMAILS')
  const token = variables['LTC_PROBE_TOKEN'] || undefined
  if (emails.length > 0 && (token ?? '').length < shortestSecret)
    throw new Error(`LTC_PROBE_TOKEN needs ${shortestSecret} characters while there are LTC_PROBE_EMAILS`)
  return {
    root,
    release: text('STELLWERK_RELEASE', basename(root)),
    version: readVersion(root),
    production,
    host: text('LTC_HOST', '127.0.0.1'),
    port: whole('PORT', 8000, 0, 65_535),
    workers: whole('LTC_WORKERS', 1, 1, 64),
    secretKey,
    appFile: text('LTC_DB_PATH', join(root, 'data/app.db')),
    documentsFile: text('LTC_DOCUMENTS_DB_PATH', join(root, 'data/documents.sqlite')),
    storage: text('LTC_STORAGE', join(root, 'storage')),
    mailer: {
      mode,
      smtpUrl: text('LTC_SMTP_URL', 'smtp://127.0.0.1:25'),
      from: text('LTC_MAIL_FROM', 'ServiceHeft <noreply@serviceheft.example>'),
    },
    adminEmails: list('LTC_ADMIN_EMAILS'),
    probe: { emails, token },
    termsVersion: text('LTC_TERMS_VERSION', '2026-03'),
    development,
    shutdown: whole('LTC_SHUTDOWN_MS', 15_000, 0, 600_000),
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
