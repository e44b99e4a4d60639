import { describe, expect, it } from 'vitest'
import { load, loaded } from '../../../test/helpers/config-file.ts'
import type { Lang } from '../../core/lang.ts'
import type { Answers, FoundDatabase, ProjectKind } from './answers.ts'
import { tellingFiles } from './detect.ts'
import { render } from './render.ts'
import { suggest } from './suggest.ts'

type Files = Readonly<Record<string, string>>

interface Project {
  readonly kind: ProjectKind
  readonly files: Files
  readonly database: FoundDatabase | undefined
  /** What must outlive a release for it. */
  readonly shared?: Partial<Pick<Answers, 'sharedDirectories' | 'sharedFiles'>>
}

const node = JSON.stringify({ name: 'shop-app', scripts: { start: 'node server.js' } })
const prisma = (provider: string, url: string) =>
  `datasource db {\n  provider = "${provider}"\n  url      = ${url}\n}\n`
const django = (engine: string, name: string) =>
  `DATABASES = { 'default': { 'ENGINE': 'django.db.backends.${engine}', 'NAME': ${name} } }\n`
const compose = (image: string, more = '') =>
  `services:\n  web: { image: shop, ports: ["8080:80"] }\n  db: { image: "${image}"${more} }\n`

const projects: Readonly<Record<string, Project>> = {
  'prisma and its migrations': {
    kind: 'node',
    files: {
      'package.json': node,
      'prisma/schema.prisma': prisma('postgresql', 'env("DATABASE_URL")'),
      'prisma/migrations/1_init/migration.sql': '',
      '.env.example': 'DATABASE_URL="postgresql://me:hunter2@localhost:5432/shop?schema=public"\n',
    },
    database: { kind: 'postgres', database: 'shop' },
  },
  'prisma with a file': {
    kind: 'node',
    files: { 'package.json': node, 'prisma/schema.prisma': prisma('sqlite', '"file:./dev.db"') },
    database: { kind: 'sqlite', file: 'prisma/dev.db' },
    shared: { sharedFiles: ['prisma/dev.db'] },
  },
  'prisma with a database that nothing here saves': {
    kind: 'node',
    files: { 'package.json': node, 'prisma/schema.prisma': prisma('mongodb', '"mongodb://a/b"') },
    database: undefined,
  },
  'Laravel with MySQL': {
    kind: 'php',
    files: {
      'composer.json': '{"name": "team/shop"}',
      artisan: '',
      '.env.example':
        '# DB_CONNECTION=pgsql\nDB_CONNECTION=mysql\nDB_DATABASE=shop_live\nDB_PASSWORD=hunter2\n',
    },
    database: { kind: 'mysql', database: 'shop_live' },
  },
  'Laravel as it comes': {
    kind: 'php',
    files: {
      artisan: '',
      'config/database.php': "<?php return ['default' => env('DB_CONNECTION', 'sqlite')];",
      'database/migrations/1.php': '',
    },
    database: { kind: 'sqlite', file: 'database/database.sqlite' },
    shared: { sharedFiles: ['.env', 'database/database.sqlite'] },
  },
  'Symfony with MariaDB': {
    kind: 'php',
    files: {
      'composer.json': '{"require": {"doctrine/doctrine-migrations-bundle": "3"}}',
      'bin/console': '',
      '.env':
        '# DATABASE_URL="sqlite:///%kernel.project_dir%/var/data.db"\nDATABASE_URL="mysql://app:hunter2@127.0.0.1:3306/app?serverVersion=10.11-MariaDB"\n',
    },
    database: { kind: 'mariadb', database: 'app' },
  },
  'Symfony with a file': {
    kind: 'php',
    files: { 'bin/console': '', '.env': 'DATABASE_URL="sqlite:///%kernel.project_dir%/var/data.db"\n' },
    database: { kind: 'sqlite', file: 'var/data.db' },
    shared: { sharedDirectories: ['var/log'], sharedFiles: ['.env', 'var/data.db'] },
  },
  'Django with PostgreSQL': {
    kind: 'python',
    files: {
      'manage.py': '',
      'shop/wsgi.py': '',
      'shop/settings.py': django('postgresql', "os.environ['DB']"),
    },
    database: { kind: 'postgres', database: 'grosse_co' },
  },
  'Django as it comes': {
    kind: 'python',
    files: { 'manage.py': '', 'shop/settings.py': django('sqlite3', "BASE_DIR / 'db.sqlite3'") },
    database: { kind: 'sqlite', file: 'db.sqlite3' },
    shared: { sharedFiles: ['db.sqlite3'] },
  },
  'SQLAlchemy by its URL': {
    kind: 'python',
    files: { 'requirements.txt': 'flask', '.env.example': 'DATABASE_URL=postgresql+psycopg://a@b/shop\n' },
    database: { kind: 'postgres', database: 'shop' },
  },
  'a container of PostgreSQL': {
    kind: 'compose',
    files: {
      'compose.yaml': compose(
        'docker.io/library/postgres:16-alpine',
        ', environment: { POSTGRES_DB: shop, POSTGRES_PASSWORD: hunter2 }, ports: ["127.0.0.1:5433:5432"]',
      ),
    },
    database: { kind: 'postgres', database: 'shop', port: 5433 },
  },
  'a container of MariaDB that publishes nothing': {
    kind: 'compose',
    files: {
      'compose.yaml': compose('mariadb@sha256:00', ', environment: [MARIADB_DATABASE=shop, X]'),
      '.env': 'X=1',
    },
    database: { kind: 'mariadb', database: 'shop', port: 3306 },
  },
  'a stack without a database': {
    kind: 'compose',
    files: { 'compose.yaml': compose('redis:7') },
    database: undefined,
  },
  'one file in a directory of its own': {
    kind: 'node',
    files: { 'package.json': node, 'data/shop.sqlite': '', 'data/shop.sqlite-wal': '', 'data/.gitkeep': '' },
    database: { kind: 'sqlite', file: 'data/shop.sqlite' },
    shared: { sharedDirectories: ['data'] },
  },
  'two files': {
    kind: 'node',
    files: { 'package.json': node, 'a.sqlite': '', 'b.sqlite': '' },
    database: undefined,
  },
  'a file of the tests': {
    kind: 'node',
    files: { 'package.json': node, 'test/a.sqlite': '' },
    database: undefined,
  },
  'a name that no database has, and one that climbs': {
    kind: 'python',
    files: { 'requirements.txt': '', '.env.example': 'DATABASE_URL=sqlite:///../../etc/x.db\n' },
    database: undefined,
  },
}

function answersOf({ kind, files }: Project, language: Lang = 'en'): Answers {
  const telling = tellingFiles(Object.keys(files))
  const read = (path: string) => (telling.includes(path) ? files[path] : undefined)
  return suggest(kind, { name: 'Größe & Co', files: Object.keys(files), read }, language, 'Europe/Berlin')
}

/** As a person would: the section of the backup without its "# ", and a key. */
function withBackup(text: string): string {
  const [before = '', section = ''] = text.split(/^(?=# backup:$)/m)
  const end = section.indexOf('\n\n')
  return `${before}${section.slice(0, end).replaceAll(/^# /gm, '').replace('AAAA...', 'AAAA')}${section.slice(end)}`
}

describe.each(Object.entries(projects))('init finds %s', (_, project) => {
  it('by its files', () => {
    expect(answersOf(project).database).toEqual(project.database)
    expect(answersOf(project)).toMatchObject(project.shared ?? {})
  })

  it.each(['en', 'de'] as const)('and writes a file that loads without problems, in %s', language => {
    const answers = answersOf(project, language)
    const text = render(project.kind, answers)
    const { config, warnings } = loaded(load(text))

    expect(text).not.toContain('hunter2')
    expect(config.databases['main']).toEqual(
      project.database === undefined && answers.migrate === undefined
        ? undefined
        : expect.objectContaining(project.database ?? { kind: 'other' }),
    )
    expect(warnings.map(({ code }) => code)).not.toContain('STW-C109')
  })

  it('whose backup section loads without problems or doubts, once a person wants it', () => {
    const text = render(project.kind, answersOf(project))
    if (!text.includes('# backup:')) return expect(project.database).toBeUndefined()

    const { config, warnings } = loaded(load(withBackup(text)))

    expect(Object.keys(config.backup?.destinations ?? {})).toEqual(['nas'])
    expect(warnings.map(({ code }) => code)).toEqual(['STW-C090'])
  })
})

it('shows the database and the backup like this', () => {
  const project = projects['a container of PostgreSQL']!
  const shown = (language: Lang) =>
    /# (?:What a backup|Was ein Backup) [\s\S]*?(?=\n\n# (?:The services|Die Dienste))/.exec(
      render(project.kind, {
        ...answersOf(project, language),
        sharedDirectories: ['uploads'],
        migrate: 'make migrate',
      }),
    )?.[0]

  expect(shown('en')).toMatchInlineSnapshot(`
    "# What a backup saves. The user and the password are those of the app; the password is a secret.
    databases:
      main:
        kind: postgres
        database: shop
        # The tools on the host ask the container here: publish this port on 127.0.0.1.
        port: 5433
        # user: shop
        # password: "\${DB_PASSWORD}"  # secrets: { DB_PASSWORD: { env: DB_PASSWORD } }
        # Runs once, from the new release, before the switch.
        migrate:
          command: make migrate

    # Backups: verified where they lie, made before every migration, and proven by a drill. A place elsewhere:
    # backup:
    #   files: { app: { paths: [shared/uploads] } }
    #   destinations:
    #     nas:
    #       kind: sftp
    #       address: backup@nas.example.org
    #       hostKey: ssh-ed25519 AAAA...  # ssh-keyscan -t ed25519 nas.example.org
    #       path: /volume1/backup
    #       identityFile: ~/.ssh/backup
    #   schedule: { daily: "daily 02:00", drill: "first sunday 03:00" }"
  `)
  expect(shown('de')).toMatchInlineSnapshot(`
    "# Was ein Backup sichert. Benutzer und Passwort sind die der App; das Passwort ist ein Geheimnis.
    databases:
      main:
        kind: postgres
        database: shop
        # Die Werkzeuge auf dem Host fragen den Container hier: diesen Port auf 127.0.0.1 veröffentlichen.
        port: 5433
        # user: shop
        # password: "\${DB_PASSWORD}"  # secrets: { DB_PASSWORD: { env: DB_PASSWORD } }
        # Läuft einmal, aus dem neuen Release, vor dem Umschalten.
        migrate:
          command: make migrate

    # Backups: verifiziert, wo sie liegen, vor jeder Migration gemacht und durch eine Übung bewiesen. Ein Ort anderswo:
    # backup:
    #   files: { app: { paths: [shared/uploads] } }
    #   destinations:
    #     nas:
    #       kind: sftp
    #       address: backup@nas.example.org
    #       hostKey: ssh-ed25519 AAAA...  # ssh-keyscan -t ed25519 nas.example.org
    #       path: /volume1/backup
    #       identityFile: ~/.ssh/backup
    #   schedule: { daily: "daily 02:00", drill: "first sunday 03:00" }"
  `)
})
