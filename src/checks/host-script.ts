// Several questions to one host in one session: the script, and how its answers are told apart. sh + coreutils, BusyBox ok.
import { quote } from '../core/shell.ts'

/** What a piece said, by key; `ended` is false when the session was over before the piece was. */
export interface Said {
  readonly values: Readonly<Record<string, string>>
  readonly ended: boolean
}

/** A fragment is one question; in it `sw_tell KEY` passes standard input on, `sw_say KEY VALUE` one word, and `sw_run` runs
 *  a command. `nonce` is random, so that no program's output can pass for a mark. */
export function composeScript(fragments: readonly string[], nonce: string): string {
  const bodies = fragments.map(
    (fragment, index) => `sw_index=${index}\n(\n${fragment}\n) </dev/null\nsw_mark ${index} end\n`,
  )
  return `${library(nonce, keptBytes(fragments.length))}${bodies.join('')}`
}

/** Standard output of a session is kept up to 1 MiB: every piece gets its share, or the first would be lost. */
function keptBytes(pieces: number): number {
  return Math.min(65_536, Math.floor(450_000 / Math.max(1, pieces)))
}

// A command's output goes through files and not through a pipe: a child it leaves behind would hold the pipe open. In a
// session of its own a time-out ends its children too, also where `timeout` ends only the first process (BusyBox).
const library = (nonce: string, kept: number) => `set -u
umask 077
sw_mark() { printf '\\n\\001%s %s %s %s\\n' ${quote(nonce)} "$1" "$2" "\${3-}"; }
sw_index=0
sw_say() { sw_mark "$sw_index" "$1" "$2"; }
sw_tell() { sw_mark "$sw_index" "$1"; cat; }
sw_dir=$(mktemp -d "\${TMPDIR:-/tmp}/stellwerk.XXXXXX" 2>/dev/null) || sw_dir=
trap '[ -z "$sw_dir" ] || rm -rf "$sw_dir"' EXIT
trap 'exit 143' HUP INT TERM
sw_session=
if command -v setsid >/dev/null 2>&1; then sw_session=setsid; fi
sw_limited='if [ -n "$sw_session" ]; then trap '\\''trap "" TERM; kill -TERM 0; sleep 1; kill -KILL 0'\\'' TERM; fi
"$@" >"$sw_dir/out" 2>"$sw_dir/err" </dev/null &
wait $!
echo $? >"$sw_dir/code"'
# sw_run SECONDS WORDS...: runs the words, then tells out, err, exit (empty: did not end in time) and, when out lost its beginning, cut.
sw_run() {
  [ -n "$sw_dir" ] || { sw_say missing mktemp; return; }
  command -v timeout >/dev/null 2>&1 || { sw_say missing timeout; return; }
  rm -f "$sw_dir/code"
  : >"$sw_dir/out"
  : >"$sw_dir/err"
  sw_seconds=$1
  shift
  export sw_dir sw_session
  $sw_session timeout -k 3 "$sw_seconds" sh -c "$sw_limited" sw "$@" </dev/null >/dev/null 2>&1 &
  sw_pid=$!
  # Its own session does not hear what ends this one.
  trap 'kill -TERM "$sw_pid" 2>/dev/null; exit 143' HUP INT TERM
  wait "$sw_pid"
  [ "$(wc -c <"$sw_dir/out")" -le ${kept} ] || sw_say cut yes
  tail -c ${kept} "$sw_dir/out" | sw_tell out
  tail -c 4096 "$sw_dir/err" | sw_tell err
  sw_say exit "$(cat "$sw_dir/code" 2>/dev/null)"
}
`

/** Sorts a session's standard output by piece. */
export function readAnswers(stdout: string, nonce: string, count: number): readonly Said[] {
  const said = Array.from({ length: count }, () => ({ values: {} as Record<string, string>, ended: false }))
  const marks = stdout.split(`\n\u0001${nonce} `).slice(1)
  for (const mark of marks) {
    const end = mark.indexOf('\n')
    const [index = '', key = '', ...words] = (end < 0 ? mark : mark.slice(0, end)).split(' ')
    const piece = said[Number(index)]
    if (!piece) continue
    if (key === 'end') piece.ended = true
    const inline = words.join(' ')
    piece.values[key] = inline === '' && end >= 0 ? mark.slice(end + 1) : inline
  }
  return said
}

/** Whole seconds, because BusyBox knows no others; at least one. */
export function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}
