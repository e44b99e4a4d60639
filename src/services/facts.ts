// What runs on a host: one read-only script for all services, and the reader of its answer.
import type { CommandService, Service, SystemdService } from '../config/schema/service.ts'
import { quote } from '../core/shell.ts'
import { type ComposeFact, composeFactLines, parseComposeFact } from './compose/facts.ts'
import { signalName } from './problems.ts'
import { processLibrary } from './process/library.ts'
import type { Slot } from './process/spec.ts'
import { type AppPlace, unitName } from './unit-name.ts'

/** running; waiting: it crashed and is about to be started again; stopped: it was asked to; ended: by itself with exit
 *  code 0; crashed: with another one, or without a record (the machine went down); unknown: the host does not tell. */
export type ServiceState = 'running' | 'waiting' | 'stopped' | 'ended' | 'crashed' | 'unknown'

export interface LastExit {
  /** Absent: nobody saw how it ended. */
  readonly code?: number
  readonly signal?: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly release: string
  /** It was asked to end. */
  readonly asked: boolean
}

export interface SlotFact {
  readonly service: string
  readonly slot: Slot
  readonly state: ServiceState
  /** false while running: its supervisor was killed, so nobody restarts it. */
  readonly supervised: boolean
  readonly pid?: number
  readonly port?: number
  readonly release: string
  /** Milliseconds since 1970. */
  readonly since?: number
  readonly restarts: number
  readonly lastExit?: LastExit
  /** When it is started again; milliseconds since 1970. */
  readonly retryAt?: number
}

/** It lives, or is about to. */
export function isUp(slot: Pick<SlotFact, 'state'>): boolean {
  return slot.state === 'running' || slot.state === 'waiting'
}

export interface UnitFact {
  readonly service: string
  readonly unit: string
  /** LoadState of systemd: loaded, not-found, masked ...; empty when systemd does not answer. */
  readonly load: string
  readonly active: string
  readonly sub: string
  readonly result: string
  readonly pid?: number
  /** The release in whose directory the process runs; absent when this user may not look. */
  readonly release?: string
  readonly since?: number
  readonly restarts: number
  readonly exitCode?: number
}

export interface CommandFact {
  readonly service: string
  readonly state: 'running' | 'stopped' | 'unknown'
}

export interface ServiceFacts {
  /** false: the answer breaks off, so nothing that is missing in it may be taken for "does not run". */
  readonly complete: boolean
  /** Every slot that ever ran here, of services that the config no longer names too. */
  readonly slots: readonly SlotFact[]
  readonly units: readonly UnitFact[]
  readonly commands: readonly CommandFact[]
  readonly composes: readonly ComposeFact[]
}

/** Prints `service.<name>.<key> <value>` lines. Changes nothing; needs no lock. */
export function serviceFactsScript(services: Readonly<Record<string, Service>>, place: AppPlace): string {
  const parts = Object.entries(services).map(([name, service]) => {
    if (service.kind === 'systemd') return unitLines(name, service, place)
    if (service.kind === 'compose') return composeFactLines(name, service, place)
    return service.kind === 'command' ? commandLines(name, service, place) : ''
  })
  return `(
${processLibrary}
sv_say() { if [ -n "$3" ]; then echo "service.$1.$2 $3"; fi; }
for sv_d in ${quote(`${place.root}/.stellwerk/services`)}/*/[01]; do
  [ -d "$sv_d" ] || continue
  sv_s=\${sv_d##*/}
  sv_n=\${sv_d%/*}
  sv_n=\${sv_n##*/}
  sv_look "$sv_d"
  [ -r "/proc/$$/stat" ] || sv_what=unknown
  [ "$sv_what" != none ] || continue
  sv_say "$sv_n" "slot$sv_s.state" "$sv_what"
  sv_say "$sv_n" "slot$sv_s.supervised" "$sv_supervised"
  sv_say "$sv_n" "slot$sv_s.pid" "$sv_pid"
  sv_say "$sv_n" "slot$sv_s.port" "\${sv_port#-}"
  sv_say "$sv_n" "slot$sv_s.release" "$sv_release"
  sv_say "$sv_n" "slot$sv_s.since" "$sv_since"
  sv_say "$sv_n" "slot$sv_s.restarts" "$sv_restarts"
  sv_say "$sv_n" "slot$sv_s.exit" "\${sv_at:+$sv_at $sv_asked $sv_code $sv_end_release}"
  sv_say "$sv_n" "slot$sv_s.retry" "\${sv_retry#no}"
done
${parts.join('')}echo services.complete yes
)
`
}

function unitLines(name: string, service: SystemdService, place: AppPlace): string {
  const user = service.scope === 'user'
  const sudo = service.sudo && !user ? 'sudo -n ' : ''
  const unit = unitName(name, service, place)
  const properties =
    'LoadState ActiveState SubState Result MainPID NRestarts ExecMainStatus ActiveEnterTimestampMonotonic'
  return `(
${user ? 'XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}; export XDG_RUNTIME_DIR' : ':'}
echo "service.${name}.unit "${quote(unit)}
systemctl ${user ? '--user' : '--system'} show ${properties
    .split(' ')
    .map(property => `-p ${property}`)
    .join(' ')} ${quote(unit)} 2>/dev/null | while IFS= read -r sv_line; do
  case $sv_line in *=?*) echo "service.${name}.systemd.\${sv_line%%=*} \${sv_line#*=}" ;; esac
  case $sv_line in
  MainPID=[1-9]*) sv_cwd=$(${sudo}readlink "/proc/\${sv_line#*=}/cwd" 2>/dev/null) && echo "service.${name}.cwd $sv_cwd" || : ;;
  ActiveEnterTimestampMonotonic=[1-9]*) echo "service.${name}.since $(($(date +%s) - $(sv_ticks) / 100 + \${sv_line#*=} / 1000000))" ;;
  esac
done
)
`
}

// Without a current release there is no directory to ask in, so nothing of ours runs.
function commandLines(name: string, service: CommandService, place: AppPlace): string {
  const current = quote(`${place.root}/current`)
  return `if [ ! -d ${current}/ ]; then echo "service.${name}.status 1"
elif ! command -v timeout >/dev/null 2>&1; then echo "service.${name}.status 124"
else (cd ${current}/ && timeout 10 sh -eu -c ${quote(service.status)}) </dev/null >/dev/null 2>&1 && echo "service.${name}.status 0" || echo "service.${name}.status $?"; fi
`
}

export function parseServiceFacts(output: string): ServiceFacts {
  const values = new Map<string, Map<string, string>>()
  const containers = new Map<string, readonly string[]>()
  for (const line of output.split('\n')) {
    const match = /^service\.([a-z][a-z0-9-]*)\.([A-Za-z0-9.]+) (.*)$/.exec(line)
    if (!match) continue
    const [, name = '', key = '', value = ''] = match
    if (key === 'container') containers.set(name, [...(containers.get(name) ?? []), value])
    const of = values.get(name) ?? new Map<string, string>()
    values.set(name, of.set(key, value))
  }
  const all = [...values].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    complete: /^services\.complete yes$/m.test(output),
    slots: all.flatMap(([name, of]) => ([0, 1] as const).flatMap(slot => slotFact(name, slot, of) ?? [])),
    units: all.flatMap(([name, of]) => unitFact(name, of) ?? []),
    commands: all.flatMap(([name, of]) => commandFact(name, of) ?? []),
    composes: all.flatMap(([name, of]) => parseComposeFact(name, of, containers.get(name) ?? []) ?? []),
  }
}

const states: ReadonlySet<string> = new Set(['running', 'waiting', 'stopped', 'ended', 'crashed'])

function isState(word: string): word is ServiceState {
  return states.has(word)
}

function slotFact(service: string, slot: Slot, of: ReadonlyMap<string, string>): SlotFact | undefined {
  const get = (key: string) => of.get(`slot${slot}.${key}`)
  const state = get('state')
  if (state === undefined) return undefined
  return {
    service,
    slot,
    state: isState(state) ? state : 'unknown',
    supervised: get('supervised') === 'yes',
    ...present('pid', whole(get('pid'))),
    ...present('port', whole(get('port'))),
    release: get('release') ?? '',
    ...present('since', moment(get('since'))),
    restarts: whole(get('restarts')) ?? 0,
    ...present('lastExit', lastExit(get('exit'))),
    ...present('retryAt', moment(get('retry'))),
  }
}

function lastExit(value: string | undefined): LastExit | undefined {
  const match = /^(\d+) (yes|no) (\d+|-) (\S*)$/.exec(value ?? '')
  if (!match) return undefined
  const code = whole(match[3])
  return {
    ...present('code', code),
    ...(code !== undefined && code > 128 ? { signal: signalName(code) } : {}),
    at: Number(match[1]) * 1000,
    release: match[4] ?? '',
    asked: match[2] === 'yes',
  }
}

function unitFact(service: string, of: ReadonlyMap<string, string>): UnitFact | undefined {
  const unit = of.get('unit')
  if (unit === undefined) return undefined
  const show = (key: string) => of.get(`systemd.${key}`)
  const pid = whole(show('MainPID'))
  const release = /\/releases\/([^/]+)(?:\/.*)?$/.exec(of.get('cwd') ?? '')?.[1]
  return {
    service,
    unit,
    load: show('LoadState') ?? '',
    active: show('ActiveState') ?? '',
    sub: show('SubState') ?? '',
    result: show('Result') ?? '',
    ...present('pid', pid === 0 ? undefined : pid),
    ...present('release', release),
    ...present('since', moment(of.get('since'))),
    restarts: whole(show('NRestarts')) ?? 0,
    ...present('exitCode', whole(show('ExecMainStatus'))),
  }
}

function commandFact(service: string, of: ReadonlyMap<string, string>): CommandFact | undefined {
  const code = whole(of.get('status'))
  if (code === undefined) return undefined
  // 124: it took too long; 126, 127: it could not be asked. None of these says that nothing runs.
  const unknown = [124, 126, 127].includes(code) || code > 128
  return { service, state: code === 0 ? 'running' : unknown ? 'unknown' : 'stopped' }
}

function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
}

function whole(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
}

function moment(seconds: string | undefined): number | undefined {
  const value = whole(seconds)
  return value === undefined ? undefined : value * 1000
}
