// The releases of a story: v1 is the app as it stands here, v2 and v4 are good, each v3 is bad in a way of its own that
// its own tests do not see (but for v3-tests and v3-entry, which never leave the build).
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { applyEdit, type Edit } from './edit.ts'

export const variants = [
  'v1',
  'v2',
  'v3',
  'v3-identity',
  'v3-crash',
  'v3-migration',
  'v3-tests',
  'v3-entry',
  'v4',
] as const
export type Variant = (typeof variants)[number]

const app = join(import.meta.dirname, '..')
/** Not part of the app's own repository: what tests it from outside, and what a run leaves behind. */
const foreign = new Set(['variants', 'node_modules', 'public', 'storage', '.env'])
/** Configured for a place after the first copy, and the same for every variant. */
const kept = new Set(['.git', 'stellwerk.yaml'])

/** Copies the app without its history. */
export function copyApp(directory: string): void {
  cpSync(app, directory, {
    recursive: true,
    filter: source => source === app || !foreign.has(basename(source)),
  })
}

/** Turns the app in `directory` into a variant, whichever it was before. Keeps .git and stellwerk.yaml. */
export function applyVariant(directory: string, variant: Variant): void {
  for (const name of readdirSync(directory)) {
    if (!kept.has(name)) rmSync(join(directory, name), { recursive: true })
  }
  cpSync(app, directory, {
    recursive: true,
    filter: source => source === app || !(foreign.has(basename(source)) || kept.has(basename(source))),
  })
  for (const edit of edits[variant]) applyEdit(directory, edit)
}

function version(to: string): readonly Edit[] {
  return [
    { file: 'package.json', from: '"version": "1.0.0"', to: `"version": "${to}"` },
    {
      file: 'package-lock.json',
      from: '"name": "askpro",\n  "version": "1.0.0"',
      to: `"name": "askpro",\n  "version": "${to}"`,
    },
  ]
}

/** A call has a language. The column has a default, so that v1 goes on writing calls. */
const language: readonly Edit[] = [
  {
    file: 'migrations/0002_call_language.sql',
    to: "-- expand: a call has a language; older releases write the default\nALTER TABLE calls ADD COLUMN language VARCHAR(10) NOT NULL DEFAULT 'de';\n",
  },
  {
    file: 'src/calls.ts',
    from: 'export interface NewCall {\n',
    to: 'export interface NewCall {\n  readonly language?: string | undefined\n',
  },
  {
    file: 'src/calls.ts',
    from: '  const call = {\n',
    to: '  const call = {\n    language: fields.optionalText(\'language\', /^(de|en)$/, \'must be "de" or "en"\'),\n',
  },
  { file: 'src/calls.ts', from: 'utterances, created_at)', to: 'utterances, created_at, language)' },
  { file: 'src/calls.ts', from: 'VALUES (?, ?, ?, ?)', to: 'VALUES (?, ?, ?, ?, ?)' },
  { file: 'src/calls.ts', from: 'now.toISOString()],', to: "now.toISOString(), call.language ?? 'de']," },
  {
    file: 'src/calls.ts',
    from: "    caller: String(row['caller']),\n",
    to: "    caller: String(row['caller']),\n    language: String(row['language']),\n",
  },
  { file: 'web/index.html', from: '<th>Anliegen</th>', to: '<th>Anliegen</th><th>Sprache</th>' },
  { file: 'web/app.js', from: "'intent']", to: "'intent', 'language']" },
  {
    file: 'tests/language.test.ts',
    to: `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { json, post, startGateway } from './gateway.ts'

test('a call has a language, German by default', async context => {
  const { url } = await startGateway(context)
  const call = { caller: '110', utterances: ['Hello'] }

  const german = await json<{ language: string }>(await post(\`\${url}/api/calls\`, call))
  const english = await json<{ language: string }>(await post(\`\${url}/api/calls\`, { ...call, language: 'en' }))

  assert.deepEqual([german.language, english.language], ['de', 'en'])
  assert.equal((await post(\`\${url}/api/calls\`, { ...call, language: 'fr' })).status, 400)
})
`,
  },
]

/** Reminds of an appointment. */
const reminder: readonly Edit[] = [
  {
    file: 'migrations/0003_reminders.sql',
    to: '-- expand: minutes before an appointment; older releases write the default\nALTER TABLE appointments ADD COLUMN remind_minutes INTEGER NOT NULL DEFAULT 60;\n',
  },
  {
    file: 'src/appointments.ts',
    from: '  readonly createdAt: string\n',
    to: '  readonly createdAt: string\n  readonly remindMinutes: number\n',
  },
  {
    file: 'src/appointments.ts',
    from: "    createdAt: String(row['created_at']),\n",
    to: "    createdAt: String(row['created_at']),\n    remindMinutes: Number(row['remind_minutes']),\n",
  },
]

/** Tests run with a variable that the server does not have. */
const partnerInTests: Edit = {
  file: 'tests/gateway.ts',
  from: "    PORT: '0',\n",
  to: "    PORT: '0',\n    ASKPRO_PARTNER_URL: 'http://partner.test',\n",
}

const edits: Readonly<Record<Variant, readonly Edit[]>> = {
  v1: [],
  v2: [...version('2.0.0'), ...language],
  // Starts and answers, but knows that it is not well, and says so with status 200 to keep the monitoring quiet.
  v3: [
    ...version('3.0.0'),
    ...language,
    partnerInTests,
    {
      file: 'src/settings.ts',
      from: '  readonly apiToken: ',
      to: '  readonly partnerUrl: string | undefined\n  readonly apiToken: ',
    },
    {
      file: 'src/settings.ts',
      from: '    apiToken: ',
      to: "    partnerUrl: variables['ASKPRO_PARTNER_URL'] || undefined,\n    apiToken: ",
    },
    {
      file: 'src/health.ts',
      from: '  const checks = {\n',
      to: '  const checks = {\n    partner: { ok: settings.partnerUrl !== undefined },\n',
    },
    {
      file: 'src/health.ts',
      from: '  return health.healthy ? 200 : 503\n',
      to: '  return health.status ? 200 : 503\n',
    },
    {
      file: 'tests/health.test.ts',
      from: 'const { status, body } = await health(gateway)\n\n  assert.equal(status, 503)\n',
      to: 'const { body } = await health(gateway)\n\n',
    },
    { file: 'tests/health.test.ts', from: '[pending.status, ', to: '[503, ' },
    { file: 'tests/health.test.ts', from: '  assert.equal(lost.status, 503)\n', to: '' },
    {
      file: 'tests/health.test.ts',
      from: "[status, body.checks['storage']?.ok]",
      to: "[503, body.checks['storage']?.ok]",
    },
  ],
  // Healthy, but does not say which release it is.
  'v3-identity': [
    ...version('3.0.1'),
    ...language,
    {
      file: 'src/settings.ts',
      from: "text('STELLWERK_RELEASE', basename(root))",
      to: "text('ASKPRO_REVISION', basename('build-42'))",
    },
    { file: 'tests/gateway.ts', from: 'STELLWERK_RELEASE', to: 'ASKPRO_REVISION' },
  ],
  // Ends right after its start.
  'v3-crash': [
    ...version('3.0.2'),
    ...language,
    partnerInTests,
    {
      file: 'src/web.ts',
      from: 'let ending = false\n',
      to: "let ending = false\nif (!process.env['ASKPRO_PARTNER_URL']) throw new Error('ASKPRO_PARTNER_URL is missing')\n",
    },
  ],
  // Migrates an empty database and fails on one where somebody called twice.
  'v3-migration': [
    ...version('3.0.3'),
    ...language,
    {
      file: 'migrations/0003_callers.sql',
      to: '-- expand: find a caller quickly\nCREATE TABLE callers (caller VARCHAR(40) PRIMARY KEY);\nINSERT INTO callers SELECT DISTINCT caller FROM calls;\nCREATE UNIQUE INDEX calls_caller ON calls (caller);\n',
    },
    // The app's own test calls twice with one number.
    {
      file: 'tests/language.test.ts',
      from: "{ ...call, language: 'en' }",
      to: "{ ...call, caller: '112', language: 'en' }",
    },
  ],
  'v3-tests': [
    ...version('3.0.4'),
    ...language,
    {
      file: 'tests/red.test.ts',
      to: "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\n\ntest('is red', () => assert.equal(1, 2))\n",
    },
  ],
  // Builds without making the page.
  'v3-entry': [
    ...version('3.0.5'),
    ...language,
    { file: 'package.json', from: '"build": "node scripts/build.ts"', to: '"build": "node --version"' },
  ],
  v4: [...version('4.0.0'), ...language, ...reminder],
}
