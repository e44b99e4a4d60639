import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { load, loaded } from '../../../test/helpers/config-file.ts'
import type { Lang } from '../../core/lang.ts'
import type { Answers, ProjectKind } from './answers.ts'
import { detect } from './detect.ts'
import { render } from './render.ts'
import { appName, suggest } from './suggest.ts'

type Files = Readonly<Record<string, string>>

const projects: Readonly<Record<string, { kind: ProjectKind; files: Files }>> = {
  'a node server': {
    kind: 'node',
    files: {
      'package.json': JSON.stringify({
        name: '@team/Ask Pro',
        scripts: { start: 'node --enable-source-maps dist/server.js', build: 'tsc', test: 'vitest run' },
        dependencies: { fastify: '5' },
      }),
      'package-lock.json': '{}',
      '.env.example': '',
    },
  },
  'a node server with a main file only': {
    kind: 'node',
    files: { 'package.json': '{"main": "./lib/index.js"}' },
  },
  'a node server started by a framework': {
    kind: 'node',
    files: {
      'package.json': JSON.stringify({
        scripts: {
          start: 'next start',
          build: 'next build',
          test: 'echo "Error: no test specified" && exit 1',
        },
        dependencies: { next: '1' },
      }),
      'pnpm-lock.yaml': '',
    },
  },
  'a built site': {
    kind: 'static',
    files: {
      'package.json': JSON.stringify({ scripts: { build: 'vite build' }, devDependencies: { vite: '7' } }),
      'yarn.lock': '',
      'index.html': '',
    },
  },
  'a plain site': { kind: 'static', files: { 'index.html': '', 'style.css': '' } },
  'a Laravel application': {
    kind: 'php',
    files: {
      'composer.json': '{"name": "team/shop"}',
      artisan: '',
      'public/index.php': '',
      'package.json': '{"scripts": {"build": "vite build"}}',
    },
  },
  'a Symfony application': {
    kind: 'php',
    files: {
      'composer.json': '{"require": {"doctrine/doctrine-migrations-bundle": "3"}}',
      'bin/console': '',
      'public/index.php': '',
    },
  },
  'plain PHP': { kind: 'php', files: { 'index.php': '' } },
  'a Django application': {
    kind: 'python',
    files: { 'manage.py': '', 'requirements.txt': 'django\n', 'shop/wsgi.py': '' },
  },
  'a FastAPI application': {
    kind: 'python',
    files: {
      'pyproject.toml':
        '[build-system]\nrequires = []\n[project]\nname = "fast-shop"\ndependencies = ["fastapi"]\n',
      'app.py': '',
    },
  },
  'a Flask application': { kind: 'python', files: { 'requirements.txt': 'Flask==3\n', 'wsgi.py': '' } },
  'a compose stack': {
    kind: 'compose',
    files: {
      'compose.yaml':
        'services:\n  web_app: { build: ., ports: ["8080:80"], depends_on: [db, Cache] }\n  db: { image: postgres, ports: ["127.0.0.1:5432:5432"] }\n  Cache: { image: redis }\n  cache: { image: other, depends_on: { db: { condition: service_healthy } } }\n',
      Dockerfile: '',
      'package.json': '{"main": "x.js"}',
    },
  },
  'a compose file that cannot be read': { kind: 'compose', files: { 'docker-compose.yml': 'services: [' } },
  'a package.json that cannot be read': { kind: 'static', files: { 'package.json': '{' } },
}

function answersOf(kind: ProjectKind, files: Files, language: Lang): Answers {
  const directory = { name: 'Größe & Co', files: Object.keys(files), read: (path: string) => files[path] }
  return suggest(kind, directory, language, 'Europe/Berlin')
}

describe('init', () => {
  it.each(Object.entries(projects))('recognises %s', (_, { kind, files }) => {
    expect(detect(Object.keys(files), path => files[path])).toBe(kind)
  })

  it('recognises nothing where there is nothing', () => {
    expect(detect(['README.md'], () => undefined)).toBeUndefined()
  })

  it.each(
    Object.entries(projects).flatMap(([name, { kind, files }]) =>
      (['en', 'de'] as const).map(lang => [name, lang, kind, files] as const),
    ),
  )('writes a file for %s in %s that loads without problems', (_, lang, kind, files) => {
    const answers = answersOf(kind, files, lang)

    const { config, warnings } = loaded(load(render(kind, answers)))
    const remote = loaded(load(render(kind, { ...answers, address: 'deploy@www.example.org' })))

    expect(config).toMatchObject({ app: answers.app, language: lang, timezone: 'Europe/Berlin' })
    expect(remote.config.hosts[0]?.address).toBe('deploy@www.example.org')
    const unsaved = answers.database !== undefined && answers.migrate !== undefined
    expect(warnings.map(warning => warning.code)).toEqual([...(unsaved ? ['STW-C106'] : []), 'STW-C090'])
  })

  it('finds the choices in the directory', () => {
    const project = (name: string) => {
      const { kind, files } = projects[name]!
      return answersOf(kind, files, 'en')
    }

    expect(project('a node server')).toMatchObject({
      app: 'ask-pro',
      commands: ['npm ci', 'npm run build'],
      test: ['npm run test'],
      entries: ['dist/server.js'],
      start: 'node --enable-source-maps dist/server.js',
      sharedFiles: ['.env'],
    })
    expect(project('a node server with a main file only')).toMatchObject({
      app: 'grosse-co',
      entries: ['lib/index.js'],
      start: 'node lib/index.js',
    })
    expect(project('a node server started by a framework')).toMatchObject({
      commands: ['pnpm install --frozen-lockfile', 'pnpm run build'],
      test: [],
      start: 'npm start',
    })
    expect(project('a built site')).toMatchObject({ output: 'dist' })
    expect(project('a Laravel application')).toMatchObject({
      app: 'shop',
      migrate: 'php artisan migrate --force',
      sharedDirectories: ['storage'],
    })
    expect(project('a Django application').start).toBe('.venv/bin/gunicorn shop.wsgi --bind 127.0.0.1:$PORT')
    expect(project('a FastAPI application')).toMatchObject({
      app: 'fast-shop',
      start: '.venv/bin/uvicorn app:app --host 127.0.0.1 --port $PORT',
    })
    expect(project('a compose stack').services).toEqual([
      { name: 'web_app', after: ['db', 'Cache'], port: 8080 },
      { name: 'db', after: [], port: 5432 },
      { name: 'Cache', after: [] },
      { name: 'cache', after: ['db'] },
    ])
  })

  it('gives every service of a compose file a name of its own', () => {
    const { kind, files } = projects['a compose stack']!

    const { config } = loaded(load(render(kind, answersOf(kind, files, 'en'))))

    expect(Object.keys(config.services)).toEqual(['web-app', 'db', 'cache', 'cache-2'])
    expect(config.services['web-app']).toMatchObject({ after: ['db', 'cache'], ports: [8080] })
  })

  it('makes a good name of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), name => /^[a-z][a-z0-9-]{0,39}$/.test(appName(name))),
    )
  })

  it('loads whatever the answers hold', () => {
    const word = fc
      .string({ minLength: 1, maxLength: 20 })
      .filter(text => text.trim() !== '' && !text.includes('${'))
    const relative = word.filter(text => !/^[/-]|\.\./.test(text))
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(projects)),
        fc.record({
          commands: fc.array(word, { maxLength: 3 }),
          entries: fc.array(relative, { minLength: 1, maxLength: 3 }),
          start: word,
          output: relative,
        }),
        ({ kind, files }, changes) => {
          const answers = {
            ...answersOf(kind, files, 'en'),
            sharedFiles: [],
            sharedDirectories: [],
            ...changes,
          }
          const { config } = loaded(load(render(kind, answers)))

          expect(config.build).toMatchObject({ commands: changes.commands, entries: changes.entries })
        },
      ),
    )
  })

  it('writes a file that reads like this', () => {
    const { kind, files } = projects['a node server']!

    expect(render(kind, answersOf(kind, files, 'en'))).toMatchInlineSnapshot(`
      "# yaml-language-server: $schema=node_modules/stellwerk/schema/stellwerk.schema.json
      # How this app is deployed. Every key: stellwerk explain <key>; check the file: stellwerk validate
      version: 1
      app: ask-pro
      language: en
      timezone: Europe/Berlin

      # Runs in a clean export of the commit, once; the result goes to every host.
      build:
        commands: [npm ci, npm run build]
        test: [npm run test]
        exclude: [".git/**", "test/**"]
        # Files without which the app cannot start: a bundle without one is refused.
        entries: [dist/server.js]

      release:
        # Releases that proved themselves and stay on the host, for a rollback.
        keep: 5
        # What outlives a release: it lies in <root>/shared and is linked into each one.
        shared:
          files: [".env"]

      # Backups: verified where they lie, made before every migration, and proven by a drill. A place elsewhere:
      # backup:
      #   files: { app: { paths: [shared/.env] } }
      #   destinations:
      #     nas:
      #       kind: sftp
      #       address: backup@nas.example.org
      #       hostKey: ssh-ed25519 AAAA...  # ssh-keyscan -t ed25519 nas.example.org
      #       path: /volume1/backup
      #       identityFile: ~/.ssh/backup
      #   schedule: { daily: "daily 02:00", drill: "first sunday 03:00" }

      # Two ports: the old process answers until the new one is ready. It must listen on $PORT.
      services:
        web:
          kind: process
          command: node --enable-source-maps dist/server.js
          ports: [3001, 3002]
          env: { NODE_ENV: production }

      # A small proxy in front of the two ports; it needs Node on the host.
      router:
        kind: embedded
        listen: 127.0.0.1:3000
        service: web

      # What must be true. The same check works as a gate, after a deploy and for ever.
      checks:
        disk: { kind: disk, minFreePercent: 10 }
        front-page:
          kind: http
          url: /
          retries: 10
      # Before anything is changed:
      gates: [disk]

      # After the switch; when it fails, the old release is back.
      verify:
        # Best: answer process.env.RELEASE somewhere, so that an old process cannot pass for the new one:
        # identity: { url: /health, json: "$.release" }
        identity:
          waived: The app does not tell its release yet
        health: [front-page]

      environments:
        production:
          root: /srv/ask-pro
          hosts:
            # This machine; or { address: deploy@www.example.org } for one that is reached by ssh.
            web1: local
          branch: main
        # A second environment; other ports or sizes go under its override.
        # staging:
        #   root: /srv/ask-pro-staging
        #   hosts: { web1: { address: deploy@staging.example.org } }
      "
    `)
  })
})
