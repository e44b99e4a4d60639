// Writes the generated unit, checked by systemd itself; undo puts back the file that was there.
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { unitByHand } from '../by-hand.ts'
import { systemdProblem } from './problems.ts'
import { systemctlLibrary, type UnitPlace } from './systemctl.ts'

export interface SystemdUnit extends Step, UnitPlace {
  readonly kind: 'systemd.unit'
  readonly service: string
  readonly content: string
  /** Names of secrets whose values go into `secretsFile`. */
  readonly secrets: readonly string[]
  readonly secretsFile: string
}

export const systemdUnit: HostKind<SystemdUnit> = {
  at: 'host',
  run: (step, { runDirectory }) => `${systemctlLibrary(step, runDirectory)}${putLibrary}
sd_check
${step.secrets.map(name => `[ -n "\${${name}+x}" ] || sw_problem no-secret ${name}`).join('\n')}
mkdir -p "$sd_note.new"
printf '%s' ${quote(step.content)} | sw_write "$sd_note.new/$sd_unit"
sd_verify
if [ ! -e "$sd_note.before" ] && [ ! -e "$sd_note.absent" ]; then
  if [ -e "$sd_directory/$sd_unit" ]; then sw_write "$sd_note.before" <"$sd_directory/$sd_unit"; else : >"$sd_note.absent"; fi
  systemctl $sd_flag is-enabled "$sd_unit" >"$sd_note.enabled" 2>/dev/null || :
fi
${secretsLines(step)}
if [ "$(cat "$sd_directory/$sd_unit" 2>/dev/null)" = "$(cat "$sd_note.new/$sd_unit")" ]; then
  sw_data unit unchanged
else
  sd_put "$sd_note.new/$sd_unit"
  sw_data unit written
fi
sd_out=$(sd daemon-reload 2>&1) || sd_refused daemon-reload "$sd_out"
sd_out=$(sd --quiet enable "$sd_unit" 2>&1) || sd_refused enable "$sd_out"
`,
  undo: (step, { runDirectory }) => `${systemctlLibrary(step, runDirectory)}${putLibrary}
sd_check
if [ -e "$sd_note.secrets" ] && [ -e ${quote(`${step.secretsFile}.before`)} ]; then mv -f ${quote(`${step.secretsFile}.before`)} ${quote(step.secretsFile)}; fi
if [ -e "$sd_note.before" ]; then
  if [ "$(cat "$sd_directory/$sd_unit" 2>/dev/null)" != "$(cat "$sd_note.before")" ]; then sd_put "$sd_note.before"; fi
  case "$(cat "$sd_note.enabled" 2>/dev/null)" in disabled) sd --quiet disable "$sd_unit" >/dev/null 2>&1 || : ;; esac
  sd daemon-reload
elif [ -e "$sd_note.absent" ] && [ -e "$sd_directory/$sd_unit" ]; then
  sd --quiet disable --now "$sd_unit" >/dev/null 2>&1 || :
  $sd_sudo rm -f "$sd_directory/$sd_unit"
  sd daemon-reload
  sd reset-failed "$sd_unit" >/dev/null 2>&1 || :
fi
`,
  inspect: (step, { runDirectory }) => `${systemctlLibrary(step, runDirectory)}
if ! systemctl $sd_flag show -p Version >/dev/null 2>&1; then echo unknown
elif [ "$(cat "$sd_directory/$sd_unit" 2>/dev/null)" = "$(printf '%s' ${quote(step.content)})" ] && [ "$(systemctl $sd_flag show -p NeedDaemonReload --value "$sd_unit")" = no ]; then echo done
else echo undone; fi
`,
  byHand: unitByHand,
  describe: step =>
    text(
      `write the unit ${step.unit} when it changed`,
      `die Unit ${step.unit} schreiben, wenn sie sich änderte`,
    ),
  explain: (step, report) => systemdProblem(step.service, step.unit, report),
  secrets: step => step.secrets,
}

const putLibrary = `sd_put() {
  [ -d "$sd_directory" ] || $sd_sudo mkdir -p "$sd_directory"
  sd_out=$({ $sd_sudo cp "$1" "$sd_directory/.$sd_unit.new" && $sd_sudo chmod 0644 "$sd_directory/.$sd_unit.new" && $sd_sudo mv -f "$sd_directory/.$sd_unit.new" "$sd_directory/$sd_unit"; } 2>&1) || sw_problem not-writable "$sd_out"
}
# Some faults are only warnings to systemd-analyze, with exit code 0; lines about other units are not ours.
sd_verify() {
  command -v systemd-analyze >/dev/null 2>&1 || sw_problem no-systemd 'systemd-analyze is not installed'
  sd_code=0
  sd_out=$(systemd-analyze $sd_flag --man=no verify "$sd_note.new/$sd_unit" 2>&1) || sd_code=$?
  sd_faults=$(printf '%s\\n' "$sd_out" | while IFS= read -r sd_line; do
    case $sd_line in "$sd_note.new/$sd_unit":* | "$sd_unit":*) printf '%s\\n' "\${sd_line#"$sd_note.new/"}" ;; esac
  done)
  if [ -z "$sd_faults" ] && [ "$sd_code" != 0 ]; then sd_faults=\${sd_out:-"systemd-analyze ended with code $sd_code"}; fi
  if [ -n "$sd_faults" ]; then
    set -f
    IFS='
'
    sw_problem invalid $sd_faults
  fi
}
`

// KEY='value' as systemd reads an EnvironmentFile; a single quote leaves the quotes for a moment.
function secretsLines(step: SystemdUnit): string {
  if (step.secrets.length === 0) return ':'
  const file = quote(step.secretsFile)
  return `sd_secret() {
  sd_rest=$2 sd_value=
  while :; do
    case $sd_rest in
    *\\'*) sd_value="$sd_value\${sd_rest%%\\'*}'\\"'\\"'" sd_rest=\${sd_rest#*\\'} ;;
    *) break ;;
    esac
  done
  printf "%s='%s'\\\\n" "$1" "$sd_value$sd_rest"
}
(
  umask 077
  mkdir -p "$(dirname ${file})"
  if [ ! -e "$sd_note.secrets" ]; then
    rm -f ${file}.before
    if [ -e ${file} ]; then cp -p ${file} ${file}.before; fi
    : >"$sd_note.secrets"
  fi
  { ${step.secrets.map(name => `sd_secret ${name} "$${name}"`).join('; ')}; } | sw_write ${file}
)`
}
