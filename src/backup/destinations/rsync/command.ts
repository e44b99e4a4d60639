// Runs the rsync client, and reads what it prints. Paths below the destination travel as filter rules, not as arguments: a file
// that is not there is then no error, and no shell or rrsync at the other end makes something else of a name.
import { spawn } from 'node:child_process'
import { ProblemError } from '../../../core/problem.ts'
import { sshEnvironment } from '../../../hosts/ssh/process.ts'
import type { Entry } from '../../destination.ts'
import { aborted } from '../problems.ts'
import { noRsyncHere, rsyncFailed } from './problems.ts'

export interface RsyncRun {
  /** Name of the destination and the path that is worked on, for what goes wrong. */
  readonly name: string
  readonly path: string
  /** ssh_config of the destination. */
  readonly sshConfig: string
  readonly args: readonly string[]
  readonly signal?: AbortSignal | undefined
  readonly onOutput?: (chunk: string) => void
  /** Whether a failure counts as done. */
  readonly tolerate?: (stderr: string) => boolean
}

/** What it printed, byte by byte: names need not be UTF-8. Rejects with ProblemError unless it ended with 0. */
export function rsync(run: RsyncRun): Promise<string> {
  const { name, path, signal } = run
  if (signal?.aborted) return Promise.reject(new ProblemError(aborted(name, path)))
  return new Promise((resolve, reject) => {
    // In double quotes, because rsync splits the command into words.
    const child = spawn('rsync', [`--rsh=ssh -F "${run.sshConfig}"`, ...run.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...sshEnvironment(), TZ: 'UTC', RSYNC_RSH: '', RSYNC_PROTECT_ARGS: '0' },
    })
    let stdout = ''
    let stderr = ''
    const stop = () => child.kill()
    signal?.addEventListener('abort', stop)
    child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
      if (run.onOutput) run.onOutput(chunk)
      else stdout += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-20_000)
    })
    child.once('error', error => {
      signal?.removeEventListener('abort', stop)
      reject(new ProblemError(noRsyncHere(name, error.message)))
    })
    child.once('close', code => {
      signal?.removeEventListener('abort', stop)
      if (code === 0) resolve(stdout)
      else if (signal?.aborted) reject(new ProblemError(aborted(name, path)))
      else if (run.tolerate?.(stderr)) resolve('')
      else reject(new ProblemError(rsyncFailed(name, path, { code, stderr })))
    })
  })
}

/** Rules that let through the directories on the way to `path`, and then `last`: patterns below the path. */
export function only(path: string, ...last: readonly string[]): string[] {
  const segments = path === '' ? [] : path.split('/').map(literal)
  const way = segments.map((_, i) => `--include=/${segments.slice(0, i + 1).join('/')}/`)
  const base = segments.map(segment => `/${segment}`).join('')
  return [...way, ...last.map(pattern => `--include=${base}${pattern}`), '--exclude=*']
}

/** A backslash is itself in a pattern without wildcards, and an escape in one with them: [\] is it in both. */
function literal(segment: string): string {
  return segment.replaceAll(/[\\*?[]/g, found => (found === '\\' ? '[\\\\]' : `[${found}]`))
}

/** Lines of --list-only; `name` is the path from where the list began. */
export function listed(output: string): readonly Entry[] {
  return output.split('\n').flatMap(line => {
    const found = /^([d-])\S{9}\S? +(\d+) (\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d) (.*)$/.exec(line)
    if (!found) return []
    const [, type, bytes, year, month, day, hour, minute, second, name = ''] = found
    if (name === '.') return []
    return [
      {
        name: Buffer.from(
          name.replaceAll(/\\#(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
          'latin1',
        ).toString('utf8'),
        kind: type === 'd' ? 'directory' : 'file',
        bytes: type === 'd' ? 0 : Number(bytes),
        changedAt: Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
      },
    ]
  })
}
