// Runs one part of the checks as a child process and counts what it proved.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface Part extends Tally {
  readonly name: string
  readonly ms: number
  readonly output: string
  /** Test files that failed, as absolute paths. */
  readonly red?: readonly string[]
}

export function sum(parts: readonly Tally[]): Tally {
  return parts.reduce(
    (total, part) => ({
      passed: total.passed + part.passed,
      failed: total.failed + part.failed,
      skipped: total.skipped + part.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  )
}

/** `12 passed, 0 failed` and, when some were skipped, `, 1 skipped`. */
export function sentence({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** A tool that says yes or no: one thing passed or failed. */
export async function tool(name: string, command: string, args: readonly string[]): Promise<Part> {
  const { code, ms, output } = await run(command, args, false)
  return { name, ms, output, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

/** One vitest project. `live` streams its report; else the report comes back in `output`. */
export async function tests(project: string, args: readonly string[], live: boolean): Promise<Part> {
  const directory = mkdtempSync(join(tmpdir(), 'stellwerk-tests-'))
  const report = join(directory, 'report.json')
  try {
    const { code, ms, output } = await run(
      'vitest',
      [
        'run',
        '--project',
        project,
        '--passWithNoTests',
        `--reporter=${live ? 'default' : 'dot'}`,
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...args,
      ],
      live,
    )
    return { name: project, ms, output, ...count(report, code) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** More red files than this are no chance. */
const mostUnsteady = 4

/** A project whose tests talk to real servers, on a machine that others use too: a file that failed beside others runs once
 *  more, alone. Green alone, it counts and is named; red again, it is red. */
export async function steadyTests(
  project: string,
  resting: readonly string[],
): Promise<readonly [Part, unsteady: readonly string[]]> {
  const first = await tests(
    project,
    resting.map(file => `--exclude=${file}`),
    true,
  )
  const red = first.red ?? []
  if (red.length === 0 || red.length > mostUnsteady) return [first, []]
  const again = await tests(project, ['--no-file-parallelism', ...red], true)
  const stillRed = again.failed > 0 ? (again.red ?? []) : []
  return [settled(first, again), red.filter(file => !stillRed.includes(file))]
}

/** What a run and the second run of its red files prove together. */
export function settled(first: Part, again: Part): Part {
  const green = again.failed === 0 && again.passed > 0
  return {
    ...first,
    ms: first.ms + again.ms,
    passed: green ? first.passed + first.failed : first.passed,
    failed: green ? 0 : Math.max(again.failed, 1),
  }
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

function count(file: string, code: number): Tally & Pick<Part, 'red'> {
  const report = read(file)
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const red = report.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name)
  // A file that fails before its first test (an import, a hook) holds no failed test, and an unhandled rejection belongs
  // to none. Both must weigh in the sum, or it would say "0 failed" about a red run.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some(test => test.status === 'failed'),
  ).length
  const failed = report.numFailedTests + broken
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    red,
  }
}

function read(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

interface Ended {
  readonly code: number
  readonly ms: number
  readonly output: string
}

function run(command: string, args: readonly string[], live: boolean, cwd = root): Promise<Ended> {
  const started = performance.now()
  // The tools of this repository, on the Node of this repository, whatever the caller's PATH says.
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH']}`,
  }
  if (process.stdout.isTTY) env['FORCE_COLOR'] = '1'
  else env['NO_COLOR'] = '1'
  return new Promise(resolve => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
    })
    const chunks: Buffer[] = []
    child.stdout?.on('data', chunk => chunks.push(chunk))
    child.stderr?.on('data', chunk => chunks.push(chunk))
    const end = (code: number) =>
      resolve({ code, ms: performance.now() - started, output: Buffer.concat(chunks).toString() })
    child.on('error', error => {
      chunks.push(Buffer.from(`${error.message}\n`))
      end(1)
    })
    child.on('close', code => end(code ?? 1))
  })
}

/** The tests of an example, which is an app of its own and uses Node's runner. */
export async function exampleTests(name: string): Promise<Part> {
  const directory = join(root, 'examples', name)
  const { code, ms, output } = await run(
    'node',
    ['--test', '--test-reporter=tap', 'tests/*.test.ts'],
    false,
    directory,
  )
  const number = (word: string) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0)
  const failed = number('fail') + number('cancelled')
  return {
    name,
    ms,
    output,
    passed: number('pass'),
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: number('skipped') + number('todo'),
  }
}
