// The releases of a story about an example: a Git repository with the app in it, and a commit for each variant on top. An example
// says its variants as edits to itself.
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseDocument } from 'yaml'
import { applyEdit, type Edit } from './askpro/variants/edit.ts'

export type { Edit } from './askpro/variants/edit.ts'

export interface Variant {
  /** What is wrong with it, or what is new. */
  readonly about: string
  readonly edits: readonly Edit[]
  /** Files that go. */
  readonly removed?: readonly string[]
}

export interface Example<Name extends string = string> {
  readonly directory: string
  readonly variants: Readonly<Record<Name, Variant>>
}

/** Path in stellwerk.yaml -> value, such as ['environments', 'local', 'root']. */
export interface Setting {
  readonly path: readonly string[]
  readonly value: unknown
}

/** Not part of the app's own repository: what tests it from outside, and what a run leaves behind. */
const foreign = new Set(['variants', 'node_modules', 'storage', 'backups', 'data', 'dist', '.env'])
/** Configured for a place after the first copy, and the same for every variant. */
const kept = new Set(['.git', 'stellwerk.yaml'])

/** Makes the repository in `directory` (which must not exist): the app as it stands, tagged v1. Returns the commit's id. */
export function makeRepository(
  example: Example,
  directory: string,
  settings: readonly Setting[] = [],
): string {
  copy(example, directory, new Set())
  const file = join(directory, 'stellwerk.yaml')
  const document = parseDocument(readFileSync(file, 'utf8'))
  for (const { path, value } of settings) document.setIn(path, document.createNode(value))
  writeFileSync(file, document.toString({ lineWidth: 0 }))
  git(directory, 'init', '--quiet', '--initial-branch=main')
  return commit(directory, 'v1')
}

/** Commits the variant on the current branch, tagged with its name. Returns the commit's id. */
export function commitVariant<Name extends string>(
  example: Example<Name>,
  directory: string,
  name: Name,
): string {
  applyVariant(example, directory, name)
  return commit(directory, name)
}

/** Turns the app in `directory` into a variant, whichever it was before. Keeps .git and stellwerk.yaml. */
export function applyVariant<Name extends string>(
  example: Example<Name>,
  directory: string,
  name: Name,
): void {
  for (const entry of readdirSync(directory))
    if (!kept.has(entry)) rmSync(join(directory, entry), { recursive: true })
  copy(example, directory, kept)
  const { edits, removed = [] } = example.variants[name]
  for (const file of removed) rmSync(join(directory, file))
  for (const edit of edits) applyEdit(directory, edit)
}

/** The edits that give the app another version. */
export function version(app: string, to: string): readonly Edit[] {
  return [
    { file: 'package.json', from: '"version": "1.0.0"', to: `"version": "${to}"` },
    {
      file: 'package-lock.json',
      from: `{\n  "name": "${app}",\n  "version": "1.0.0"`,
      to: `{\n  "name": "${app}",\n  "version": "${to}"`,
    },
  ]
}

function copy(example: Example, directory: string, without: ReadonlySet<string>): void {
  cpSync(example.directory, directory, {
    recursive: true,
    filter: source =>
      source === example.directory || !(foreign.has(basename(source)) || without.has(basename(source))),
  })
}

function commit(directory: string, tag: string): string {
  git(directory, 'add', '--all')
  git(directory, 'commit', '--quiet', '--allow-empty', '--message', tag)
  git(directory, 'tag', '--force', tag)
  return git(directory, 'rev-parse', 'HEAD').trim()
}

/** Without the user's own Git configuration: hooks and signing of the machine have no place in a story. */
function git(directory: string, ...words: string[]): string {
  const who = { NAME: 'example', EMAIL: 'example@example.org' }
  const identity = ['AUTHOR', 'COMMITTER'].flatMap(role =>
    Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value]),
  )
  return execFileSync('git', words, {
    cwd: directory,
    encoding: 'utf8',
    env: {
      ...process.env,
      ...Object.fromEntries(identity),
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    },
  })
}
