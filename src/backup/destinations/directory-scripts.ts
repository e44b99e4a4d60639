// What a directory does on its host, as POSIX sh. Every path here is absolute.
import { quote } from '../../core/shell.ts'

/** How a script says what it found; 1 is any other failure, explained on standard error. */
export const code = { missing: 44, incomplete: 45, differs: 46, unmounted: 47 } as const

const library = `set -u
LC_ALL=C; export LC_ALL
umask 077
sw_fsync() { dd if=/dev/null of="$1" conv=notrunc,fsync 2>/dev/null || sync; }
# Absent, as opposed to out of sight: no permission and a dead mount are failures.
sw_known() {
  sw_why=$(stat -L "$1" 2>&1 >/dev/null) && return 0
  case $sw_why in *': No such file or directory') exit ${code.missing} ;; esac
  printf '%s\\n' "$sw_why" >&2
  exit 1
}
sw_sum() { sw_s=$(sha256sum <"$1") && printf '%s' "\${sw_s%% *}"; }
`

/** Before a script: what is there of the path, or what is nearest to it, must be on another file system than `/`. */
export function mountedText(directory: string): string {
  return `sw_d=${quote(directory)}
while [ ! -e "$sw_d" ]; do sw_d=\${sw_d%/*}; [ -n "$sw_d" ] || sw_d=/; done
if ! sw_device=$(stat -L -c %d "$sw_d") || [ "$sw_device" = "$(stat -c %d /)" ]; then exit ${code.unmounted}; fi
`
}

/** A line an entry: mode in hex, bytes, seconds since 1970, name. Names that hold a newline are not ours. */
export function listScript(directory: string): string {
  return `${library}sw_known ${quote(directory)}
cd ${quote(directory)} || exit 1
find . ! -name . -prune ! -name '*[[:cntrl:]]*' -exec stat -c '%f %s %Y %n' {} +
`
}

/** From byte `from` on, to standard output. */
export function readScript(file: string, from: number): string {
  return `${library}sw_known ${quote(file)}
${from === 0 ? 'cat' : `tail -c +${from + 1}`} <${quote(file)}
`
}

/** How much of the file lies there, after making its directory; a partial that is too long is none. */
export function partialScript(partial: string, directory: string, bytes: number): string {
  return `${library}sw_part=${quote(partial)}
mkdir -p ${quote(directory)} || exit 1
[ -f "$sw_part" ] || { echo 0; exit 0; }
sw_bytes=$(wc -c <"$sw_part") || exit 1
if [ "$sw_bytes" -gt ${bytes} ]; then rm -f "$sw_part" || exit 1; sw_bytes=0; fi
echo "$sw_bytes"
`
}

export interface Arrival {
  readonly partial: string
  readonly file: string
  readonly directory: string
  readonly from: number
  readonly bytes: number
  readonly sha256: string
}

/** Takes the rest from standard input. Every byte goes to its own place, so that two that bring the same file do not mix it
 *  up; the slower one of them finds it done. */
export function writeScript({ partial, file, directory, from, bytes, sha256 }: Arrival): string {
  return `${library}sw_part=${quote(partial)}
sw_file=${quote(file)}
sw_taken() { [ ! -e "$sw_part" ] && [ -f "$sw_file" ] && [ "$(sw_sum "$sw_file")" = ${quote(sha256)} ]; }
if [ -d "$sw_file" ]; then echo 'a directory has this name' >&2; exit 1; fi
{ dd bs=1 seek=${from} count=0 conv=notrunc 2>/dev/null && cat; } 1<>"$sw_part" || exit 1
if sw_taken; then exit 0; fi
[ "$(wc -c <"$sw_part")" -eq ${bytes} ] || exit ${code.incomplete}
sw_fsync "$sw_part" || exit 1
if [ "$(sw_sum "$sw_part")" != ${quote(sha256)} ]; then
  if sw_taken; then exit 0; fi
  rm -f "$sw_part"
  exit ${code.differs}
fi
mv -f "$sw_part" "$sw_file" || { sw_taken && exit 0; exit 1; }
sync ${quote(directory)} 2>/dev/null || :
`
}

/** A line with the sum, a line with the size. */
export function hashScript(file: string): string {
  return `${library}sw_known ${quote(file)}
sw_sum ${quote(file)} || exit 1
echo
wc -c <${quote(file)}
`
}

export function removeScript(path: string): string {
  return `${library}rm -rf ${quote(path)}\n`
}

export function renameScript(from: string, to: string): string {
  return `${library}sw_known ${quote(from)}
if [ -d ${quote(to)} ]; then echo 'a directory has this name' >&2; exit 1; fi
mv -f ${quote(from)} ${quote(to)}
`
}

/** df of the directory, or of where it would be made. */
export function freeScript(directory: string): string {
  return `${library}sw_d=${quote(directory)}
while [ ! -d "$sw_d" ]; do sw_d=\${sw_d%/*}; [ -n "$sw_d" ] || sw_d=/; done
df -Pk "$sw_d"
`
}

/** A line for each partial file that was removed. */
export function sweepScript(directory: string, minutes: number): string {
  const old = minutes > 0 ? `-mmin +${minutes}` : ''
  return `${library}sw_known ${quote(directory)}
find ${quote(`${directory}/.`)} -type f -name '.part-????????????-*' ${old} -exec rm -f {} \\; -exec echo gone \\;
`
}
