// This machine as a host: the same scripts in the same frame as over ssh, in a process group of their own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Ending, Host } from '../engine/host.ts'
import { bootstrap } from './frame.ts'
import { endGroupScript } from './group.ts'
import { type Exit, runSession } from './session.ts'
import { runInTerminal } from './terminal.ts'

export interface LocalHostOptions {
  readonly name: string
  /** Environment of the scripts. Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv
}

export function makeLocalHost({ name, env = process.env }: LocalHostOptions): Host {
  let sessions = 0
  return {
    name,
    get sessions() {
      return sessions
    },
    run(script, options) {
      const onProcess = () => {
        sessions += 1
      }
      return runSession({ command: bootstrap, env, endGroup, explain, onProcess }, script, options)
    },
    terminal: script => runInTerminal(['sh', '-c', script], env),
    tunnel: async (address, port) => ({ host: address, port }),
    close: async () => {},
  }
}

function explain({ code, signal }: Exit): Ending {
  if (signal) return { kind: 'signal', signal }
  return { kind: 'lost', why: `the shell ended with code ${code} before it reported how the script ended` }
}

async function endGroup(pid: number): Promise<void> {
  // Detached: the group that ends must not be the one that ends it.
  const child = spawn('sh', ['-c', endGroupScript(pid)], { detached: true, stdio: 'ignore' })
  await once(child, 'exit').catch(() => {})
}
