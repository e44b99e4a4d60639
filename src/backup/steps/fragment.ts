// Pieces of sh that several backup steps share, and the words for what they tell.
import { type Text, text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import { fragmentLibrary } from '../../engine/prelude.ts'

const delimiter = 'STELLWERK_BODY'

/** Runs `body` in a process group of its own, so that an abort or the time-out ends every program it started. Its reports are the
 *  step's reports; a time-out reports `timeout SECONDS`. */
export function bounded(body: string, timeoutMs: number): string {
  if (body.includes(delimiter)) throw new Error('a body cannot contain its own delimiter')
  const seconds = Math.max(1, Math.floor(timeoutMs / 1000))
  return `cat >"$sw_tmp/bounded" <<'${delimiter}'
LC_ALL=C; export LC_ALL
umask 077
${fragmentLibrary}
cd "$sw_root"
${body}
${delimiter}
export sw_tmp sw_root sw_run
sw_bounded ${seconds} "$sw_tmp/bounded" || { sw_rc=$?; [ "$sw_rc" != 124 ] || sw_problem timeout ${seconds}; exit "$sw_rc"; }`
}

/** Writes `<out>.part`: name, size, SHA-256 and duration of the packed file, tab-separated, whole or not at all. `began` is a shell
 *  variable with seconds since 1970. */
export function partText(out: string, file: string): string {
  return `${sizeText(out, file)}
sw_data bytes "$((sw_size))"`
}

/** The same of a file that goes with a part. */
export function sizeText(out: string, file: string): string {
  return `sw_sum=$(sha256sum ${quote(file)}) || sw_problem unreadable ${quote(file)}
sw_size=$(wc -c <${quote(file)}) || sw_problem unreadable ${quote(file)}
printf 'bytes\\t%s\\nsha256\\t%s\\nseconds\\t%s\\nend\\n' "$((sw_size))" "\${sw_sum%% *}" "$(($(date +%s) - sw_began))" | sw_write ${quote(`${out}.part`)}`
}

/** A step of a set that turned out not to be needed does nothing. */
export function unlessSkipped(spool: string, body: string): string {
  return `if [ -e ${quote(`${spool}/skip`)} ]; then sw_data skipped yes; else
${body}
fi`
}

/** What a step of a set that was not needed has to say. */
export const notNeeded = text('nothing is pending, no set is needed', 'nichts steht an, kein Satz ist nötig')

export function joined(texts: readonly Text[]): Text {
  return text(texts.map(({ en }) => en).join(', '), texts.map(({ de }) => de).join(', '))
}
