// A port that must be free, by /proc/net: no tool needed, and what nobody may see is not taken for free.
import type { PortCheck } from '../config/schema/check.ts'
import { text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import { portByHand } from './by-hand-host.ts'
import { type Attempt, attempt } from './context.ts'
import type { Said } from './host-script.ts'
import type { Probe } from './probe.ts'

export const portProbe: Probe<PortCheck> = {
  place: () => 'host',
  ofHost: () => true,
  byHand: portByHand,
  describe: ({ port }) => text(`port ${port} is free`, `Port ${port} ist frei`),
  script: { fragment: (check, { root }) => portFragment(check, root), judge: judgePort },
}

/** Columns of /proc/net/tcp: number, local, remote, state (0A listens), queues, timer, retransmits, user, timeout, inode. */
function portFragment({ port }: PortCheck, root: string | undefined): string {
  const services = root === undefined ? '/nonexistent' : `${quote(root)}/.stellwerk/services`
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return `[ -r /proc/net/tcp ] || { sw_say noproc yes; exit; }
sw_inodes=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r sw_n sw_local sw_r sw_st sw_q sw_t sw_x sw_uid sw_o sw_inode sw_rest; do
  case "$sw_local $sw_st" in *:${quote(hex)}" 0A") printf '%s ' "$sw_inode" ;; esac
done)
sw_say inodes "$sw_inodes"
[ -n "$sw_inodes" ] || exit
# All open files in one call: a call for each would take seconds.
sw_p=$(LC_ALL=C ls -l /proc/[0-9]*/fd 2>/dev/null | while read -r sw_line; do
  case $sw_line in
  /proc/*/fd:) sw_p=\${sw_line#/proc/}; sw_p=\${sw_p%/fd:} ;;
  *'-> socket:['*)
    sw_i=\${sw_line##*'socket:['}
    case " $sw_inodes" in *" \${sw_i%]} "*) echo "$sw_p"; break ;; esac ;;
  esac
done)
[ -n "$sw_p" ] || exit
sw_say pid "$sw_p"
sw_say name "$(cat "/proc/$sw_p/comm" 2>/dev/null)"
cat "/proc/$sw_p/cgroup" 2>/dev/null | sw_tell cgroup
sw_unit=$(tr '\\000' '\\n' <"/proc/$sw_p/environ" 2>/dev/null | sed -n 's/^STELLWERK_UNIT=\\(.*\\);$/\\1/p')
if [ -n "$sw_unit" ] && grep -qs "^token $sw_unit$" ${services}/*/[01]/pid; then sw_say ours yes; fi`
}

function judgePort(check: PortCheck, { values }: Said): Attempt {
  const { port, by } = check
  if (values['noproc'] || values['inodes'] === undefined) {
    return attempt('unknown', text('/proc/net/tcp cannot be read', '/proc/net/tcp ist nicht lesbar'))
  }
  if (values['inodes'].trim() === '')
    return attempt('pass', text(`port ${port} is free`, `Port ${port} ist frei`))
  const pid = values['pid']
  if (pid === undefined) {
    const who = text('somebody who cannot be seen', 'jemand, der nicht zu sehen ist')
    return by === 'services'
      ? attempt(
          'unknown',
          text(
            `${who.en} listens on port ${port}: it may be ours or another user's`,
            `auf Port ${port} lauscht ${who.de}: unser Dienst oder der eines anderen Benutzers`,
          ),
        )
      : attempt('fail', text(`${who.en} listens on port ${port}`, `auf Port ${port} lauscht ${who.de}`))
  }
  const name = (values['name'] ?? '').trim() || '?'
  const details = { pid: Number(pid), name }
  const who = `${name} (pid ${pid})`
  if (by === 'services' && isOurs(check, values)) {
    return attempt(
      'pass',
      text(
        `${who}, a service of this app, listens on port ${port}`,
        `${who}, ein Dienst dieser App, lauscht auf Port ${port}`,
      ),
      details,
    )
  }
  return attempt('fail', text(`${who} listens on port ${port}`, `${who} lauscht auf Port ${port}`), details)
}

/** Our supervisor marks what it starts; systemd's units are told by their control group. */
function isOurs({ given }: PortCheck, values: Said['values']): boolean {
  if (values['ours'] !== undefined) return true
  const groups = (values['cgroup'] ?? '').split(/[/\n]/)
  return (given?.own ?? []).some(unit => groups.includes(unit))
}
