// One short run of the OpenSSH client that carries no script.
import { spawn } from 'node:child_process'

export interface Finished {
  /** null: it could not be started, or was ended because time was up. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Resolves when the process ends; a client that went into the background counts as ended. Never rejects. */
export function runSsh(file: string, args: readonly string[], timeoutMs: number): Promise<Finished> {
  return new Promise(resolve => {
    const child = spawn(file, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: sshEnvironment(),
    })
    let stdout = ''
    let stderr = ''
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      // The group, because a jump host means a second ssh.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, timeoutMs)
    const finish = (code: number | null) => {
      clearTimeout(timer)
      if (timedOut) stderr += `Connection timed out: no answer within ${Math.round(timeoutMs / 1000)} s\n`
      child.stdout.destroy()
      child.stderr.destroy()
      resolve({ code, stdout, stderr })
    }
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.once('error', error => {
      stderr += `cannot start ${file}: ${error.message}`
      finish(null)
    })
    child.once('close', finish)
    // A master in the background may keep the streams open; one that failed leaves words that must be read first.
    child.once('exit', code => code === 0 && child.spawnargs.includes('-M') && finish(code))
  })
}

/** No window may ask a person for a pass phrase, not even for a jump host, which does not see our options. */
export function sshEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, SSH_ASKPASS_REQUIRE: 'never', LC_ALL: 'C' }
}
