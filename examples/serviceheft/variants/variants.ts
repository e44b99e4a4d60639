// Releases of the service book: v1 is the app as it stands, v2 is good, every other one is broken in a way of its own. What only a
// server can have wrong (a variable, the configuration of nginx) says so in `about`.
import { join } from 'node:path'
import { type Edit, type Example, type Variant, version } from '../../variants.ts'

/** Another version, and its entry in the list of changes. */
const numbered = (number: string, about: string): readonly Edit[] => [
  ...version('serviceheft', number),
  { file: 'CHANGELOG.md', from: '\n## 1.0.0', to: `\n## ${number}\n\n- ${about}\n\n## 1.0.0` },
]

const broken = (about: string, ...edits: readonly Edit[]): Variant => ({
  about,
  edits: [...numbered('3.0.0', 'ein kleiner Umbau'), ...edits],
})

/** nginx as the first guide had it: /api reaches the API as it is, and the API knows no such address. No release can have that wrong:
 *  the story edits the `template` of its nginx. */
export const unstripped = {
  from: 'proxy_pass http://serviceheft/;',
  to: 'proxy_pass http://serviceheft;',
}

export const serviceheft = {
  directory: join(import.meta.dirname, '..'),
  variants: {
    v1: { about: 'the app as it stands', edits: [] },
    v2: {
      about: 'a car has a colour; expanding migration',
      edits: [
        ...numbered('2.0.0', 'ein Fahrzeug hat eine Farbe'),
        {
          file: 'migrations/app/0002_colour.sql',
          to: "-- expand: a car has a colour; older releases write the default\nALTER TABLE vehicles ADD COLUMN colour TEXT NOT NULL DEFAULT '';\n",
        },
        {
          file: 'tests/system.test.ts',
          from: 'people_and_cars.sql\\npending: documents',
          to: 'people_and_cars.sql\\npending: app/0002_colour.sql\\npending: documents',
        },
        { file: 'web/main.js', from: '<h1>Willkommen</h1>', to: '<h1>Willkommen zurück</h1>' },
      ],
    },
    'dev-headers': broken('believes X-LTC-ROLE in production: anybody is an administrator', {
      file: 'src/auth.ts',
      from: '  if (!development.headers) throw',
      to: "  if (development.headers && role === '') throw",
    }),
    'qr-always-200': broken(
      'the public page answers 200 for a car that nobody knows, and so say its tests',
      { file: 'tests/system.test.ts', from: '[200, 404, 200, 404]', to: '[200, 200, 200, 200]' },
      {
        file: 'src/routes.ts',
        from: 'const status = page === undefined ? 404 : 200',
        to: 'const status = 200',
      },
      {
        file: 'src/routes.ts',
        from: "page ?? { detail: 'vehicle_not_found' }",
        to: "page ?? { vehicle_id: word, history_status: 'nicht_vorhanden' }",
      },
    ),
    'api-not-stripped': broken(
      'the API expects /api before its addresses, and nginx takes it away: every call of the page is 404',
      {
        file: 'src/app.ts',
        from: "  const method = request.method === 'HEAD' ? 'GET' : request.method\n",
        to: "  if (!/^\\/(ready$|api\\/|public\\/)/.test(url.pathname)) throw new HttpError(404, 'Not Found')\n  url.pathname = url.pathname.replace(/^\\/api\\//, '/')\n  const method = request.method === 'HEAD' ? 'GET' : request.method\n",
      },
    ),
    'asset-missing': broken('the page asks for a script that the build did not make', {
      file: 'scripts/build.ts',
      from: "  writeFileSync(join(output, 'index.html'), page)\n",
      to: "  writeFileSync(join(output, 'index.html'), page.replace('/assets/main-', '/assets/app-'))\n",
    }),
    'console-error': broken('the page looks right and throws in the browser', {
      file: 'web/main.js',
      from: 'void showState()\n',
      to: "void showState()\nsetTimeout(() => window.tracking.start('UA-0'), 50)\n",
    }),
    'docs-exposed': broken('shows /docs and /openapi.json to everybody', {
      file: 'src/routes.ts',
      from: "        if (settings.production) throw new HttpError(404, 'Not Found')\n",
      to: '',
    }),
    'secret-short': broken(
      'starts with any secret; broken on a server whose LTC_SECRET_KEY has fewer than 32 characters',
      { file: 'src/settings.ts', from: 'const shortestSecret = 32', to: 'const shortestSecret = 1' },
    ),
    'page-slow': broken(
      'the entry page shows nothing for more than three seconds',
      {
        file: 'web/main.js',
        from: "const page = document.getElementById('page')\n",
        to: "const page = document.getElementById('page')\nconst wait = new XMLHttpRequest()\nwait.open('GET', '/api/slow', false)\nwait.send()\n",
      },
      {
        file: 'src/routes.ts',
        from: "    {\n      method: 'GET',\n      path: /^\\/ready$/,\n",
        to: "    {\n      method: 'GET',\n      path: /^\\/slow$/,\n      handle: async ({ response }) => {\n        await new Promise(resolve => setTimeout(resolve, 3_500))\n        sendJson(response, 200, {})\n      },\n    },\n    {\n      method: 'GET',\n      path: /^\\/ready$/,\n",
      },
    ),
    identity: broken('healthy, but names another release', {
      file: 'src/settings.ts',
      from: "text('STELLWERK_RELEASE', basename(root))",
      to: "text('LTC_REVISION', basename('build-42'))",
    }),
    'env-dev': broken(
      'takes a server without LTC_ENV for a developer’s machine; broken where it is not set',
      {
        file: 'src/settings.ts',
        from: "  const production = stage === 'prod'\n",
        to: "  const production = stage === 'prod' && variables['LTC_REALLY'] !== undefined\n",
      },
    ),
    'code-exposed': broken('the answer to a request for a code holds the code', {
      file: 'src/routes.ts',
      from: 'settings.development.exposeCode ? { dev_otp: mail.code } : {}',
      to: 'settings.production ? { dev_otp: mail.code } : {}',
    }),
    'mail-broken': broken('asks the mail server for a protocol that it does not speak: nobody gets a code', {
      file: 'src/mail.ts',
      from: 'url: mailer.smtpUrl,',
      to: "url: mailer.smtpUrl.replace('smtp:', 'smtps:'),",
    }),
    'step-up-skipped': broken('gives roles without a step-up', {
      file: 'src/admin.ts',
      from: "  if (token === undefined) throw new HttpError(403, 'admin_step_up_required')\n",
      to: '  if (token === undefined) return\n',
    }),
    'admin-page-empty': broken(
      'the API gives an administrator everything, and the page /admin shows nothing of it',
      {
        file: 'web/main.js',
        from: "'/admin': showAdmin }",
        to: "'/admin': showEntry }",
      },
    ),
    'documents-lost': broken(
      'opens a second database that is not there to be backed up, and finds it empty',
      {
        file: 'src/settings.ts',
        from: "text('LTC_DOCUMENTS_DB_PATH', join(root, 'data/documents.sqlite'))",
        to: "text('LTC_DOCUMENTS_PATH', join(root, 'documents.sqlite'))",
      },
    ),
    'migration-half': broken(
      'the first of two migrations stays, the second fails as soon as somebody has signed in',
      {
        file: 'migrations/app/0002_names.sql',
        to: '-- expand: a name\nALTER TABLE vehicles ADD COLUMN plate TEXT;\n',
      },
      {
        file: 'migrations/app/0003_unique.sql',
        to: '-- expand: one car a person\nCREATE UNIQUE INDEX vehicles_owner ON vehicles (created_at IS NOT NULL, owner_id IS NULL);\nINSERT INTO vehicles (id, name, created_at) SELECT id, email, created_at FROM users;\n',
      },
    ),
    'worker-dies': broken('every second process ends right after its start', {
      file: 'src/server.ts',
      from: 'function serve(settings: Settings, said: (port: number | undefined) => void): void {\n',
      to: "function serve(settings: Settings, said: (port: number | undefined) => void): void {\n  if ((cluster.worker?.id ?? 0) % 2 === 0) throw new Error('no lock left')\n",
    }),
    'tests-red': broken('a red test', {
      file: 'tests/red.test.ts',
      to: "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\n\ntest('is red', () => assert.equal(1, 2))\n",
    }),
    'log-personal': broken('writes the address of who signs in into the log', {
      file: 'src/routes.ts',
      from: '{ challenge: mail.challengeId }',
      to: '{ challenge: mail.challengeId, email: mail.email }',
    }),
  },
} satisfies Example
