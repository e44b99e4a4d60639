// How a signature is written down on a host: appended, never changed, and only while the run still waits.
import { quote } from '../core/shell.ts'
import { paths, type Signature } from './waiting.ts'

/** `v` must come first: the reader finds a record behind a torn line by it. */
function line(signature: Signature): string {
  const { v, ...rest } = signature
  return JSON.stringify({ v, ...rest })
}

/** Does nothing where the run does not wait (any more); what peopleScript says behind it is what counts. */
export function signScript(root: string, run: string, signature: Signature): string {
  const files = paths(root)
  return `if [ -e ${quote(files.waiting(run))} ]; then
${append(files.signatures(run), signature)}fi
`
}

export function signBeforeScript(root: string, signature: Signature): string {
  return `umask 022
mkdir -p ${quote(`${root}/.stellwerk`)} || exit 1
${append(paths(root).before, signature)}`
}

// One write of one line: two people at once do not mix. A torn line before it is closed first.
function append(file: string, signature: Signature): string {
  const target = quote(file)
  return `sw_nl=
[ ! -s ${target} ] || [ -z "$(tail -c 1 ${target})" ] || sw_nl='
'
printf '%s%s\\n' "$sw_nl" ${quote(line(signature))} >>${target} || exit 1
dd if=/dev/null of=${target} conv=notrunc,fsync 2>/dev/null || sync
`
}
