// The sh functions every remote script starts with. POSIX sh + coreutils; tested on dash, bash and BusyBox ash.
import { quote } from '../core/shell.ts'

export interface PreludeProps {
  readonly root: string
  readonly run: string
  /** Fencing token of the lease: a script whose token is no longer the lock's must not act. */
  readonly token: number
  /** Random per script, so that no program's output can pass for a frame. */
  readonly nonce: string
  /** Whether an abort request stops it: not an undo, and nothing after the commit. */
  readonly abortable: boolean
}

/** Variables and functions. A script that stops by itself before a step exits 95 (abort asked for), 96 (journal not
 *  writable), 97 (lock lost) or 98 (controller gone). Descriptor 3 is the way to the controller; a step's own output passes through tee, which
 *  keeps writing the log when the controller is gone, so that no command dies half-way of a closed pipe. */
export function prelude(props: PreludeProps): string {
  return `set -u
trap '' PIPE
umask 022
LC_ALL=C; export LC_ALL
exec 3>&1
sw_root=${quote(props.root)}
sw_run=${quote(props.run)}
sw_token=${Math.trunc(props.token)}
sw_nonce=${quote(props.nonce)}
${library}sw_abort=${props.abortable ? '$sw_rundir/abort' : '/nonexistent/abort'}
`
}

/** What a fragment may call and needs nothing but $sw_tmp: for a part of it that runs in a shell of its own. */
export const fragmentLibrary = `sw_now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
# One line, without the characters that frames and JSON lines are made of.
sw_flat() { printf '%s' "$1" | tr '\\n\\r\\t\\001"\\\\' "    '/"; }
sw_fsync() { dd if=/dev/null of="$1" conv=notrunc,fsync 2>/dev/null || sync; }
sw_write() {
  sw_w=$1.$$.tmp
  if cat >"$sw_w" && sw_fsync "$sw_w" && mv -f "$sw_w" "$1"; then return 0; fi
  rm -f "$sw_w"
  return 1
}
sw_data() { printf '%s %s\\n' "$1" "$(sw_flat "\${2-}")" >>"$sw_tmp/data" || :; }
sw_problem() {
  { printf '%s\\n' "$1"; shift; for sw_a in "$@"; do sw_flat "$sw_a"; echo; done; } >"$sw_tmp/report" || :
  exit 1
}
sw_nap() { sleep 0.1 2>/dev/null || sleep 1; }
sw_wait() {
  sw_until=$(($(date +%s) + $1))
  shift
  while ! "$@"; do
    [ "$(date +%s)" -lt "$sw_until" ] || return 1
    sw_nap
  done
}
`

const library = `${fragmentLibrary}sw_state=$sw_root/.stellwerk
sw_rundir=$sw_state/runs/$sw_run
sw_journal=$sw_rundir/journal.jsonl
sw_tmp=
sw_frame() { printf '\\001%s %s\\n' "$sw_nonce" "$*" >&3 2>/dev/null; }
sw_record() { printf '{"v":1,"at":"%s","token":%s,%s}\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$sw_token" "$1" >>"$sw_journal"; }
# The lock is ours only while it names our run and our token. Read by the shell itself: each step comes here.
sw_fence() {
  { IFS= read -r sw_held <"$sw_state/lock"; } 2>/dev/null || return 1
  case "$sw_held" in *"\\"run\\":\\"$sw_run\\","*"\\"token\\":$sw_token,"*) return 0 ;; esac
  return 1
}
# A user's command gets its own language back, and a process group of its own, so that a time-out or an abort ends its grandchildren too.
sw_bounded() {
  sw_limit=$1
  shift
  if command -v setsid >/dev/null 2>&1; then env -u LC_ALL setsid sh -eu "$@" </dev/null & else env -u LC_ALL sh -eu "$@" </dev/null & fi
  sw_pid=$!
  (
    trap - PIPE
    sw_end=$(($(date +%s) + sw_limit))
    while kill -0 "$sw_pid" 2>/dev/null; do
      if [ -e "$sw_abort" ]; then sw_why=abort; elif [ "$(date +%s)" -ge "$sw_end" ]; then sw_why=timeout; else sw_nap; continue; fi
      : >"$sw_tmp/$sw_why.$sw_pid"
      kill -TERM "-$sw_pid" 2>/dev/null || kill -TERM "$sw_pid" 2>/dev/null || exit 0
      sw_end=$(($(date +%s) + 3))
      while kill -0 "-$sw_pid" 2>/dev/null && [ "$(date +%s)" -lt "$sw_end" ]; do sw_nap; done
      kill -KILL "-$sw_pid" 2>/dev/null || kill -KILL "$sw_pid" 2>/dev/null
      exit 0
    done
  ) </dev/null >/dev/null 2>&1 &
  sw_dog=$!
  wait "$sw_pid" && sw_code=0 || sw_code=$?
  if [ -e "$sw_tmp/timeout.$sw_pid" ]; then
    wait "$sw_dog" || :
    sw_code=124
  elif [ -e "$sw_tmp/abort.$sw_pid" ]; then
    wait "$sw_dog" || :
    sw_code=143
  fi
  return "$sw_code"
}
sw_tee() { trap '' PIPE; exec tee -a "$sw_rundir/output.log" 2>/dev/null; }
# A run's directory is its owner's: what commands print may be private.
sw_begin() {
  sw_tmp=$(mktemp -d "\${TMPDIR:-/tmp}/stellwerk.$sw_run.XXXXXX") || { sw_frame stop tmp; exit 96; }
  trap 'rm -rf "$sw_tmp"' EXIT
  mkdir -p "$sw_rundir" && chmod 0700 "$sw_rundir" && printf '%s %s\\n' "$$" "$(cut -d' ' -f22 "/proc/$$/stat" 2>/dev/null)" >"$sw_rundir/script.pid" || :
}
sw_plan() {
  [ -s "$sw_rundir/plan.json" ] || { base64 -d | gzip -dc | sw_write "$sw_rundir/plan.json"; }
}
# sw_step INDEX ID PREFIX: PREFIX is '' or 'undo-'. The body is the function sw_body_INDEX. Must be called as a plain
# command: inside a condition the shell would ignore set -e in the body.
sw_step() {
  sw_fence || { sw_frame stop fenced; exit 97; }
  touch -c "$sw_state/lock"
  [ -e "$sw_abort" ] && { sw_frame stop abort; exit 95; }
  sw_frame begin "$1" || exit 98
  # An undo frees a full disk, so it acts even when the journal cannot take the line; it is safe to run again.
  if ! { sw_record "\\"type\\":\\"$3intent\\",\\"step\\":\\"$2\\"" && sw_fsync "$sw_journal"; } 2>/dev/null && [ -z "$3" ]; then
    sw_frame stop journal
    exit 96
  fi
  : >"$sw_tmp/data"
  : >"$sw_tmp/report"
  sw_rc=$({ { (trap - PIPE; set -eu; cd "$sw_root"; "sw_body_$1") 2>&1 3>&- 4>&-; echo $? >&4; } | sw_tee >&3 4>&-; } 4>&1)
  sw_json=
  while IFS= read -r sw_line; do
    sw_frame data "$1" "$sw_line"
    sw_json="$sw_json,\\"\${sw_line%% *}\\":\\"\${sw_line#* }\\""
  done <"$sw_tmp/data"
  while IFS= read -r sw_line; do sw_frame report "$1" "$sw_line"; done <"$sw_tmp/report"
  [ "$sw_rc" = 0 ] && sw_status=done || sw_status=failed
  sw_record "\\"type\\":\\"$3outcome\\",\\"step\\":\\"$2\\",\\"status\\":\\"$sw_status\\",\\"code\\":\${sw_rc:-255},\\"data\\":{\${sw_json#,}}" 2>/dev/null
  sw_frame end "$1" "\${sw_rc:-255}"
  if [ "$sw_status" = failed ]; then
    sw_fsync "$sw_journal"
    # Going back goes on: the step that gives users the old release must not wait for one that tidies up.
    [ -n "$3" ] || exit 1
  fi
}
# sw_close STATUS: the run is over on this host.
sw_close() {
  sw_record "\\"type\\":\\"end\\",\\"status\\":\\"$1\\"" 2>/dev/null
  sw_fsync "$sw_journal"
  rm -f "$sw_rundir/abort" "$sw_rundir/script.pid"
  if sw_fence; then rm -f "$sw_state/lock"; fi
  sw_frame closed "$1"
}
`
