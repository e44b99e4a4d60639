// Programs as the bench starts them, and Stellwerk as npm would install it.
import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

export interface Program {
  readonly node: string
  /** bin/stellwerk.js */
  readonly file: string
}

/** Bundles the program and copies what a package holds, so that a checkout that changes meanwhile is not what is measured. */
export async function installProgram(directory: string): Promise<Program> {
  await execute(process.execPath, [join(root, 'scripts/build.ts')])
  for (const name of ['bin', 'dist', 'package.json']) {
    cpSync(join(root, name), join(directory, name), { recursive: true })
  }
  return { node: process.execPath, file: join(directory, 'bin/stellwerk.js') }
}

/** Its standard output; rejects with what it said when it fails. */
export async function execute(file: string, words: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await promisify(execFile)(file, words, {
    maxBuffer: 1 << 26,
    ...(cwd === undefined ? {} : { cwd }),
  })
  return stdout
}
