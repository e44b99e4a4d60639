// Pieces of sh that several backup steps share, and the words for what they tell.
import { type Text, text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import { fragmentLibrary } from '../../engine/prelude.ts'
import { failedMark } from '../spool.ts'

const delimiter = 'STELLWERK_BODY'

/** Runs `body` in a process group of its own, so that an abort or the time-out ends every program it started. Its reports are the
 *  step's reports; a time-out reports `timeout SECONDS`. */
export function bounded(body: string, timeoutMs: number): string {
  if (body.includes(delimiter)) throw new Error('a body cannot contain its own delimiter')
  const seconds = Math.max(1, Math.floor(timeoutMs / 1000))
  return `cat >"$sw_tmp/bounded" <<'${delimiter}' || exit 1
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
 *  variable with seconds since 1970. Needs `streamLibrary`. */
export function partText(out: string, file: string): string {
  return `${sizeText(out, file)}
sw_data bytes "$((sw_size))"`
}

/** The same of a file that goes with a part. */
export function sizeText(out: string, file: string): string {
  return `sw_sum=$(sw_sha256 ${quote(file)}) || sw_problem unreadable ${quote(file)}
sw_size=$(wc -c <${quote(file)}) || sw_problem unreadable ${quote(file)}
printf 'bytes\\t%s\\nsha256\\t%s\\nseconds\\t%s\\nend\\n' "$((sw_size))" "$sw_sum" "$(($(date +%s) - sw_began))" | sw_write ${quote(`${out}.part`)}`
}

/** A store that fails leaves the others worth keeping: what it said lies in its mark, for steps/complete.ts to say again. An abort ends the
 *  run, and so does a mark that cannot be written. */
export function failingLater(out: string, body: string): string {
  return `sw_rc=0
(
${body}
) || sw_rc=$?
if [ "$sw_rc" != 0 ]; then
  [ ! -e "$sw_abort" ] || exit "$sw_rc"
  [ -s "$sw_tmp/report" ] || printf 'ended\\n%s\\n' "$sw_rc" >"$sw_tmp/report"
  sw_write ${quote(failedMark(out))} <"$sw_tmp/report" || exit "$sw_rc"
  : >"$sw_tmp/report"
  sw_data failed yes
fi`
}

/** What a step says whose store failed while others go on. */
export const failedLater = text(
  'failed; the other stores are saved first',
  'gescheitert; die anderen Daten werden erst gesichert',
)

/** A step of a set that turned out not to be needed does nothing. */
export function unlessSkipped(spool: string, body: string): string {
  return `if [ -e ${quote(`${spool}/skip`)} ]; then sw_data skipped yes; else
${body}
fi`
}

/** Whether a store was dealt with: saved, not needed, or put down as failed. */
export function wasDone(spool: string, out: string): string {
  return `if [ -s ${quote(`${out}.part`)} ] || [ -e ${quote(`${spool}/skip`)} ] || [ -s ${quote(failedMark(out))} ]; then echo done; else echo undone; fi`
}

/** What a step of a set that was not needed has to say. */
export const notNeeded = text('nothing is pending, no set is needed', 'nichts steht an, kein Satz ist nötig')

export function joined(texts: readonly Text[]): Text {
  return text(texts.map(({ en }) => en).join(', '), texts.map(({ de }) => de).join(', '))
}
