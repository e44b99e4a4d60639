// sh scripts that put timers into systemd or lines into a crontab of this machine, and take them away again.
import { quote } from '../core/shell.ts'
import type { UnitFile } from './timers.ts'

export interface UnitsPlace {
  readonly app: string
  readonly environment: string
  /** Of the person instead of the system. */
  readonly user: boolean
}

/** Units of entries that are gone are removed; with no units at all, every one. Prints `enabled` or `written`. */
export function unitsScript({ app, environment, user }: UnitsPlace, units: readonly UnitFile[]): string {
  const directory = user ? '"${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user"' : '/etc/systemd/system'
  const systemctl = user ? 'systemctl --user' : 'systemctl'
  const ours = `stellwerk-backup-${app}_${environment}_`
  const timers = units.flatMap(({ name }) => (name.endsWith('.timer') ? [name] : []))
  return `set -eu
umask 022
dir=${directory}
runs=no
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then runs=yes; fi
${units.length === 0 ? '[ -d "$dir" ] || exit 0' : 'mkdir -p "$dir"'}
for file in "$dir"/${quote(ours)}*; do
  [ -e "$file" ] || continue
  name=\${file##*/}
  case " ${units.map(({ name }) => name).join(' ')} " in *" $name "*) continue ;; esac
  case $name in *.timer) [ "$runs" = no ] || ${systemctl} disable --now --quiet "$name" ;; esac
  rm -f "$file"
done
${units
  .map(
    ({ name, content }) =>
      `printf %s ${quote(content)} >"$dir"/${quote(`.${name}`)}\nmv "$dir"/${quote(`.${name}`)} "$dir"/${quote(name)}\n`,
  )
  .join('')}if [ "$runs" = no ]; then echo written; exit 0; fi
${systemctl} daemon-reload
${timers.length === 0 ? '' : `${systemctl} enable --quiet ${timers.map(quote).join(' ')}\n${systemctl} restart ${timers.map(quote).join(' ')}\n`}echo enabled
`
}

export const runsSystemd = '[ -d /run/systemd/system ]\n'

/** Prints what is there; the exit code is 0 without a crontab as well, and another when nobody can tell. */
export const readCrontab = `said=$(crontab -l 2>&1 >/dev/null) && { crontab -l; exit; }
case $said in *[Nn]"o crontab"*) exit 0 ;; esac
printf '%s\\n' "$said" >&2
exit 1
`

export function writeCrontab(content: string): string {
  return `printf %s ${quote(content)} | crontab -\n`
}
