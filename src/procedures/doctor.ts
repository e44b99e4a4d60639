// doctor: what a deploy would trip over, proven before the window - every finding at once, each with what mends it.
import type { Config, HostConfig } from '../config/config.ts'
import { concerns } from '../config/roles.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { quote } from '../core/shell.ts'
import type { RouterFile } from '../traffic/index.ts'
import { diskBlockers, layoutBlockers, runningBlockers, toolBlockers } from './blockers.ts'
import type { HostFacts } from './facts.ts'

/** More than this and time stamps, certificates and tokens mislead. */
const tolerableSkew = 60

/** Prints `doctor.<key> <value>` lines, after the facts. Changes nothing but a probe directory that it removes at once. */
export function doctorScript(config: Config, host: HostConfig): string {
  const user = config.release.user
  return `dr_root=${quote(host.root)}
dr_p=$dr_root
while [ ! -d "$dr_p" ]; do dr_p=\${dr_p%/*}; [ -n "$dr_p" ] || dr_p=/; done
if dr_d=$(mktemp -d "$dr_p/.stellwerk-doctor.XXXXXX" 2>/dev/null); then
  ln -s one "$dr_d/link" && ln -s two "$dr_d/new" && mv -fT "$dr_d/new" "$dr_d/link" 2>/dev/null && [ "$(readlink "$dr_d/link")" = two ] || echo "doctor.no-rename $dr_p"
  rm -rf "$dr_d"
else echo "doctor.unwritable $dr_p"; fi
${user === undefined ? '' : userScript(user)}
${ports(config, host)
  .map(port => portScript(port))
  .join('\n')}
${programs(config, host)
  .map(
    ([service, program]) =>
      `command -v ${quote(program)} >/dev/null 2>&1 || echo ${quote(`doctor.no-program ${service} ${program}`)}`,
  )
  .join('\n')}
`
}

function userScript(user: string): string {
  return `if ! id ${quote(user)} >/dev/null 2>&1; then echo ${quote(`doctor.no-user ${user}`)}
elif [ "$(id -un)" != ${quote(user)} ] && [ "$(id -u)" != 0 ] && ! sudo -n -u ${quote(user)} true 2>/dev/null; then echo ${quote(`doctor.no-sudo ${user}`)}; fi`
}

// A port is taken when somebody listens there; whether that is ours is decided against the facts.
function portScript(port: number): string {
  return `if ${listens(port)}; then echo "doctor.listening ${port}"; fi`
}

/** Whether anybody listens on a port, as a condition in sh. */
export function listens(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q ": [0-9A-F]*:${hex} [0-9A-F]*:0000 0A "`
}

function ports(config: Config, host: HostConfig): readonly number[] {
  const services = Object.values(config.services).filter(service => concerns(service.roles, host))
  return services.flatMap(service => service.ports)
}

/** Service and first word of its command; a word that a shell would still have to read is left out. */
function programs(config: Config, host: HostConfig): readonly (readonly [string, string])[] {
  return Object.entries(config.services).flatMap(([name, service]) => {
    if (service.kind === 'command' || service.kind === 'compose') return []
    if (service.command === undefined || !concerns(service.roles, host)) return []
    const word = service.command.trim().split(/\s+/)[0] ?? ''
    // A relative program lies in the release, which may not exist yet.
    return /^[A-Za-z0-9_.+-]+$/.test(word) || /^\/[A-Za-z0-9_/.+-]+$/.test(word)
      ? [[name, word] as const]
      : []
  })
}

export function findings(
  config: Config,
  host: HostConfig,
  facts: HostFacts,
  output: string,
  routerFile: RouterFile | undefined,
): readonly Problem[] {
  const values = (key: string) =>
    output
      .split('\n')
      .filter(line => line.startsWith(`doctor.${key} `))
      .map(line => line.slice(key.length + 8))
  const at = { host: host.name }
  return [
    ...layoutBlockers(host, facts),
    ...toolBlockers(host, facts),
    ...diskBlockers(config, host, facts, 0),
    ...runningBlockers(config, host, facts, routerFile),
    ...values('unwritable').map(path =>
      problem(
        'STW-D701',
        at,
        text(
          `${path} on ${host.name} is not writable for ${facts.release.user}`,
          `${path} auf ${host.name} ist für ${facts.release.user} nicht beschreibbar`,
        ),
        same(`sudo mkdir -p ${host.root} && sudo chown ${facts.release.user} ${host.root}`),
      ),
    ),
    ...values('no-rename').map(path =>
      problem(
        'STW-D702',
        at,
        text(
          `mv on ${host.name} cannot replace a link atomically (mv -T)`,
          `mv auf ${host.name} kann einen Link nicht atomar ersetzen (mv -T)`,
        ),
        text(
          `Install coreutils, or a BusyBox of 2020 or newer; tried in ${path}`,
          `coreutils installieren oder ein BusyBox ab 2020; versucht in ${path}`,
        ),
      ),
    ),
    ...values('no-user').map(user =>
      problem(
        'STW-D703',
        at,
        text(
          `The user ${user} does not exist on ${host.name}`,
          `Den Benutzer ${user} gibt es auf ${host.name} nicht`,
        ),
        same(`sudo useradd --system ${user}`),
      ),
    ),
    ...values('no-sudo').map(user =>
      problem(
        'STW-D704',
        at,
        text(
          `${facts.release.user} may not act as ${user} on ${host.name}`,
          `${facts.release.user} darf auf ${host.name} nicht als ${user} handeln`,
        ),
        text(
          `In sudoers: ${facts.release.user} ALL=(${user}) NOPASSWD: ALL`,
          `In sudoers: ${facts.release.user} ALL=(${user}) NOPASSWD: ALL`,
        ),
      ),
    ),
    ...foreignPorts(facts, values('listening').map(Number)).map(port =>
      problem(
        'STW-D705',
        at,
        text(
          `Port ${port} on ${host.name} is taken by somebody else`,
          `Port ${port} auf ${host.name} ist von jemand anderem belegt`,
        ),
        same(`ss -ltnp 'sport = :${port}'`),
      ),
    ),
    ...values('no-program').map(line => {
      const [service = '', program = ''] = line.split(' ')
      return problem(
        'STW-D706',
        at,
        text(
          `${host.name} has no "${program}", which ${service} is started with`,
          `Auf ${host.name} fehlt „${program}“, womit ${service} gestartet wird`,
        ),
        same(`command -v ${program}`),
      )
    }),
    ...clockFindings(host, facts),
  ]
}

function foreignPorts(facts: HostFacts, listening: readonly number[]): readonly number[] {
  const ours = new Set(facts.services.slots.filter(slot => slot.state === 'running').map(slot => slot.port))
  const unitRuns =
    facts.services.units.some(unit => unit.active === 'active') ||
    facts.services.commands.some(command => command.state === 'running')
  return unitRuns ? [] : listening.filter(port => !ours.has(port))
}

function clockFindings(host: HostConfig, facts: HostFacts): readonly Problem[] {
  const skew = facts.release.clockSkew
  if (Math.abs(skew) <= tolerableSkew) return []
  const by = Number.isNaN(skew) ? '?' : formatDuration(Math.abs(skew) * 1000)
  return [
    problem(
      'STW-D707',
      { host: host.name },
      text(`The clock of ${host.name} is off by ${by}`, `Die Uhr von ${host.name} geht um ${by} falsch`),
      text(
        'Let it follow a time server: timedatectl set-ntp true',
        'Einem Zeitserver folgen lassen: timedatectl set-ntp true',
      ),
    ),
  ]
}

function problem(code: string, where: { readonly host: string }, what: Text, next: Text): Problem {
  return { code, what, where, next: [next] }
}

function same(command: string): Text {
  return text(command, command)
}
