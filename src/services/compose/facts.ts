// What runs of a compose service: the lines of the facts script, and their reader.
import type { ComposeService } from '../../config/schema/service.ts'
import { quote } from '../../core/shell.ts'
import type { AppPlace } from '../unit-name.ts'
import { engineLibrary } from './library.ts'
import { imageSource, placeOf } from './spec.ts'

export interface ContainerFact {
  readonly id: string
  /** As the engine says it: running, exited, restarting, paused, created ... */
  readonly state: string
  /** healthy, unhealthy, starting; absent: the image has no health check. */
  readonly health?: string
  /** `sha256:...` of the image it was made from. */
  readonly image: string
  readonly release?: string
  readonly exitCode?: number
  readonly restarts: number
  /** Milliseconds since 1970. */
  readonly since?: number
}

export interface ComposeFact {
  readonly service: string
  /** Absent: none answers, and nothing is known about containers. */
  readonly engine?: 'docker' | 'podman'
  /** What was said instead. */
  readonly said?: string
  readonly containers: readonly ContainerFact[]
  /** Id of the image that the config names, when it is on the host. */
  readonly image?: string
}

export function isContainerUp({ state }: ContainerFact): boolean {
  return state === 'running' || state === 'restarting' || state === 'paused'
}

/** Prints `service.<name>.engine`, `.said`, `.image`, and one `.container` line each. */
export function composeFactLines(name: string, service: ComposeService, place: AppPlace): string {
  const env = plainEnv(service, place)
  const source = imageSource(service, service.service ?? name)
  return `(
${exported(env)}
${engineLibrary(placeOf(name, service, place, env, []))}
if command -v timeout >/dev/null 2>&1; then sc_limit='timeout 20'; fi
if sc_find && sc_look; then
  echo "service.${name}.engine $sc_engine"
  ${source.from === 'config' ? `sc_i=$(sc_id ${quote(source.reference)}) && echo "service.${name}.image $sc_i" || :` : ''}
  printf '%s\\n' "$sc_rows" | while IFS= read -r sc_line; do
    if [ -n "$sc_line" ]; then echo "service.${name}.container $sc_line"; fi
  done
else
  echo "service.${name}.said $(printf '%s' "$sc_said" | tr '\\n' ' ' | cut -c 1-300)"
fi
)
`
}

export function parseComposeFact(
  service: string,
  of: ReadonlyMap<string, string>,
  containers: readonly string[],
): ComposeFact | undefined {
  const engine = of.get('engine')
  const said = of.get('said')
  const image = of.get('image')
  if (engine !== 'docker' && engine !== 'podman')
    return said === undefined ? undefined : { service, said, containers: [] }
  return {
    service,
    engine,
    containers: containers.flatMap(line => containerOf(line) ?? []),
    ...(image === undefined ? {} : { image }),
  }
}

function containerOf(line: string): ContainerFact | undefined {
  const [oneOff, state, health, image, release, exit, restarts, since, id] = line.split('|')
  if (oneOff === 'True' || state === undefined || image === undefined || !id) return undefined
  const at = Date.parse(dateOf(since ?? ''))
  return {
    id,
    state,
    ...(health ? { health } : {}),
    image: image.startsWith('sha256:') ? image : `sha256:${image}`,
    ...(release && release !== '<no value>' ? { release } : {}),
    ...(/^\d+$/.test(exit ?? '') ? { exitCode: Number(exit) } : {}),
    restarts: /^\d+$/.test(restarts ?? '') ? Number(restarts) : 0,
    ...(Number.isNaN(at) || at < 0 ? {} : { since: at }),
  }
}

// docker writes RFC 3339, podman "2026-11-21 14:24:31.412216648 +0000 UTC"; neither with three digits.
function dateOf(value: string): string {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z| ?([+-]\d\d):?(\d\d).*)$/.exec(value)
  if (!match) return ''
  const [, day, time, hours = '+00', minutes = '00'] = match
  return `${day}T${time}${hours}:${minutes}`
}

/** The head of a script that looks at the containers of one service, and says so when it cannot. */
export function lookAt(name: string, service: ComposeService, place: AppPlace): string {
  const env = plainEnv(service, place)
  return `${exported(env)}
${engineLibrary(placeOf(name, service, place, env, []))}
if ! sc_find || ! sc_look; then printf '%s\\n' "$sc_said" >&2; exit 1; fi`
}

// Variables that hold a secret are not needed to look.
function plainEnv(service: ComposeService, place: AppPlace): Record<string, string> {
  const all = Object.entries({ ...place.env, ...service.env })
  return Object.fromEntries(all.filter(([, value]) => !value.includes('${')))
}

function exported(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([key, value]) => `${key}=${quote(value)}; export ${key}`)
    .join('\n')
}
