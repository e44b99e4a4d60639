// Who listens on a port, by /proc: every socket, and every process that holds it. No tool needed.
import { quote } from '../core/shell.ts'
import type { Said } from './host-script.ts'

export interface Listener {
  /** Such as `127.0.0.1`, `[::]`. */
  readonly address: string
  /** None: they belong to somebody whose open files may not be seen. */
  readonly holders: readonly Holder[]
}

export interface Holder {
  readonly pid: number
  readonly name: string
  /** Parts of its control groups. */
  readonly groups: readonly string[]
  /** Started by our supervisor, which marks what it starts. */
  readonly isMarked: boolean
}

/** Columns of /proc/net/tcp: number, local, remote, state (0A listens), queues, timer, retransmits, user, timeout, inode.
 *  Tells `listening` and `holders`; ends the fragment when nobody listens. */
export function listenersFragment(port: number, root: string | undefined): string {
  const services = root === undefined ? '/nonexistent' : `${quote(root)}/.stellwerk/services`
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return `sw_listening=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r sw_n sw_local sw_r sw_st sw_q sw_t sw_x sw_uid sw_o sw_inode sw_rest; do
  case "$sw_n $sw_local $sw_st" in sl*) echo read ;; *:${quote(hex)}" 0A") echo "$sw_inode \${sw_local%:*}" ;; esac
done)
printf '%s\\n' "$sw_listening" | sw_tell listening
case $sw_listening in *' '*) ;; *) exit ;; esac
sw_inodes=" $(printf '%s\\n' "$sw_listening" | while read -r sw_inode sw_local; do printf '%s ' "$sw_inode"; done)"
# All open files in one call: a call for each would take seconds.
LC_ALL=C ls -l /proc/[0-9]*/fd 2>/dev/null | while read -r sw_line; do
  case $sw_line in
  /proc/*/fd:) sw_p=\${sw_line#/proc/}; sw_p=\${sw_p%/fd:} ;;
  *'-> socket:['*)
    sw_i=\${sw_line##*'socket:['}
    case $sw_inodes in *" \${sw_i%]} "*) echo "\${sw_i%]} $sw_p" ;; esac ;;
  esac
done | while read -r sw_i sw_p; do
  sw_unit=$(tr '\\000' '\\n' <"/proc/$sw_p/environ" 2>/dev/null | sed -n 's/^STELLWERK_UNIT=\\(.*\\);$/\\1/p')
  sw_marked=no
  if [ -n "$sw_unit" ] && grep -qs "^token $sw_unit$" ${services}/*/[01]/pid; then sw_marked=yes; fi
  echo "holder $sw_i $sw_p $sw_marked $(head -n 1 "/proc/$sw_p/comm" 2>/dev/null)"
  sed 's/^/group /' "/proc/$sw_p/cgroup" 2>/dev/null
done | sw_tell holders`
}

/** undefined: nothing is known. */
export function listenersOf({ values }: Said): readonly Listener[] | undefined {
  const { listening, holders } = values
  // The head of the table is the proof that it was read.
  if (!listening?.startsWith('read')) return undefined
  const held = new Map<string, Holder[]>()
  let groups: string[] = []
  for (const line of (holders ?? '').split('\n')) {
    const [kind, inode = '', pid, mark, ...name] = line.split(' ')
    if (kind === 'group') groups.push(...line.slice('group '.length).split('/'))
    if (kind !== 'holder') continue
    groups = []
    const holder = { pid: Number(pid), name: name.join(' ') || '?', groups, isMarked: mark === 'yes' }
    held.set(inode, [...(held.get(inode) ?? []), holder])
  }
  return listening
    .trim()
    .split('\n')
    .filter(line => line !== 'read')
    .map(line => {
      const [inode = '', address = ''] = line.split(' ')
      return { address: addressOf(address), holders: held.get(inode) ?? [] }
    })
}

/** The kernel writes words of four bytes in the order of the machine: the lowest first, on every machine that matters here. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(word => (word.match(/../g) ?? []).reverse())
  if (bytes.length === 4) return bytes.map(byte => Number.parseInt(byte, 16)).join('.')
  const groups = bytes.join('').match(/.{4}/g) ?? []
  return canonical(groups.join(':'))
}

/** One way of writing for each address. */
export function canonical(address: string): string {
  const bracketed = address.includes(':') ? `[${address}]` : address
  return URL.canParse(`http://${bracketed}`) ? new URL(`http://${bracketed}`).hostname : address
}
