// sh functions with the prefix sc_: the engine, its compose tool, and the containers of one service. Containers are asked,
// stopped and inspected through the engine itself; only to create them needs the compose tool.
import { quote } from '../../core/shell.ts'
import type { ComposePlace } from './spec.ts'

// Without a health check docker 20 knows no Health at all, and podman knows no map. The first field says what the compose
// project calls a one-off container, such as that of `docker compose run`.
const format = (health: string) =>
  [
    '{{index .Config.Labels "com.docker.compose.oneoff"}}',
    '{{.State.Status}}',
    health,
    '{{.Image}}',
    '{{index .Config.Labels "stellwerk.release"}}',
    '{{.State.ExitCode}}',
    '{{.RestartCount}}',
    '{{.State.StartedAt}}',
    '{{.Id}}',
  ].join('|')

/** Only looks, but for DOCKER_HOST, which is set when the socket of podman must be shown to docker-compose. */
export function engineLibrary(place: ComposePlace): string {
  const kept = [
    ...Object.keys(place.env),
    ...place.secrets,
    ...['DOCKER_HOST', 'PORT', 'RELEASE', 'STELLWERK_RELEASE'],
  ]
  const sudo = place.sudo ? `sudo -n --preserve-env=${[...new Set(kept)].join(',')}` : ''
  const label = 'label=com.docker.compose'
  return `sc_sudo=${quote(sudo)} sc_limit= sc_engine= sc_tool= sc_said=
sc() { $sc_limit $sc_sudo "$sc_engine" "$@" </dev/null; }
# sc_find: the first engine that answers.
sc_find() {
  sc_said='neither docker nor podman is installed'
  for sc_engine in ${place.engine ?? 'docker podman'}; do
    command -v "$sc_engine" >/dev/null 2>&1 || continue
    case $sc_engine in docker) sc_ask='{{.Server.Version}}{{range .Server.Components}} {{.Name}}{{end}}' ;; *) sc_ask='{{.Client.Version}}' ;; esac
    sc_said=$(sc version -f "$sc_ask" 2>&1) || continue
    # The socket of podman speaks docker's language too, but only podman itself runs health checks without systemd.
    case $sc_engine/$sc_said in docker/*Podman*) ${place.engine === 'docker' ? '' : 'if command -v podman >/dev/null 2>&1; then continue; fi'} ;; esac
    return 0
  done
  sc_engine=
  return 1
}
sc_socket() {
  [ -z "\${DOCKER_HOST-}" ] || return 0
  for sc_s in "\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/podman/podman.sock" /run/podman/podman.sock; do
    if [ -S "$sc_s" ] && { [ -n "$sc_sudo" ] || [ -w "$sc_s" ]; }; then
      DOCKER_HOST=unix://$sc_s
      export DOCKER_HOST
      return 0
    fi
  done
  return 1
}
# sc_tools: sets sc_tool to the words of a compose tool for the engine.
sc_tools() {
  sc_tool=
  if sc compose version >/dev/null 2>&1; then sc_tool="$sc_engine compose"
  elif [ "$sc_engine" = docker ]; then
    if command -v docker-compose >/dev/null 2>&1; then sc_tool=docker-compose; fi
  elif command -v docker-compose >/dev/null 2>&1 && sc_socket; then sc_tool=docker-compose
  elif command -v podman-compose >/dev/null 2>&1; then sc_tool=podman-compose
  fi
  [ -n "$sc_tool" ]
}
# sc_look: sets sc_rows, one line for each container of the service, running or not.
sc_look() {
  sc_rows=
  sc_all=$(sc ps -aq --no-trunc --filter ${quote(`${label}.project=${place.project}`)} --filter ${quote(`${label}.service=${place.name}`)} 2>&1) || { sc_said=$sc_all; return 1; }
  [ -n "$sc_all" ] || return 0
  case $sc_engine in
  docker) sc_ask=${quote(format('{{with index .State "Health"}}{{.Status}}{{end}}'))} ;;
  *) sc_ask=${quote(format('{{if .State.Health}}{{.State.Health.Status}}{{end}}'))} ;;
  esac
  sc_rows=$(sc inspect --type container -f "$sc_ask" $sc_all 2>&1) || { sc_said=$sc_rows sc_rows=; return 1; }
}
# sc_scan: reads sc_rows. Sets sc_ids (all), sc_live (running), sc_own (of release $1), and details of sc_own, or without
# $1 of sc_live: of several the worst, because one that is ill is a service that is ill.
sc_scan() {
  sc_ids= sc_live= sc_own= sc_state= sc_health= sc_image= sc_exit= sc_since= sc_bad=-1 sc_ill=-1
  while IFS='|' read -r sc_one sc_a sc_b sc_c sc_d sc_e sc_f sc_g sc_id; do
    if [ -z "$sc_id" ] || [ "$sc_one" = True ]; then continue; fi
    sc_ids="$sc_ids $sc_id" sc_counts=no
    case $sc_a in running | restarting | paused) sc_live="$sc_live $sc_id"; [ -n "\${1-}" ] || sc_counts=yes ;; esac
    case $sc_d in '<no value>') sc_d= ;; esac
    if [ "$sc_d" = "\${1-}" ]; then sc_own="$sc_own $sc_id"; [ -z "\${1-}" ] || sc_counts=yes; fi
    [ "$sc_counts" = yes ] || continue
    case $sc_a in running) sc_n=0 ;; exited | dead) sc_n=2 ;; *) sc_n=1 ;; esac
    if [ "$sc_n" -gt "$sc_bad" ]; then sc_bad=$sc_n sc_state=$sc_a sc_exit=$sc_e; fi
    case $sc_b in healthy) sc_n=0 ;; '') sc_n=1 ;; unhealthy) sc_n=3 ;; *) sc_n=2 ;; esac
    if [ "$sc_n" -gt "$sc_ill" ]; then sc_ill=$sc_n sc_health=$sc_b; fi
    sc_c=sha256:\${sc_c#sha256:}
    if [ -z "$sc_image" ] || [ "$sc_image" = "\${sc_want-}" ]; then sc_image=$sc_c; fi
    sc_since="$sc_since $sc_g"
  done <<STELLWERK_ROWS
$sc_rows
STELLWERK_ROWS
}
# sc_id REFERENCE: prints the id of an image that is here.
sc_id() {
  sc_i=$(sc image inspect -f '{{.Id}}' "$1" 2>/dev/null) || return 1
  case $sc_i in '') return 1 ;; esac
  echo "sha256:\${sc_i#sha256:}"
}
`
}
