// What the rigs of docker and podman have in common.
import type { ChildProcess } from 'node:child_process'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export interface ContainerEngine extends AsyncDisposable {
  readonly engine: 'docker' | 'podman'
  /** Variables that lead its programs to it. */
  readonly env: Readonly<Record<string, string>>
  readonly directory: string
  /** Its command line; the trimmed standard output. */
  run(...args: string[]): Promise<string>
}

/** Rejects where no container can run at all: a test says so loudly and does not pass without having looked. */
export async function whyNoContainers(): Promise<void> {
  const status = await readFile('/proc/self/status', 'utf8')
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  if ((capabilities & (1n << 21n)) === 0n)
    throw new Error(
      'containers need the right to mount (CAP_SYS_ADMIN): run these tests as root of a machine',
    )
}

/** Asks it to end, and waits until it has. */
export async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** Removes its directory, with the mounts that an engine leaves in it. */
export async function clearAway(directory: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  const own = mounts.split('\n').map(line => line.split(' ')[1] ?? '')
  for (const path of own.filter(each => each.startsWith(`${directory}/`)).toReversed())
    await execute('umount', ['-l', path])
  await rm(directory, { recursive: true, force: true })
}
