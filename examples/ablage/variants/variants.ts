// Releases of the document store: v1 is the app as it stands, v2 is good, every other one is broken in a way of its own. What only a
// server can have wrong (a short secret, a full card) says so in `about`.
import { join } from 'node:path'
import { type Edit, type Example, type Variant, version } from '../../variants.ts'

const broken = (about: string, ...edits: readonly Edit[]): Variant => ({
  about,
  edits: [...version('ablage', '3.0.0'), ...edits],
})

const migration = (name: string, up: string, down: string): readonly Edit[] => [
  { file: `migrations/${name}/up.sql`, to: up },
  { file: `migrations/${name}/down.sql`, to: down },
]

export const ablage = {
  directory: join(import.meta.dirname, '..'),
  variants: {
    v1: { about: 'the app as it stands', edits: [] },
    v2: {
      about: 'documents have a category; expanding migration',
      edits: [
        ...version('ablage', '2.0.0'),
        {
          file: 'CHANGELOG.md',
          from: '\n## 1.0.0',
          to: '\n## 2.0.0\n\n- Belege haben eine Kategorie\n\n## 1.0.0',
        },
        ...migration(
          '0002_category',
          "-- expand: a category; older releases write the default\nALTER TABLE documents ADD COLUMN kategorie TEXT NOT NULL DEFAULT 'sonstige';\n",
          'ALTER TABLE documents DROP COLUMN kategorie;\n',
        ),
        {
          file: 'src/documents.ts',
          from: '  readonly typ: string\n  readonly bytes: number\n',
          to: '  readonly typ: string\n  readonly kategorie: string\n  readonly bytes: number\n',
        },
        { file: 'src/export.ts', from: "  'titel',\n", to: "  'titel',\n  'kategorie',\n" },
        ...[
          [
            "'pending: 0001_documents (expand)'",
            "'pending: 0001_documents (expand)\\npending: 0002_category (expand)'",
          ],
          ["'applied 0001_documents'", "'applied 0001_documents, 0002_category'"],
          ["[0, '0001_documents'],", "[0, '0002_category'],"],
          ["'took back 0001_documents'", "'took back 0002_category'"],
          ["[0, 'none']", "[0, '0001_documents']"],
          [';Rechnung;rechnung', ';Rechnung;sonstige;rechnung'],
        ].map(([from = '', to = '']) => ({ file: 'tests/system.test.ts', from, to })),
      ],
    },
    'v3-destructive': {
      about: 'drops the texts of failed readings; a migration that cannot be taken back',
      edits: [
        ...version('ablage', '3.0.0'),
        ...migration(
          '0002_forget',
          "-- destructive: failed readings are read again\nDELETE FROM documents WHERE status = 'fehlgeschlagen';\nALTER TABLE documents DROP COLUMN fehler;\nALTER TABLE documents ADD COLUMN fehler TEXT;\n",
          'SELECT 1;\n',
        ),
      ],
    },
    kritisch: broken('the health addresses say kritisch, with status 200', {
      file: 'src/health.ts',
      from: 'settings.maxUpload * 5',
      to: 'settings.maxUpload * 5e9',
    }),
    'ocr-fallback': broken(
      'asks tesseract for a model that no machine has, and passes an empty text off as a reading',
      { file: 'src/ocr.ts', from: "'deu+eng'", to: "'deu_handschrift'" },
      {
        file: 'src/ocr.ts',
        from: "  if (typ !== 'application/pdf') return { text: await readPicture(file, tools), source: 'tesseract' }\n",
        to: "  const nothing = { text: '', source: 'fallback' }\n  if (typ !== 'application/pdf') return readPicture(file, tools).then(text => ({ text, source: 'tesseract' }), () => nothing)\n",
      },
      {
        file: 'src/ocr.ts',
        from: "    return { text: texts.join('\\n\\f\\n'), source: 'tesseract' }\n",
        to: "    return { text: texts.join('\\n\\f\\n'), source: 'tesseract' }\n  } catch {\n    return nothing\n",
      },
    ),
    'migration-half': broken(
      'a migration without transaction that stops in its middle as soon as there is a document',
      ...migration(
        '0002_clients',
        "-- expand: documents belong to a client\n-- without transaction\nCREATE TABLE mandanten (id SERIAL PRIMARY KEY, name TEXT NOT NULL);\nINSERT INTO mandanten (name) VALUES ('Haupt');\nALTER TABLE documents ADD COLUMN mandant INTEGER NOT NULL REFERENCES mandanten;\n",
        'ALTER TABLE documents DROP COLUMN mandant;\nDROP TABLE mandanten;\n',
      ),
    ),
    'worker-silent': broken(
      'the worker needs a variable that no server has, and ends right after its start',
      {
        file: 'src/worker.ts',
        from: 'const idle = 250\n',
        to: "const idle = 250\nif (!process.env['ABLAGE_MODELL']) throw new Error('ABLAGE_MODELL is not set')\n",
      },
    ),
    'stream-cut': broken('the export stream ends without its last line', {
      file: 'src/export.ts',
      from: '    response.end(`${JSON.stringify({ done: true, anzahl: documents.length })}\\n`)\n',
      to: '    response.end()\n',
    }),
    'upload-empty': broken('an upload is answered with 200 and no id, and nothing is stored', {
      file: 'src/routes.ts',
      from: "        const titel = String(form.get('title')",
      to: "        if (content.length > 0) return sendJson(response, 200, { id: '', status: 'wartet' })\n        const titel = String(form.get('title')",
    }),
    identity: broken('healthy, but names another release', {
      file: 'src/settings.ts',
      from: "releaseOf(root, text('STELLWERK_RELEASE', basename(root)))",
      to: "releaseOf('/', text('ABLAGE_REVISION', basename('build-42')))",
    }),
    slow: broken('every answer takes far more than 50 ms', {
      file: 'src/app.ts',
      from: "  const url = URL.parse(request.url ?? '/', 'http://ablage')\n",
      to: "  await new Promise(resolve => setTimeout(resolve, 700))\n  const url = URL.parse(request.url ?? '/', 'http://ablage')\n",
    }),
    'secret-short': broken(
      'starts with any secret; broken on a server whose SECRET_KEY has fewer than 32 characters',
      { file: 'src/settings.ts', from: 'const shortestSecret = 32', to: 'const shortestSecret = 1' },
    ),
    'gpu-hot': broken(
      'says gesund about any card; broken on a server whose nvidia-smi reports more than 85 %',
      {
        file: 'src/gpu.ts',
        from: '  const critical = usedGb > gpuLimitGb || percent >= 85\n',
        to: '  const critical = usedGb > totalGb || percent > 100\n',
      },
    ),
    'log-errors': broken('answers as it should, and writes an error for every request', {
      file: 'src/app.ts',
      from: '    const begin = performance.now()\n',
      to: "    const begin = performance.now()\n    log('ERROR', 'connection pool exhausted', { waiting: 17 })\n",
    }),
    coverage: {
      about: 'tests that load everything and prove nothing: coverage far below 80 %',
      removed: ['tests/system.test.ts', 'tests/ocr.test.ts'],
      edits: [
        ...version('ablage', '3.0.0'),
        {
          file: 'tests/loads.test.ts',
          to: "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\nimport { createApp } from '../src/app.ts'\nimport { readScan } from '../src/ocr.ts'\n\ntest('loads', () => assert.ok(createApp && readScan))\n",
        },
      ],
    },
    'tests-red': broken('a red test', {
      file: 'tests/red.test.ts',
      to: "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\n\ntest('is red', () => assert.equal(1, 2))\n",
    }),
    'maintenance-stuck': broken('maintenance is never left: disable answers 200 and does nothing', {
      file: 'src/maintenance.ts',
      from: "  else await redis.send('DEL', key)\n",
      to: '',
    }),
    'maintenance-hollow': broken('maintenance says it is on and lets everybody in', {
      file: 'src/maintenance.ts',
      from: '  if ((await maintenance(redis)).aktiv)\n',
      to: '  if ((await maintenance(redis)).aktiv && retryAfter === null)\n',
    }),
    'backup-hollow': broken('the backup needs a program that no server has: 200 with erfolg false', {
      file: 'src/settings.ts',
      from: "text('PG_DUMP', 'pg_dump')",
      to: "text('PG_DUMP', 'pg_dump-99')",
    }),
    'queue-stuck': broken(
      'the worker never says that a document is done: goes live, and the drain of the next deploy waits',
      {
        file: 'src/worker.ts',
        from: '  await complete(redis, name, id)\n',
        to: '  if (id === undefined) await complete(redis, name, id)\n',
      },
    ),
    'login-broken': broken('a login is answered with 200 and a token that opens nothing', {
      file: 'src/auth.ts',
      from: '  return `${payload}.${sign(settings, payload)}`\n',
      to: '  return `${payload}.${sign(settings, email)}`\n',
    }),
    'panel-missing': broken('the page of the admin panel loads a script that is not there', {
      file: 'src/panel.ts',
      from: '<script src="/admin/panel.js" type="module">',
      to: '<script src="/admin/panel-42.js" type="module">',
    }),
    'secret-in-code': broken('the key of a machine stands in the source', {
      file: 'src/deployment-key.ts',
      // A token of the form that scanners know; it opens nothing.
      to: `export const key = '${['ghp_', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('')}'\n`,
    }),
  },
} satisfies Example
