// The lease that makes one run at a time the owner of a host: scripts and their answers, no I/O. The lock is one file,
// made by link(2); its modification time is the heartbeat, written and compared on the host itself, so clocks of two
// machines are never compared.
import { isoSeconds } from '../core/iso-time.ts'
import { quote } from '../core/shell.ts'

export interface Owner {
  readonly run: string
  readonly procedure: string
  /** Person or CI job. */
  readonly by: string
  /** Name of the machine the command runs on. */
  readonly machine: string
  readonly pid: number
  /** Boot of the machine, pid namespace, start of the process: what a pid needs to mean something; host names repeat. */
  readonly boot?: string
  /** ISO 8601, UTC. */
  readonly since: string
  /** Seconds without a heartbeat after which the owner counts as dead. */
  readonly lease: number
}

/** An owner together with the fencing token that it got. */
export interface Holder extends Owner {
  readonly token: number
}

export type LockAnswer =
  | { readonly kind: 'granted'; readonly token: number }
  | {
      readonly kind: 'held'
      readonly owner: Partial<Holder>
      readonly ageSeconds: number
      readonly expired: boolean
      readonly changed: boolean
    }
  | { readonly kind: 'frozen'; readonly reason: string; readonly by: string; readonly until: string }
  | { readonly kind: 'failed'; readonly why: string }

/** Takes the lock, or says who holds it. A lock is taken over only when it is `dead` (its fencing token, of an owner
 *  known to be dead) or its lease has expired, and only while its run has changed nothing yet - unless `recover` asks.
 *  Sets sw_got to 1 when granted, so that a payload (reading facts) can follow in the same script. */
export function acquireScript(
  root: string,
  owner: Owner,
  options: {
    readonly dead?: number
    readonly recover?: boolean
    readonly ignoreFreeze?: boolean
    readonly nonce: string
  },
): string {
  const record = recordOf(owner)
  return `sw_nonce=${quote(options.nonce)}
sw_answer() { printf '\\001%s answer %s\\n' "$sw_nonce" "$*"; }
sw_root=${quote(root)}
sw_state=$sw_root/.stellwerk
sw_run=${quote(owner.run)}
sw_dead=${options.dead ?? '-'}
sw_got=0
sw_put() { # TOKEN: the lock's content, whole before anybody can see it
  printf '%s"token":%s,"v":1}\\n' ${quote(record)} "$1" >"$sw_state/lock.$sw_nonce"
}
sw_acquire() {
  if ! sw_err=$(umask 022; mkdir -p "$sw_state/runs" 2>&1); then sw_answer failed "$sw_err"; return; fi
  chmod 0755 "$sw_state"
  sw_clock=$(date +%s)
  if [ ${options.ignoreFreeze ? 0 : 1} = 1 ] && [ -s "$sw_state/freeze" ]; then
    { IFS= read -r sw_until; IFS= read -r sw_by; IFS= read -r sw_why; } <"$sw_state/freeze"
    if [ "$sw_until" -gt "$sw_clock" ] 2>/dev/null; then
      sw_answer frozen-until "$sw_until"; sw_answer frozen-by "$sw_by"; sw_answer frozen "$sw_why"
      return
    fi
  fi
  sw_last=$(cat "$sw_state/token" 2>/dev/null) || sw_last=0
  sw_next=$((\${sw_last:-0} + 1))
  # On a full disk the reserve gives way: a run that filled it must still be taken back.
  if ! sw_err=$( { sw_put "$sw_next"; } 2>&1); then
    rm -f "$sw_state/reserve"
    if ! sw_err=$( { sw_put "$sw_next"; } 2>&1); then
      rm -f "$sw_state/lock.$sw_nonce"
      sw_answer failed "$sw_err"
      return
    fi
  fi
  if ln "$sw_state/lock.$sw_nonce" "$sw_state/lock" 2>/dev/null; then
    sw_take "$sw_next"
    return
  fi
  sw_held=$(cat "$sw_state/lock" 2>/dev/null) || sw_held=
  sw_beat=$(stat -c %Y "$sw_state/lock" 2>/dev/null) || sw_beat=$sw_clock
  sw_age=$((sw_clock - sw_beat))
  sw_holder=$(printf '%s' "$sw_held" | sed -n 's/.*"run":"\\([^"]*\\)".*/\\1/p')
  sw_lease=$(printf '%s' "$sw_held" | sed -n 's/.*"lease":\\([0-9]*\\).*/\\1/p')
  sw_oldtoken=$(printf '%s' "$sw_held" | sed -n 's/.*"token":\\([0-9]*\\).*/\\1/p')
  sw_expired=0
  if [ "$sw_age" -gt "\${sw_lease:-60}" ] || [ "$sw_oldtoken" = "$sw_dead" ]; then sw_expired=1; fi
  sw_changed=0
  if [ -n "$sw_holder" ] && grep -q intent "$sw_state/runs/$sw_holder/journal.jsonl" 2>/dev/null; then sw_changed=1; fi
  if [ "$sw_expired" = 1 ] && { [ "$sw_changed" = 0 ] || [ ${options.recover ? 1 : 0} = 1 ]; }; then
    # Of several that find the same dead lock, the one whose link succeeds takes it; a claim left by a crash ages out.
    sw_claim=$sw_state/lock.claim-\${sw_oldtoken:-0}
    if [ -e "$sw_claim" ] && [ $((sw_clock - $(stat -c %Y "$sw_claim"))) -gt "\${sw_lease:-60}" ]; then rm -f "$sw_claim"; fi
    if ln "$sw_state/lock.$sw_nonce" "$sw_claim" 2>/dev/null; then
      # Under the claim, look again: somebody may have taken over and given up the claim since the first look.
      if [ "$(cat "$sw_state/lock" 2>/dev/null)" = "$sw_held" ]; then
        [ "\${sw_oldtoken:-0}" -ge "$sw_next" ] && sw_next=$((sw_oldtoken + 1))
        sw_put "$sw_next" && mv -f "$sw_state/lock.$sw_nonce" "$sw_state/lock" && sw_take "$sw_next"
        rm -f "$sw_claim"
        return
      fi
      rm -f "$sw_claim"
    fi
  fi
  rm -f "$sw_state/lock.$sw_nonce"
  sw_answer held-age "$sw_age"; sw_answer held-expired "$sw_expired"; sw_answer held-changed "$sw_changed"; sw_answer held "$sw_held"
}
sw_take() {
  sw_got=1
  rm -f "$sw_state/lock.$sw_nonce"
  # Before the reserve, which may take the last room. Not written, the number is used again, by a run of another name.
  { printf '%s\\n' "$1" >"$sw_state/token.$sw_nonce" && mv -f "$sw_state/token.$sw_nonce" "$sw_state/token"; } 2>/dev/null ||
    rm -f "$sw_state/token.$sw_nonce"
  [ -s "$sw_state/reserve" ] || dd if=/dev/zero of="$sw_state/reserve" bs=65536 count=8 2>/dev/null || :
  sw_answer granted "$1"
}
sw_acquire
`
}

/** The owner's part of the lock, as text: it tells one attempt from every other, of the same run too. "run" must come
 *  first and "token" behind it: the fence in prelude.ts compares the text. */
function recordOf(owner: Owner): string {
  const { run, ...rest } = owner
  return JSON.stringify({ run, ...rest, token: 0 }).replace('"token":0}', '')
}

/** Reads the answers of acquireScript. No answer at all is a failure, never a grant. */
export function parseLockAnswer(answers: ReadonlyMap<string, string>): LockAnswer {
  const granted = answers.get('granted')
  if (granted !== undefined && /^\d+$/.test(granted)) return { kind: 'granted', token: Number(granted) }
  const frozen = answers.get('frozen')
  if (frozen !== undefined) {
    const until = new Date(Number(answers.get('frozen-until')) * 1000)
    return { kind: 'frozen', reason: frozen, by: answers.get('frozen-by') ?? '', until: isoSeconds(until) }
  }
  const held = answers.get('held')
  if (held !== undefined) {
    return {
      kind: 'held',
      owner: parseOwner(held),
      ageSeconds: Number(answers.get('held-age') ?? 0),
      expired: answers.get('held-expired') === '1',
      changed: answers.get('held-changed') === '1',
    }
  }
  return { kind: 'failed', why: answers.get('failed') ?? 'the host gave no answer about the lock' }
}

export function parseOwner(content: string): Partial<Holder> {
  try {
    const value: unknown = JSON.parse(content)
    return typeof value === 'object' && value !== null ? (value as Partial<Holder>) : {}
  } catch {
    return {}
  }
}

/** Keeps the lease alive, only while it is ours. */
export function heartbeatScript(root: string, run: string, token: number): string {
  const lock = quote(`${root}/.stellwerk/lock`)
  return `case "$(cat ${lock} 2>/dev/null)" in *${quote(`"run":"${run}"`)}*${quote(`"token":${token},`)}*) touch -c ${lock} ;; esac\n`
}

/** Gives the lock back, only while it is the one that this run got with this token. */
export function giveBackScript(root: string, run: string, token: number): string {
  const lock = quote(`${root}/.stellwerk/lock`)
  return `case "$(cat ${lock} 2>/dev/null)" in *${quote(`"run":"${run}"`)}*${quote(`"token":${token},`)}*) rm -f ${lock} ;; esac\n`
}

/** Gives the lock back, only when it is this owner's: a later attempt of the same run is somebody else. */
export function releaseScript(root: string, owner: Owner): string {
  const lock = quote(`${root}/.stellwerk/lock`)
  return `case "$(cat ${lock} 2>/dev/null)" in ${quote(recordOf(owner))}*) rm -f ${lock} ;; esac\n`
}

/** Asks a script of the run to end, one that runs or one that is on its way: its command gets TERM, its next step does not
 *  begin. */
export function abortScript(root: string, run: string): string {
  const directory = quote(`${root}/.stellwerk/runs/${run}`)
  return `mkdir -p ${directory} && : >${directory}/abort\n`
}
