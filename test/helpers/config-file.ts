// A small stellwerk.yaml for tests, and loading it without a file system.
import { type Loaded, type LoadInput, loadConfig } from '../../src/config/load.ts'
import type { ConfigProblem } from '../../src/config/problems.ts'
import { type Text, text } from '../../src/core/lang.ts'
import { err, ok, type Result } from '../../src/core/result.ts'

/** Sections by name; each is its text with the key. A test replaces what it is about. */
export const sections = {
  app: 'app: askpro',
  build: 'build: { entries: [server.js] }',
  services: [
    'services:',
    '  web: { kind: process, command: node server.js, ports: [3001, 3002] }',
    '  worker: { kind: process, command: node worker.js, after: [web] }',
  ].join('\n'),
  router: 'router: { kind: embedded, listen: "127.0.0.1:8080", service: web }',
  checks: [
    'checks:',
    '  health: { kind: http, url: /api/health }',
    '  disk: { kind: disk, minFree: 1GB }',
  ].join('\n'),
  gates: 'gates: [disk]',
  verify: 'verify: { identity: { json: $.release }, health: [health] }',
  environments: [
    'environments:',
    '  production:',
    '    root: /srv/askpro',
    '    hosts:',
    '      web1: { address: deploy@web1.example.org }',
    '      web2: { address: web2.example.org }',
  ].join('\n'),
}

export function document(changes: Partial<Record<keyof typeof sections | 'more', string>> = {}): string {
  const parts: Record<string, string> = { version: 'version: 1', ...sections, ...changes }
  return `${Object.values(parts)
    .filter(part => part !== '')
    .join('\n')}\n`
}

/** Files that the loader may read, by absolute path. */
export type Files = Readonly<Record<string, { readonly text: string; readonly mode?: number }>>

export function load(
  content: string,
  more: Partial<LoadInput> & { readonly files?: Files } = {},
): Result<Loaded, readonly ConfigProblem[]> {
  const { files = {}, ...input } = more
  return loadConfig({
    file: 'stellwerk.yaml',
    directory: '/work',
    text: content,
    env: {},
    readFile: path => {
      const file = files[path]
      return file ? ok(file) : err({ code: 'STW-X000', what: missing, why: missing })
    },
    ...input,
  })
}
const missing: Text = text('it does not exist', 'es ist nicht vorhanden')

/** `C020 8:12` for each problem, in order; the warnings when there is no problem. */
export function places(result: Result<Loaded, readonly ConfigProblem[]>): string[] {
  const problems = result.ok ? result.value.warnings : result.error
  return problems.map(({ code, where }) => `${code.replace('STW-', '')} ${where.line}:${where.column}`)
}

/** The config, or an error that shows what is wrong with the test's document. */
export function loaded(result: Result<Loaded, readonly ConfigProblem[]>): Loaded {
  if (result.ok) return result.value
  throw new Error(
    result.error
      .map(problem => `${problem.where.line}:${problem.where.column} ${problem.what.en}`)
      .join('\n'),
  )
}

/** `C020 "wrker"`: the code and the words of the file that are marked, in order. */
export function marked(result: Result<Loaded, readonly ConfigProblem[]>): string[] {
  const problems = result.ok ? result.value.warnings : result.error
  return problems.map(({ code, where, excerpt }) => {
    const words = excerpt.text.slice(where.column - 1, where.column - 1 + excerpt.width)
    return `${code.replace('STW-', '')} ${words}`
  })
}
