// `npm run docs` writes the reference from its sources; `npm run docs -- --check` fails when a file on disk differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cliReference } from './docs/cli.ts'
import { eventsReference } from './docs/events.ts'
import { exitCodesReference } from './docs/exit-codes.ts'
import { knownErrorsReference } from './docs/known-errors.ts'
import { problemsReference } from './docs/problems.ts'
import { exampleRunbook, runbookExamples } from './docs/runbooks.ts'

const root = join(import.meta.dirname, '..')

interface Page {
  readonly file: string
  /** What it is made from; a page whose source does not exist yet is left out with a note. */
  readonly source: string
  readonly make: () => Promise<string> | string
}

const pages: readonly Page[] = [
  {
    file: 'schema/stellwerk.schema.json',
    source: 'src/config/json-schema.ts',
    make: async () => `${JSON.stringify((await load('src/config/json-schema.ts')).jsonSchema(), null, 2)}\n`,
  },
  {
    file: 'docs/reference/config.md',
    source: 'src/config/json-schema.ts',
    make: async () => (await load('src/config/json-schema.ts')).configReference(),
  },
  { file: 'docs/reference/exit-codes.md', source: 'src/core/exit-code.ts', make: exitCodesReference },
  { file: 'docs/reference/events.md', source: 'src/engine/events.ts', make: () => eventsReference(root) },
  {
    file: 'docs/reference/known-errors.md',
    source: 'src/checks/known-errors.ts',
    make: knownErrorsReference,
  },
  { file: 'docs/reference/problems.md', source: 'src', make: () => problemsReference(root) },
  {
    file: 'docs/reference/cli.md',
    source: 'src/cli/commands.ts',
    make: async () =>
      cliReference(
        (await load('src/cli/commands.ts')).commands,
        (await load('src/cli/program.ts')).globalOptions('en'),
      ),
  },
  ...runbookExamples.map(name => ({
    file: `examples/${name}/RUNBOOK.md`,
    source: `examples/${name}/stellwerk.yaml`,
    make: () => exampleRunbook(root, name),
  })),
]

// The path is a value, so that the compiler does not ask for a module that another part of the house still owes.
function load(path: string) {
  return import(pathToFileURL(join(root, path)).href)
}

const onlyCheck = process.argv.includes('--check')
const stale: string[] = []
for (const { file, source, make } of pages) {
  if (!existsSync(join(root, source))) {
    console.error(`docs: ${file} left out, ${source} does not exist`)
    continue
  }
  const text = await make()
  const path = join(root, file)
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  stale.push(file)
  if (onlyCheck) continue
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
if (stale.length > 0)
  console.error(`docs: ${onlyCheck ? 'stale, run `npm run docs`' : 'written'}: ${stale.join(', ')}`)
if (onlyCheck && stale.length > 0) process.exitCode = 1
