// A freeze: deploys and rollbacks are refused until a time, with a reason. Not a lock: nobody holds it, and `recover` may
// still bring a dead run to its end.
import { quote } from '../core/shell.ts'

export interface Freeze {
  readonly until: Date
  readonly by: string
  readonly reason: string
}

/** Three lines that lease.ts reads: seconds since 1970, who, why. */
export function freezeScript(root: string, freeze: Freeze): string {
  const file = `${root}/.stellwerk/freeze`
  const line = (value: string) => quote(value.replace(/\s+/g, ' '))
  const lines = [String(Math.floor(freeze.until.getTime() / 1000)), freeze.by, freeze.reason]
    .map(line)
    .join(' ')
  return `set -eu\nmkdir -p ${quote(`${root}/.stellwerk`)}\nprintf '%s\\n' ${lines} >${quote(`${file}.new`)}\nmv -f ${quote(`${file}.new`)} ${quote(file)}\n`
}

export function unfreezeScript(root: string): string {
  return `rm -f ${quote(`${root}/.stellwerk/freeze`)}\n`
}
