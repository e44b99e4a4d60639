// Compressing and encrypting on the host, with sh alone. A pipe of a POSIX shell forgets every exit code but the last, which is
// how empty dumps come to look green; here each stage has a named pipe and is waited for.
import { quote } from '../core/shell.ts'

export interface Packing {
  readonly compression: 'zstd' | 'gzip' | 'none'
  /** age public keys; none: not encrypted. */
  readonly recipients: readonly string[]
}

/** Endings that packing adds to a file name, such as `.zst.age`. */
export function packedEnding({ compression, recipients }: Packing): string {
  const first = compression === 'zstd' ? '.zst' : compression === 'gzip' ? '.gz' : ''
  return recipients.length > 0 ? `${first}.age` : first
}

/** Programs the packing needs on the host. */
export function packingTools({ compression, recipients }: Packing): readonly string[] {
  return [...(compression === 'none' ? [] : [compression]), ...(recipients.length > 0 ? ['age'] : [])]
}

/** Defines
 *    sw_packed OUT          prints OUT with the endings of this packing
 *    sw_pack OUT COMMAND... runs COMMAND (a function or words) and packs its standard output into `sw_packed OUT`, mode 0600,
 *                           fsynced. Every stage is waited for; one that fails ends the step with
 *                           `sw_problem stage NAME CODE TEXT`, and nothing stays of OUT. NAME: source, compress, write.
 *    sw_unpack FILE COMMAND...  runs COMMAND with the unpacked content of FILE as its standard input; the packing is told by
 *                           the endings of FILE. Returns COMMAND's exit code when unpacking went well; otherwise ends the
 *                           step with `sw_problem stage NAME CODE TEXT`. NAME: decrypt, decompress. The private key for `.age` is the file "$sw_identity".
 *    sw_sha256 FILE         prints the SHA-256 of FILE.
 *  COMMAND runs in a subshell with `set -eu`: variables it sets are lost, and what it reports with sw_problem stands. Call both
 *  as plain commands: inside a condition bash forgets `set -e` in COMMAND. What COMMAND did before sw_unpack ended the step is
 *  half of something: take it back in a trap.
 *  Both need $sw_tmp, sw_fsync and sw_problem: see `fragmentLibrary` of engine/prelude.ts. */
export function streamLibrary(packing: Packing): string {
  const { compression, recipients } = packing
  const compress =
    compression === 'zstd' ? 'zstd -q -T0 -3 --check -c' : compression === 'gzip' ? 'gzip -6 -c' : 'cat'
  const encrypt = `age ${recipients.map(key => `-r ${quote(key)}`).join(' ')}`
  return `sw_packed() { printf '%s%s' "$1" ${quote(packedEnding(packing))}; }
# OpenSSL, where there is one, uses the processor's own instructions: four times as fast as coreutils.
sw_sha256() {
  sw_hash=$(openssl dgst -sha256 -r <"$1" 2>/dev/null) || sw_hash=
  sw_hash=\${sw_hash%% *}
  if [ "\${#sw_hash}" != 64 ]; then
    sw_hash=$(sha256sum <"$1") || return 1
    sw_hash=\${sw_hash%% *}
  fi
  printf '%s' "$sw_hash"
}
# NAME CODE: what a failed stage said goes into the report, unless COMMAND reported better words itself.
sw_stage() {
  if [ -s "$sw_tmp/report" ]; then exit 1; fi
  sw_problem stage "$1" "$2" "$(tail -c 600 "$sw_tmp/stage.$1" 2>/dev/null)"
}
# NAME PIPE...: a stage whose pipes cannot be made must not be waited for.
sw_pipes() {
  sw_stage=$1
  shift
  { rm -f "$@" && mkfifo "$@"; } 2>"$sw_tmp/stage.$sw_stage" || sw_stage "$sw_stage" 1
}
sw_pack() {
  sw_out=$1
  shift
  sw_file=$(sw_packed "$sw_out")
  sw_pipes write "$sw_tmp/pipe.1" "$sw_tmp/pipe.2"
  # Removed first: a file that is there would keep its mode.
  (rm -f "$sw_file" && umask 077 && : >"$sw_file") 2>"$sw_tmp/stage.write" || sw_stage write 1
  ${compress} <"$sw_tmp/pipe.1" >"$sw_tmp/pipe.2" 2>"$sw_tmp/stage.compress" &
  sw_two=$!
  ${recipients.length > 0 ? encrypt : 'cat'} <"$sw_tmp/pipe.2" >"$sw_file" 2>"$sw_tmp/stage.write" &
  sw_three=$!
  # In the background too: a broken pipe or an exit in COMMAND then ends that alone.
  (set -eu; "$@") >"$sw_tmp/pipe.1" 2>"$sw_tmp/stage.source" &
  sw_one=$!
  sw_rc1=0
  wait "$sw_one" || sw_rc1=$?
  sw_rc2=0
  wait "$sw_two" || sw_rc2=$?
  sw_rc3=0
  wait "$sw_three" || sw_rc3=$?
  # The last stage first: one that ends early breaks the pipe of those before it.
  if [ "$sw_rc3" != 0 ]; then rm -f "$sw_file"; sw_stage write "$sw_rc3"; fi
  if [ "$sw_rc2" != 0 ]; then rm -f "$sw_file"; sw_stage compress "$sw_rc2"; fi
  if [ "$sw_rc1" != 0 ]; then rm -f "$sw_file"; sw_stage source "$sw_rc1"; fi
  sw_fsync "$sw_file"
}
sw_unpack() {
  sw_file=$1
  shift
  sw_pipes decrypt "$sw_tmp/pipe.3" "$sw_tmp/pipe.4"
  sw_plain=\${sw_file%.age}
  sw_key=\${sw_identity:-/nonexistent/identity}
  case $sw_file in
  *.age) age -d -i "$sw_key" "$sw_file" >"$sw_tmp/pipe.3" 2>"$sw_tmp/stage.decrypt" & ;;
  *) cat "$sw_file" >"$sw_tmp/pipe.3" 2>"$sw_tmp/stage.decrypt" & ;;
  esac
  sw_one=$!
  case $sw_plain in
  *.zst) zstd -q -d -c <"$sw_tmp/pipe.3" >"$sw_tmp/pipe.4" 2>"$sw_tmp/stage.decompress" & ;;
  *.gz) gzip -d -c <"$sw_tmp/pipe.3" >"$sw_tmp/pipe.4" 2>"$sw_tmp/stage.decompress" & ;;
  *) cat <"$sw_tmp/pipe.3" >"$sw_tmp/pipe.4" 2>"$sw_tmp/stage.decompress" & ;;
  esac
  sw_two=$!
  (set -eu; "$@") <"$sw_tmp/pipe.4" &
  sw_three=$!
  sw_rc3=0
  wait "$sw_three" || sw_rc3=$?
  sw_rc2=0
  wait "$sw_two" || sw_rc2=$?
  sw_rc1=0
  wait "$sw_one" || sw_rc1=$?
  # 141 is how a stage meets one behind it that gave up: then that one's code tells, and a reader that claims success is not believed.
  case $sw_rc1 in 0 | 141) ;; *) sw_stage decrypt "$sw_rc1" ;; esac
  case $sw_rc2:$sw_rc3 in 0:* | 141:[!0]*) ;; *) sw_stage decompress "$sw_rc2" ;; esac
  case $sw_rc1:$sw_rc2 in 141:0) sw_stage decrypt 141 ;; esac
  return "$sw_rc3"
}
`
}
