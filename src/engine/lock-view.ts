// Who holds the lock of a host, and whether deploys are frozen: read-only, for status.
import { isoSeconds } from '../core/iso-time.ts'
import { quote } from '../core/shell.ts'
import { parseOwner } from './lease.ts'

export interface LockView {
  /** Content of the lock file. */
  readonly holder?: string
  readonly ageSeconds?: number
  /** The lease has run out. */
  readonly dead: boolean
  readonly frozen?: { readonly until: string; readonly by: string; readonly reason: string }
}

/** Prints `lock.<key> <value>` lines. */
export function lockScript(root: string): string {
  const state = quote(`${root}/.stellwerk`)
  return `if [ -e ${state}/lock ]; then
  echo "lock.holder $(cat ${state}/lock)"
  echo "lock.age $(($(date +%s) - $(stat -c %Y ${state}/lock)))"
fi
if [ -s ${state}/freeze ]; then
  { IFS= read -r sw_until; IFS= read -r sw_by; IFS= read -r sw_why; } <${state}/freeze
  if [ "$sw_until" -gt "$(date +%s)" ] 2>/dev/null; then
    echo "lock.until $sw_until"; echo "lock.by $sw_by"; echo "lock.reason $sw_why"
  fi
fi
`
}

export function parseLockView(output: string): LockView {
  const value = (key: string) =>
    output
      .split('\n')
      .find(line => line.startsWith(`lock.${key} `))
      ?.slice(key.length + 6)
  const holder = value('holder')
  const ageSeconds = Number(value('age') ?? 0)
  const until = value('until')
  return {
    dead: holder !== undefined && ageSeconds > (parseOwner(holder).lease ?? 60),
    ...(holder === undefined ? {} : { holder, ageSeconds }),
    ...(until === undefined
      ? {}
      : {
          frozen: {
            until: isoSeconds(new Date(Number(until) * 1000)),
            by: value('by') ?? '',
            reason: value('reason') ?? '',
          },
        }),
  }
}
