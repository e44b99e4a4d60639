// Who runs this command, and on which boot of which machine: what a lock and a record say of their owner.
import { readFileSync, readlinkSync } from 'node:fs'
import { userInfo } from 'node:os'

// Who: the person, not the shared account that a CI job or a jump host uses.
export function personName(): string {
  const { env } = process
  return (
    env['STELLWERK_USER'] ||
    env['GITHUB_ACTOR'] ||
    env['GITLAB_USER_LOGIN'] ||
    env['SUDO_USER'] ||
    userInfo().username
  )
}

// A process id means something only in one pid namespace of one boot, and only together with the time it started.
export function bootId(): { boot?: string } {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return { boot: `${boot} ${readlinkSync('/proc/self/ns/pid')} ${startedAt(process.pid)}` }
  } catch {
    // Not Linux: without it a lock has to run out before it counts as dead.
    return {}
  }
}

/** Clock ticks after boot; throws when there is no such process. */
function startedAt(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

export function isGone(pid: number, boot: string): boolean {
  const [id, namespace, started] = boot.split(' ')
  const [here, inside] = bootId().boot?.split(' ') ?? []
  if (here === undefined || here !== id || inside !== namespace) return false
  try {
    return startedAt(pid) !== started
  } catch {
    return true
  }
}
