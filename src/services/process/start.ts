// The fragment that starts a process and waits until it listens. Safe to run again: what already runs is only waited for.
import { quote, words } from '../../core/shell.ts'
import { endLibrary } from './end.ts'
import { launchScript } from './launch.ts'
import { processLibrary, slotDirectory } from './library.ts'
import { blocksPerLook, rotateScript } from './rotate.ts'
import { hexPort, type ProcessSpec, seconds } from './spec.ts'
import { superviseScript } from './supervise.ts'

export interface StartOptions {
  /** Uses the launch file that the release left on the host, when there is one: an undo starts what ran before, not
   *  what the config says now. */
  readonly asBefore?: boolean
}

/** Reports: no-proc, no-release, no-secret, slot-busy, port-taken, survived, not-listening, died. Data: pid, port, ms. */
export function startFragment(spec: ProcessSpec, root: string, options: StartOptions = {}): string {
  const releases = quote(`${root}/releases`)
  const release = quote(spec.release)
  return `${processLibrary}${endLibrary}${functions(spec)}
sv_dir=${quote(slotDirectory(root, spec.service, spec.slot))}
[ -r /proc/net/tcp ] && [ -r "/proc/$$/stat" ] || sw_problem no-proc
[ -d ${releases}/${release} ] || sw_problem no-release ${release}
${spec.secrets.map(name => `[ -n "\${${name}+x}" ] || sw_problem no-secret ${name}`).join('\n')}
mkdir -p "$sv_dir/launch" "$sv_dir/log"
sv_look "$sv_dir"
case $sv_what in running | waiting) [ "$sv_release" = ${release} ] || sw_problem slot-busy "$sv_release" "\${sv_pid:-$sv_sup}" ;; esac
if [ "$sv_what" = waiting ]; then sv_end "$sv_dir" TERM 5 || sw_problem survived "$sv_left"; fi
sv_before=$({ wc -c <"$sv_dir/log/current.log"; } 2>/dev/null || echo 0)
sv_began=$(sv_ticks)
if [ "$sv_what" != running ]; then
  ${portCheck(spec)}
  ${options.asBefore ? `[ -s "$sv_dir"/launch/${release}.sh ] || ` : ''}${put(`launch/${spec.release}.sh`, launchScript(spec, root))}
  ${put('supervise.sh', superviseScript(processLibrary))}
  ${put('rotate.sh', rotateScript)}
  for sv_old in "$sv_dir"/launch/*.sh; do
    sv_name=\${sv_old##*/}
    [ -d ${releases}/"\${sv_name%.sh}" ] || rm -f "$sv_old"
  done
  rm -f "$sv_dir/stop" "$sv_dir/exit" "$sv_dir/pid"
  # What a check of the log counts as new: see new-lines.ts.
  echo "$sv_before" >"$sv_dir/began"
  sv_launch
fi
sv_wait ${seconds(spec.ready)} sv_settled || sv_failed not-listening ${seconds(spec.ready)}
if [ -e "$sv_dir/exit" ] || [ "$sv_what" != running ]; then sv_failed died "\${sv_code:--}"; fi
sw_data pid "$sv_pid"
${spec.port === undefined ? '' : `sw_data port ${spec.port}`}
sw_data ms "$((($(sv_ticks) - sv_began) * 10))"
`
}

function put(file: string, content: string): string {
  return `printf '%s' ${quote(content)} | sw_write "$sv_dir"/${quote(file)}`
}

function portCheck(spec: ProcessSpec): string {
  if (spec.port === undefined) return ':'
  const hex = hexPort(spec.port)
  return `if sv_listens ${hex}; then sw_problem port-taken ${spec.port} $(sv_owner ${hex}); fi`
}

function functions(spec: ProcessSpec): string {
  const { restart, log } = spec
  const rest = words(
    spec.release,
    String(spec.port ?? '-'),
    restart.onFailure ? 'yes' : 'no',
    String(restart.max),
    String(seconds(restart.within)),
    String(seconds(restart.delay)),
    String(log.maxSize),
    String(log.keep),
    String(blocksPerLook(log.maxSize)),
  )
  // A second setsid forks because the first has made it a group leader: detached without "&", which would make the app
  // deaf to INT and QUIT. Every descriptor is closed or redirected, or the connection would wait for the app.
  return `sv_launch() {
  (
    unset LC_ALL OLDPWD SSH_CLIENT SSH_CONNECTION SSH_TTY SSH_AUTH_SOCK
    exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
    cd "$sv_dir" || exit 1
    if command -v setsid >/dev/null 2>&1; then
      setsid setsid sh supervise.sh "$sv_dir" ${rest} </dev/null >/dev/null 2>&1
    else
      nohup sh supervise.sh "$sv_dir" ${rest} </dev/null >/dev/null 2>&1 &
    fi
  )
}
# sv_settled: it is up, or it is known that it will not be.
sv_settled() {
  sv_look "$sv_dir"
  case $sv_what in none) return 1 ;; waiting) [ -e "$sv_dir/exit" ]; return ;; running) ;; *) return 0 ;; esac
  if [ -e "$sv_dir/exit" ]; then return 0; fi
  ${spec.port === undefined ? '[ "$(sv_ticks)" -ge "$((sv_began + 100))" ]' : `sv_listens ${hexPort(spec.port)}`}
}
# sv_failed KEY [ARG...]: leaves nothing running behind, then reports with the last lines of the log.
sv_failed() {
  sv_end "$sv_dir" ${spec.stop.signal} 5 || :
  sv_wait 2 sv_read || :
  set -f
  IFS='
'
  sw_problem "$@" $(sv_tail "$sv_dir" "$sv_before" | cut -c 1-400)
}
sv_read() { [ ! -e "$sv_dir/reader" ]; }
`
}
