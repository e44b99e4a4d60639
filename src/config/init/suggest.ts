// The answers that a look at the directory gives.
import type { Answers, ProjectKind, Read } from './answers.ts'
import { composeServices } from './compose.ts'
import { findDatabase } from './database.ts'
import { composeFiles } from './detect.ts'
import { type Package, parse, readPackage, texts } from './package-json.ts'

export interface Directory {
  /** Its own name: the name of the app when nothing else says one. */
  readonly name: string
  /** Relative paths with "/". */
  readonly files: readonly string[]
  readonly read: Read
}

export function suggest(
  kind: ProjectKind,
  directory: Directory,
  language: Answers['language'],
  timezone: string,
): Answers {
  const found = byKind[kind](directory)
  const app = appName(found.app ?? directory.name)
  const database = findDatabase(directory, app.replaceAll('-', '_'))
  const shared = database?.kind === 'sqlite' ? shareOf(database.file, directory, found) : {}
  return {
    commands: [],
    test: [],
    output: '.',
    exclude: ['.git/**'],
    entries: [],
    sharedDirectories: [],
    sharedFiles: [],
    skeleton: [],
    prepare: [],
    services: [],
    ...found,
    ...(database && { database }),
    ...shared,
    app,
    language,
    timezone,
    root: `/srv/${app}`,
  }
}

type Found = Partial<Answers>

/** What makes the file outlive a release: its directory when nothing else lies there, else the file alone. */
function shareOf(file: string, { files }: Directory, found: Found): Found {
  const { sharedDirectories = [], sharedFiles = [] } = found
  if (sharedDirectories.some(path => file.startsWith(`${path}/`))) return {}
  const directory = file.split('/').slice(0, -1).join('/')
  const isOwn =
    directory !== '' &&
    files.includes(file) &&
    !sharedDirectories.some(path => path.startsWith(`${directory}/`)) &&
    files.every(path => !path.startsWith(`${directory}/`) || /\.(sqlite3?|db)(-\w+)?$|\/\.git\w+$/.test(path))
  return isOwn
    ? { sharedDirectories: [...sharedDirectories, directory] }
    : { sharedFiles: [...sharedFiles, file] }
}

const byKind: Readonly<Record<ProjectKind, (directory: Directory) => Found>> = {
  node,
  static: site,
  php,
  python,
  compose,
}

/** A name as the schema wants it, from any text. */
export function appName(name: string): string {
  const base = (name.split('/').at(-1) ?? name).replaceAll('ß', 'ss')
  const clean = base
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/\p{Mn}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
  return clean.slice(0, 40).replace(/-+$/, '') || 'app'
}

const has = ({ files }: Directory, ...names: readonly string[]) => names.find(name => files.includes(name))

function install(directory: Directory): { install: string; run: string } {
  if (has(directory, 'pnpm-lock.yaml')) return { install: 'pnpm install --frozen-lockfile', run: 'pnpm run' }
  if (has(directory, 'yarn.lock')) return { install: 'yarn install --frozen-lockfile', run: 'yarn run' }
  return {
    install: has(directory, 'package-lock.json', 'npm-shrinkwrap.json') ? 'npm ci' : 'npm install',
    run: 'npm run',
  }
}

function scripts(directory: Directory, { scripts: all }: Package): Pick<Answers, 'commands' | 'test'> {
  const tool = install(directory)
  const test = all['test'] !== undefined && !all['test'].includes('no test specified')
  return {
    commands: [tool.install, ...(all['build'] === undefined ? [] : [`${tool.run} build`])],
    test: test ? [`${tool.run} test`] : [],
  }
}

const editorSchema = 'node_modules/stellwerk/schema/stellwerk.schema.json'

function node(directory: Directory): Found {
  const project = readPackage(directory.read)
  const entry =
    project.entry ?? has(directory, 'server.js', 'index.js', 'app.js', 'src/server.js', 'src/index.js')
  const start = project.scripts['start']
  return {
    ...(project.name !== undefined && { app: project.name }),
    schema: editorSchema,
    ...scripts(directory, project),
    exclude: ['.git/**', 'test/**'],
    entries: [entry ?? 'package.json'],
    // npm does not pass signals on, so `node ...` is better than `npm start`.
    start: start?.startsWith('node ')
      ? start
      : start === undefined && entry !== undefined
        ? `node ${entry}`
        : 'npm start',
    ...(directory.files.some(file => file.startsWith('prisma/migrations/')) && {
      migrate: 'npx prisma migrate deploy',
    }),
    ...(has(directory, '.env', '.env.example') && { sharedFiles: ['.env'] }),
  }
}

const outputs: readonly (readonly [string, string])[] = [
  ['vite', 'dist'],
  ['astro', 'dist'],
  ['react-scripts', 'build'],
  ['@11ty/eleventy', '_site'],
  ['gatsby', 'public'],
  ['@docusaurus/core', 'build'],
  ['vitepress', '.vitepress/dist'],
  ['parcel', 'dist'],
]

function site(directory: Directory): Found {
  if (!has(directory, 'package.json')) {
    const output = has(directory, 'index.html') ? '.' : 'public'
    return { output, entries: ['index.html'] }
  }
  const project = readPackage(directory.read)
  const built = outputs.find(([name]) => project.dependencies.includes(name))?.[1] ?? 'dist'
  return {
    ...(project.name !== undefined && { app: project.name }),
    schema: editorSchema,
    ...scripts(directory, project),
    output: project.scripts['build'] === undefined ? '.' : built,
    exclude: project.scripts['build'] === undefined ? ['.git/**', 'node_modules/**'] : [],
    entries: ['index.html'],
  }
}

function php(directory: Directory): Found {
  const composer = parse(directory.read('composer.json'))
  const required = Object.keys(texts(composer['require']))
  const assets =
    readPackage(directory.read).scripts['build'] === undefined
      ? []
      : [install(directory).install, `${install(directory).run} build`]
  const vendor = has(directory, 'composer.json') !== undefined
  const common: Found = {
    ...(typeof composer['name'] === 'string' && { app: composer['name'] }),
    commands: [
      ...(vendor ? ['composer install --no-dev --optimize-autoloader --no-interaction'] : []),
      ...assets,
    ],
    exclude: ['.git/**', 'node_modules/**', 'tests/**'],
    entries: [
      has(directory, 'public/index.php', 'index.php') ?? 'public/index.php',
      ...(vendor ? ['vendor/autoload.php'] : []),
    ],
    ...(has(directory, '.env', '.env.example') && { sharedFiles: ['.env'] }),
  }
  if (has(directory, 'artisan')) {
    return {
      ...common,
      sharedDirectories: ['storage'],
      skeleton: ['app', 'framework/cache', 'framework/sessions', 'framework/views', 'logs'].map(
        path => `storage/${path}`,
      ),
      sharedFiles: ['.env'],
      prepare: ['php artisan optimize'],
      migrate: 'php artisan migrate --force',
    }
  }
  if (has(directory, 'bin/console')) {
    const migrations = required.includes('doctrine/doctrine-migrations-bundle')
    return {
      ...common,
      sharedDirectories: ['var/log'],
      prepare: ['php bin/console cache:warmup'],
      ...(migrations && { migrate: 'php bin/console doctrine:migrations:migrate --no-interaction' }),
    }
  }
  return common
}

function python(directory: Directory): Found {
  const project = directory.read('pyproject.toml') ?? ''
  const words = `${project}\n${directory.read('requirements.txt') ?? ''}`.toLowerCase()
  const name = /^\[project\][^[]*?^name\s*=\s*["']([^"']+)["']/ms.exec(project)?.[1]
  const django = has(directory, 'manage.py') !== undefined
  const entry = django
    ? 'manage.py'
    : (has(directory, 'main.py', 'app.py', 'wsgi.py', 'src/main.py') ?? 'main.py')
  const module = entry.replace(/\.py$/, '').replaceAll('/', '.')
  const settings = directory.files.find(file => /^[\w]+\/wsgi\.py$/.test(file))?.split('/')[0]
  const server = django
    ? `gunicorn ${settings ?? 'config'}.wsgi --bind 127.0.0.1:$PORT`
    : words.includes('fastapi') || words.includes('uvicorn')
      ? `uvicorn ${module}:app --host 127.0.0.1 --port $PORT`
      : words.includes('flask') || words.includes('gunicorn')
        ? `gunicorn ${module}:app --bind 127.0.0.1:$PORT`
        : `python ${entry}`
  const packages = has(directory, 'requirements.txt')
    ? '-r requirements.txt'
    : has(directory, 'pyproject.toml')
      ? '.'
      : undefined
  return {
    ...(name !== undefined && { app: name }),
    exclude: ['.git/**', '.venv/**', '**/__pycache__/**', 'tests/**'],
    entries: [entry],
    // A virtual environment holds absolute paths, so it is made where it is used.
    prepare: ['python3 -m venv .venv', ...(packages ? [`.venv/bin/pip install --quiet ${packages}`] : [])],
    start: `.venv/bin/${server}`,
    ...(django && { migrate: '.venv/bin/python manage.py migrate --noinput' }),
    ...(has(directory, '.env', '.env.example') && { sharedFiles: ['.env'] }),
  }
}

function compose(directory: Directory): Found {
  const file = has(directory, ...composeFiles) ?? 'compose.yaml'
  const services = composeServices(directory.read(file) ?? '')
  const builds = has(directory, 'Dockerfile') !== undefined
  return {
    exclude: ['.git/**', 'node_modules/**'],
    entries: [file],
    builds,
    services: services.length > 0 ? services : [{ name: 'web', after: [] }],
    ...(has(directory, '.env', '.env.example') && { sharedFiles: ['.env'] }),
  }
}
