// systemctl for fragments: sh functions with the prefix sd_. Needs processLibrary for waiting and listening.
import { quote } from '../../core/shell.ts'
import { processLibrary } from '../process/library.ts'

/** Which unit, and how its manager is reached. */
export interface UnitPlace {
  readonly unit: string
  readonly scope: 'system' | 'user'
  /** Through sudo -n. */
  readonly sudo: boolean
}

export function systemctlLibrary(place: UnitPlace, runDirectory: string): string {
  const user = place.scope === 'user'
  return `${processLibrary}
sd_unit=${quote(place.unit)}
sd_sudo=${place.sudo && !user ? quote('sudo -n') : ''}
sd_flag=${user ? '--user' : '--system'}
sd_note=${quote(`${runDirectory}/${place.unit}`)}
sd_directory=${user ? '"${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user"' : '/etc/systemd/system'}
${user ? 'XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}; export XDG_RUNTIME_DIR' : ':'}
sd() { $sd_sudo systemctl $sd_flag --no-pager "$@"; }
sd_check() {
  command -v systemctl >/dev/null 2>&1 || sw_problem no-systemd 'systemctl is not installed'
  sd_out=$(systemctl $sd_flag show -p Version 2>&1) || sw_problem no-systemd "$sd_out"
}
# sd_look: sets sd_load, sd_active, sd_sub, sd_pid, sd_result, sd_call (a new one for each start).
sd_look() {
  sd_load= sd_active= sd_sub= sd_pid=0 sd_result= sd_call=
  sd_out=$(systemctl $sd_flag show -p LoadState -p ActiveState -p SubState -p MainPID -p Result -p InvocationID "$sd_unit" 2>/dev/null) || return 0
  while IFS= read -r sd_line; do
    case $sd_line in
    LoadState=*) sd_load=\${sd_line#*=} ;;
    ActiveState=*) sd_active=\${sd_line#*=} ;;
    SubState=*) sd_sub=\${sd_line#*=} ;;
    MainPID=*) sd_pid=\${sd_line#*=} ;;
    Result=*) sd_result=\${sd_line#*=} ;;
    InvocationID=*) sd_call=\${sd_line#*=} ;;
    esac
  done <<STELLWERK_SHOW
$sd_out
STELLWERK_SHOW
}
# No --system for the journal: it would hide what a unit with User= has written.
sd_log() { $sd_sudo journalctl ${user ? '--user' : ''} --unit "$sd_unit" -n 20 --no-pager -o cat 2>/dev/null | cut -c 1-400; }
# sd_fail KEY ARG... : reports with the last lines of the journal.
sd_fail() {
  sd_lines=$(sd_log || :)
  set -f
  IFS='
'
  sw_problem "$@" $sd_lines
}
# sd_refused WORD OUTPUT
sd_refused() {
  set -f
  IFS='
'
  sw_problem refused "$1" $2
}
`
}
