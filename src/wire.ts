// The process: its arguments, its terminal, its signals. Everything that is not needed for `--version` is loaded when it is
// used.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Io } from './cli/io.ts'
import { runCli } from './cli/main.ts'
import type { Wiring } from './cli/wiring.ts'

const root = join(import.meta.dirname, '..')

/** Runs the command line. Resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const interrupt = new AbortController()
  let first: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    // One Ctrl-C may arrive twice: from the terminal's process group and from the launcher that forwards it.
    const now = performance.now()
    first ??= now
    // The second one leaves: the journals on the hosts are what `recover` needs.
    if (now - first > 300) process.exit(4)
    interrupt.abort(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // A reader that went away (`| head`) is no failure; a result that could not be written is one.
  let lost: NodeJS.ErrnoException | undefined
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lost = error
  })
  process.stderr.on('error', () => undefined)
  try {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const wire = async (): Promise<Wiring> => (await import('./wiring.ts')).makeWiring({ root, version })
    const code = await runCli(argv, terminal(), interrupt.signal, wire, { version, env: process.env })
    await new Promise<void>(resolve => process.stdout.write('', () => resolve()))
    if (!lost) return code
    process.stderr.write(`✖ ${lost.message}\n`)
    return code === 0 ? 1 : code
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal)
  }
}

function terminal(): Io {
  const { stdin, stdout, stderr, env } = process
  const plain = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== ''
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0'
  const color = (tty: boolean) => !plain && (forced || (tty && env['TERM'] !== 'dumb'))
  return {
    out: text => void stdout.write(text),
    err: text => void stderr.write(text),
    tty: { in: stdin.isTTY === true, out: stdout.isTTY === true, err: stderr.isTTY === true },
    color: { out: color(stdout.isTTY === true), err: color(stderr.isTTY === true) },
    columns: () => stderr.columns ?? 80,
    ask: async question => {
      const { createInterface } = await import('node:readline/promises')
      const reader = createInterface({ input: stdin, output: stderr })
      const closed = new Promise<undefined>(resolve => reader.once('close', () => resolve(undefined)))
      try {
        return await Promise.race([reader.question(question), closed])
      } finally {
        reader.close()
      }
    },
  }
}
