// A program that a person works with: it gets the terminal of this process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Ending } from '../engine/host.ts'

/** Ctrl-C belongs to the program meanwhile, not to this process. */
export async function runInTerminal(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Ending> {
  const [file = '', ...args] = command
  const listeners = process.listeners('SIGINT')
  const ignore = () => undefined
  process.on('SIGINT', ignore)
  for (const listener of listeners) process.off('SIGINT', listener)
  try {
    const child = spawn(file, args, { stdio: 'inherit', env })
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return code === null ? { kind: 'signal', signal: signal ?? '?' } : { kind: 'exit', code }
  } catch (error) {
    return { kind: 'unreachable', why: error instanceof Error ? error.message : String(error) }
  } finally {
    for (const listener of listeners) process.on('SIGINT', listener)
    process.off('SIGINT', ignore)
  }
}
