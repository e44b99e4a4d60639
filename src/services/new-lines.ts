// What a service has written since a moment: the script of a log check. It finds in its environment sw_since (seconds since 1970, or
// nothing for all there is) and sw_switch (yes: that moment is the switch). It ends with 3 when nothing was ever written and with 4 when
// it cannot tell since when.
import type { Service, SystemdService } from '../config/schema/service.ts'
import { quote } from '../core/shell.ts'
import { lookAt } from './compose/facts.ts'
import { type AppPlace, unitName } from './unit-name.ts'

export interface NewLines {
  readonly script: string
  /** Whether it heeds any moment; otherwise only the switch, and lines must tell their time themselves. */
  readonly cuts: boolean
}

/** undefined: the service has a log that only its own commands know. */
export function newLines(name: string, service: Service, place: AppPlace): NewLines | undefined {
  switch (service.kind) {
    case 'command':
      return undefined
    case 'systemd':
      return { script: ofJournal(unitName(name, service, place), service), cuts: true }
    case 'compose':
      return {
        script: `${lookAt(name, service, place)}
if [ -z "$sc_all" ]; then exit 3; fi
sc_scan
set -- \${sc_live:-$sc_ids}
if [ "$#" = 0 ]; then exit 3; fi
for sc_i do sc logs \${sw_since:+--since "$sw_since"} "$sc_i" 2>&1 || exit 5; done
`,
        cuts: true,
      }
    case 'process':
      return { script: ofProcess(`${place.root}/.stellwerk/services/${name}`), cuts: false }
  }
}

// journalctl ends with 0 and an empty answer also when this user may not read the journal: that is said on standard error.
function ofJournal(unit: string, { scope, sudo }: SystemdService): string {
  const user = scope === 'user'
  const session = user
    ? `XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}; export XDG_RUNTIME_DIR\n`
    : ''
  const call = `${sudo && !user ? 'sudo -n ' : ''}journalctl ${user ? '--user ' : ''}--unit ${quote(unit)}`
  return `${session}t=$(mktemp -d) || exit 5
trap 'rm -rf "$t"' EXIT
trap 'exit 143' HUP INT TERM
command -v journalctl >/dev/null 2>&1 || { echo 'no journalctl' >&2; exit 5; }
said=$(${call} \${sw_since:+--since "@$sw_since"} -o cat --no-pager 2>&1 >"$t/lines") || { printf '%s\\n' "$said" >&2; exit 5; }
# A unit that ever ran has at least the line of its start; without any, this is not where it writes, or not for these eyes.
[ -s "$t/lines" ] || [ -n "$(${call} -n 1 -o cat --no-pager 2>/dev/null)" ] || exit 3
case $said in *ermission* | *'not seeing'* | *'No journal'*) printf '%s\\n' "$said" >&2; exit 5 ;; esac
sed '/^-- No entries --$/d; /^-- Boot [0-9a-f]* --$/d' "$t/lines"
`
}

// The start of a process writes down how long the log was: its lines need no time of their own.
function ofProcess(directory: string): string {
  return `cd ${quote(directory)} 2>/dev/null || exit 3
set --
for f in [01]/log/current.log; do if [ -e "$f" ]; then set -- "$@" "$f"; fi; done
if [ "$#" = 0 ]; then exit 3; fi
if [ "$sw_switch" != yes ]; then
  for f do
    n=0
    while [ -e "$f.$((n + 1))" ] && { [ -z "$sw_since" ] || [ "$(stat -c %Y "$f.$((n + 1))")" -ge "$sw_since" ]; }; do n=$((n + 1)); done
    while [ "$n" -gt 0 ]; do cat "$f.$n"; n=$((n - 1)); done
    cat "$f"
  done
  exit
fi
new=
for b in [01]/began; do
  [ -e "$b" ] || continue
  if [ -z "$new" ] || [ "$(stat -c %Y "$b")" -ge "$(stat -c %Y "$new")" ]; then new=$b; fi
done
if [ -z "$new" ]; then exit 4; fi
log=\${new%began}log/current.log
read -r from <"$new"
# Rotated since: the oldest file written to since then holds the place, those behind it are new as a whole.
n=0
while [ -e "$log.$((n + 1))" ] && [ "$log.$((n + 1))" -nt "$new" ]; do n=$((n + 1)); done
f=$log
if [ "$n" -gt 0 ]; then f=$log.$n; fi
tail -c "+$((from + 1))" "$f"
while [ "$n" -gt 1 ]; do n=$((n - 1)); cat "$log.$n"; done
if [ "$f" != "$log" ]; then cat "$log"; fi
`
}
