// The database of a project: of which kind it is and what it is called, from the files that frameworks keep that in.
import { isMapping } from '../path.ts'
import type { FoundDatabase, Read } from './answers.ts'
import { publishedPort, servicesOf } from './compose.ts'
import { composeFiles, isDjangoSettings } from './detect.ts'

interface Directory {
  readonly files: readonly string[]
  readonly read: Read
}

/** What one place says: the kind, and what it knows of the rest. */
interface Hint {
  readonly kind: FoundDatabase['kind']
  readonly name?: string | undefined
  readonly port?: number | undefined
}

/** `name`: of a database whose name is not written anywhere. undefined: there is none, or its kind is not known. */
export function findDatabase(directory: Directory, name: string): FoundDatabase | undefined {
  const hint =
    prisma(directory) ?? laravel(directory) ?? django(directory) ?? url(directory) ?? container(directory)
  if (hint === undefined) return sqliteFile(directory)
  if (hint.kind !== 'sqlite') {
    const known = hint.name !== undefined && /^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/.test(hint.name)
    const port = hint.port === undefined ? {} : { port: hint.port }
    return { kind: hint.kind, database: known && hint.name !== undefined ? hint.name : name, ...port }
  }
  const file = hint.name?.replace(/^(\.\/)+/, '')
  return file === undefined || !isRelative(file) ? sqliteFile(directory) : { kind: 'sqlite', file }
}

const kinds: Readonly<Record<string, FoundDatabase['kind']>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  pgsql: 'postgres',
  postgis: 'postgres',
  mysql: 'mysql',
  mysql2: 'mysql',
  mariadb: 'mariadb',
  sqlite: 'sqlite',
  sqlite3: 'sqlite',
}

function kindOf(word: string | undefined): FoundDatabase['kind'] | undefined {
  return word !== undefined && Object.hasOwn(kinds, word) ? kinds[word] : undefined
}

function isRelative(path: string): boolean {
  return /^[\w.][\w./-]*$/.test(path) && !path.split('/').includes('..')
}

function prisma({ read }: Directory): Hint | undefined {
  const source = /datasource\s+\w+\s*\{([^}]*)\}/.exec(read('prisma/schema.prisma') ?? '')?.[1] ?? ''
  const kind = kindOf(/provider\s*=\s*"(\w+)"/.exec(source)?.[1])
  if (kind === undefined) return undefined
  const variable = /url\s*=\s*env\("(\w+)"\)/.exec(source)?.[1]
  const written = variable === undefined ? /url\s*=\s*"([^"]+)"/.exec(source)?.[1] : setting(read, variable)
  // The file of SQLite stands beside the schema.
  const file = /^file:(?:\.\/)?([^?]+)/.exec(written ?? '')?.[1]
  return { kind, name: kind === 'sqlite' ? file && `prisma/${file}` : nameOf(written) }
}

function laravel({ files, read }: Directory): Hint | undefined {
  if (!files.includes('artisan')) return undefined
  const preset = /'default'\s*=>\s*env\('DB_CONNECTION',\s*'(\w+)'\)/.exec(
    read('config/database.php') ?? '',
  )?.[1]
  const kind = kindOf(setting(read, 'DB_CONNECTION') ?? preset)
  if (kind === undefined) return undefined
  const name = setting(read, 'DB_DATABASE')
  return { kind, name: kind === 'sqlite' ? (name ?? 'database/database.sqlite') : name }
}

function django({ files, read }: Directory): Hint | undefined {
  const settings = files.filter(isDjangoSettings).map(file => read(file) ?? '')
  for (const text of settings) {
    const kind = kindOf(/['"]ENGINE['"]\s*:\s*['"][\w.]+\.(\w+)['"]/.exec(text)?.[1])
    const name = /['"]NAME['"]\s*:\s*(?:BASE_DIR\s*\/\s*)?['"]([^'"]+)['"]/.exec(text)?.[1]
    if (kind !== undefined) return { kind, name }
  }
  return undefined
}

/** DATABASE_URL, as Symfony and many others have it. */
function url({ read }: Directory): Hint | undefined {
  const written = setting(read, 'DATABASE_URL') ?? ''
  const kind = kindOf(/^(\w+)(?:\+\w+)?:/.exec(written)?.[1])
  // Symfony says mysql and tells the two apart by the version.
  if (kind === 'mysql' && /mariadb/i.test(written)) return { kind: 'mariadb', name: nameOf(written) }
  if (kind !== 'sqlite') return kind && { kind, name: nameOf(written) }
  return { kind, name: /^sqlite3?:\/+(?:%kernel\.project_dir%\/)?([^?%]+)/.exec(written)?.[1] }
}

function nameOf(written: string | undefined): string | undefined {
  return /^\w+(?:\+\w+)?:\/\/[^/]*\/([^?]+)/.exec(written ?? '')?.[1]
}

/** A value of the examples of a .env file; the file itself comes last, it may be a developer's own. */
function setting(read: Read, name: string): string | undefined {
  for (const file of ['.env.example', '.env.dist', '.env']) {
    const line = new RegExp(`^(?:export )?${name}=(["']?)(.*?)\\1[ \\t]*$`, 'm').exec(read(file) ?? '')
    if (line?.[2]) return line[2]
  }
  return undefined
}

const names = ['POSTGRES_DB', 'MYSQL_DATABASE', 'MARIADB_DATABASE', 'POSTGRES_USER']

function container({ files, read }: Directory): Hint | undefined {
  const file = composeFiles.find(name => files.includes(name))
  for (const service of Object.values(servicesOf((file && read(file)) ?? ''))) {
    if (!isMapping(service)) continue
    const image = /([^/:@]+)(?:[:@].*)?$/.exec(String(service['image']))?.[1]
    const kind = kindOf(image)
    if (kind === undefined || kind === 'sqlite') continue
    const environment = variablesOf(service['environment'])
    const name = names.map(key => environment[key]).find(value => value !== undefined)
    return { kind, name, port: publishedPort(service['ports']) ?? (kind === 'postgres' ? 5432 : 3306) }
  }
  return undefined
}

/** A mapping, or a list of `NAME=value`. */
function variablesOf(value: unknown): Readonly<Record<string, string>> {
  if (isMapping(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]))
  if (!Array.isArray(value)) return {}
  return Object.fromEntries(value.map(item => /^([^=]*)=?(.*)$/s.exec(String(item))?.slice(1, 3) ?? ['', '']))
}

/** The only file of SQLite, where nothing else says anything. */
function sqliteFile({ files }: Directory): FoundDatabase | undefined {
  const found = files.filter(
    path =>
      /\.(sqlite3?|db)$/.test(path) &&
      !/(^|\/)(tests?|fixtures|vendor|\.venv|\.git)\//.test(path) &&
      !path.endsWith('Thumbs.db') &&
      isRelative(path),
  )
  return found.length === 1 && found[0] !== undefined ? { kind: 'sqlite', file: found[0] } : undefined
}
