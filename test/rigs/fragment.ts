// Runs one sh fragment the way a step does, without an engine around it: a temporary directory, the fragment library, `set -eu`.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quote } from '../../src/core/shell.ts'
import { fragmentLibrary } from '../../src/engine/prelude.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'

export interface FragmentResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Words of sw_problem: the key first. */
  readonly report: readonly string[]
  /** Lines of sw_data. */
  readonly data: Readonly<Record<string, string>>
}

export interface FragmentOptions {
  /** Variables in the environment, such as the secrets of a step. */
  readonly env?: Readonly<Record<string, string>>
  /** Shell that runs it: `sh`, `bash`, `busybox sh`. */
  readonly shell?: string
  /** Text of the private age key, as the file $sw_identity. */
  readonly identity?: string
}

export async function runFragment(fragment: string, options: FragmentOptions = {}): Promise<FragmentResult> {
  const directory = await mkdtemp(join(tmpdir(), 'stw-fragment-'))
  try {
    if (options.identity !== undefined)
      await writeFile(join(directory, 'identity'), options.identity, { mode: 0o600 })
    const body = `LC_ALL=C; export LC_ALL
umask 022
sw_tmp=${quote(directory)}
sw_identity="$sw_tmp/identity"
: >"$sw_tmp/data"
${fragmentLibrary}
set -eu
${fragment}
`
    await writeFile(join(directory, 'body'), body)
    const host = makeLocalHost({ name: 'fragment', env: { ...process.env, ...options.env } })
    const run = await host.run(`${options.shell ?? 'sh'} ${quote(join(directory, 'body'))}`, {
      timeout: 120_000,
    })
    if (run.ending.kind !== 'exit')
      throw new Error(`the fragment ended with ${run.ending.kind}: ${run.stderr}`)
    const text = async (file: string) =>
      (await readFile(join(directory, file), 'utf8').catch(() => '')).trimEnd()
    const lines = (content: string) => (content === '' ? [] : content.split('\n'))
    return {
      code: run.ending.code,
      stdout: run.stdout,
      stderr: run.stderr,
      report: lines(await text('report')),
      data: Object.fromEntries(
        lines(await text('data')).map(line => [line.split(' ')[0] ?? '', line.slice(line.indexOf(' ') + 1)]),
      ),
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
