// The engine's functions with what steps do: notes of images, up, ready, stop. Reports: see problems.ts.
import { quote } from '../../core/shell.ts'
import { exportLines } from '../command-line.ts'
import { processLibrary } from '../process/library.ts'
import { hexPort, seconds } from '../process/spec.ts'
import { engineLibrary } from './library.ts'
import { type ComposeSpec, composeDirectory, releaseLines } from './spec.ts'

export function composeLibrary(spec: ComposeSpec, root: string): string {
  const directory = `${root}/releases/${spec.release}`
  const file = spec.file.startsWith('/') ? spec.file : `${directory}/${spec.file}`
  const notes = composeDirectory(root, spec.service)
  const listens = spec.port === undefined ? ':' : `sv_listens ${hexPort(spec.port)}`
  return `${processLibrary}${engineLibrary(spec)}
sc_missing=
${spec.secrets.map(name => `if [ -z "\${${name}+x}" ]; then ${name}= sc_missing=${name}; fi`).join('\n')}
RELEASE=${quote(spec.release)}; export RELEASE
STELLWERK_RELEASE=$RELEASE; export STELLWERK_RELEASE
${spec.port === undefined ? '' : `PORT=${spec.port}; export PORT`}
${exportLines(spec.env, spec.secrets).join('\n')}
sc_dir=${quote(directory)}
sc_file=${quote(file)}
sc_notes=${quote(notes)}
sc_note=$sc_notes/$RELEASE.image
sc_over=$sc_notes/$RELEASE.yaml
sc_keep=${quote(spec.keep)}
# sc_fail KEY ARG... : reports with what was said last, line by line.
sc_fail() {
  set -f
  IFS='
'
  sw_problem "$@" $(printf '%s\\n' "$sc_said" | tail -n 12 | cut -c 1-400)
}
sc_require() {
  [ -z "$sc_missing" ] || sw_problem no-secret "$sc_missing"
  sc_find || sc_fail no-engine
}
sc_noted() {
  { while read -r sc_k sc_v; do if [ "$sc_k" = "$1" ]; then echo "$sc_v"; fi; done <"\${2:-$sc_note}"; } 2>/dev/null || :
}
# sc_compose ARG...: the compose tool with both files of this release, bounded.
sc_compose() {
  {
    printf 'exec %s -p %s' "$sc_sudo $sc_tool" ${quote(quote(spec.project))}
    [ "$sc_tool" = podman-compose ] || printf ' --project-directory %s' ${quote(quote(directory))}
    printf ' -f %s' ${quote(quote(file))}
    if [ -e "$sc_over" ]; then printf ' -f %s' ${quote(quote(`${notes}/${spec.release}.yaml`))}; fi
    printf ' %s' "$@"
    echo
  } >"$sw_tmp/compose"
  sw_bounded ${seconds(spec.timeout)} "$sw_tmp/compose"
}
# sc_pin ID REFERENCE: notes the image of this release; the tag keeps it from being cleared away.
sc_pin() {
  mkdir -p "$sc_notes"
  sc_said=$(sc tag "$1" "$sc_keep:$RELEASE" 2>&1) || sc_fail no-tag
  printf 'services:\\n  "%s":\\n    image: "%s"\\n${releaseLines}' ${quote(spec.name)} "$1" "$RELEASE" "$RELEASE" "$RELEASE" | sw_write "$sc_over"
  printf 'reference %s\\nid %s\\n' "$2" "$1" | sw_write "$sc_note"
}
# sc_ready: true when it is ready or will never be; then sc_why says why not.
sc_ready() {
  sc_why=
  sc_look || { sc_why=unseen; return 1; }
  sc_scan "$RELEASE"
  if [ -z "$sc_own" ]; then sc_why=absent; return 1; fi
  if [ "$sc_own" != "$sc_live" ]; then
    sc_why=ended
    case $sc_state in exited | dead) return 0 ;; esac
    return 1
  fi
  # A restart policy brings back what ended: running at one look is no proof, and between two of its lives nothing serves.
  if [ "$sc_state" = restarting ]; then sc_why=ended; return 1; fi
  if [ -n "$sc_want" ] && [ "$sc_image" != "$sc_want" ]; then sc_why=image; return 0; fi
  if [ -z "$sc_health" ] && [ ${spec.health ? 1 : 0} = 1 ]; then sc_why=no-health; return 0; fi
  # podman leaves the rhythm to timers of systemd, which not every host has: it is asked here.
  if [ "$sc_engine" = podman ] && [ -n "$sc_health" ] && [ "$sc_health" != healthy ] && [ "$(date +%s)" != "$sc_second" ]; then
    sc_second=$(date +%s)
    for sc_i in $sc_own; do sc healthcheck run "$sc_i" >/dev/null 2>&1 || :; done
  fi
  case $sc_health in
  healthy) ;;
  '') sc_steady || return 1 ;;
  unhealthy) sc_why=unhealthy; [ "$sc_engine" = docker ]; return ;;
  *) sc_why=starting; return 1 ;;
  esac
  ${listens} || { sc_why=port; return 1; }
}
${
  spec.port === undefined
    ? `# sc_steady: it lives one life for a second; with neither a port nor a health check nothing else speaks for it.
sc_steady() {
  [ -z "$sc_once" ] || return 0
  if [ "$sc_life" != "$sc_since" ]; then sc_life=$sc_since sc_grown=$(sv_ticks); fi
  [ "$(sv_ticks)" -ge "$((sc_grown + 100))" ]
}`
    : 'sc_steady() { :; }'
}
# sc_start: creates or starts it from the files of this release, and waits.
sc_start() {
  sc_require
  sc_tools || sw_problem no-tool "$sc_engine"
  [ -e "$sc_file" ] || sw_problem no-file "$sc_file"
  sc_want=$(sc_noted id)
  if [ -n "$sc_want" ]; then
    sc_id "$sc_want" >/dev/null || sw_problem gone "$sc_want" "$(sc_noted reference)"
  fi
  sc_code=0
  sc_compose up -d --no-deps --no-build ${quote(quote(spec.name))} >"$sw_tmp/up" 2>&1 || sc_code=$?
  cat "$sw_tmp/up"
  sc_said=$(cat "$sw_tmp/up")
  [ "$sc_code" = 0 ] || sc_fail up "$sc_code"
  sc_second= sc_why= sc_exit= sc_own= sc_life= sc_once=
  sv_wait ${seconds(spec.ready)} sc_ready || sc_why=\${sc_why:-late}
  [ -z "$sc_why" ] || sc_not_ready
  sw_data image "$sc_image"
}
sc_not_ready() {
  sc_word=$sc_why sc_number=$sc_exit
  case $sc_why in
  unseen) ;;
  unhealthy | starting) sc_said=$(sc inspect -f '{{range .State.Health.Log}}{{println .Output}}{{end}}' $sc_own 2>/dev/null | tail -n 4; sc_logs) ;;
  image) sc_said="$sc_image $sc_want" ;;
  absent) ;;
  *) sc_said=$(sc_logs) ;;
  esac
  sc_fail not-ready "$sc_word" "$sc_number"
}
sc_logs() { for sc_i in $sc_own; do sc logs --tail 10 "$sc_i" 2>&1 || :; done; }
sc_down() { sc_look && sc_scan && [ -z "$sc_live" ]; }
# sc_stop: asks every container of the service to end, whatever release it is of; they stay, stopped.
sc_stop() {
  sc_require
  sc_look || sc_fail unseen
  sc_scan
  [ -n "$sc_live" ] || return 0
  sc_from=$(sv_ticks)
  sc_said=$(sc stop -t ${seconds(spec.stop)} $sc_live 2>&1) || sc_fail stop
  sv_wait 5 sc_down || sw_problem still-running
  sw_data ms "$((($(sv_ticks) - sc_from) * 10))"
}
`
}
