// Every command that the document names, with its key and where it runs: what doctor asks sudo, the host's PATH and the repository about.
import type { Config, HostConfig } from '../config/config.ts'
import type { Path } from '../config/path.ts'
import { concerns } from '../config/roles.ts'
import { unitName } from '../services/unit-name.ts'

export interface NamedCommand {
  readonly key: Path
  readonly command: string
  /** build: in an export of the repository, here. release: in the release on a host. host: anywhere on it. here: beside stellwerk.yaml. */
  readonly runs: 'build' | 'release' | 'host' | 'here'
  /** Absent: every host. */
  readonly roles?: readonly string[] | undefined
}

export function commandsOf(config: Config): readonly NamedCommand[] {
  const { build, release, router, maintenance } = config
  return [
    ...list(['build', 'commands'], build?.commands, 'build'),
    ...list(['build', 'test'], build?.test, 'build'),
    ...list(['release', 'prepare'], release.prepare, 'release'),
    ...list(['release', 'afterSwitch'], release.afterSwitch, 'release'),
    ...Object.entries(config.databases).flatMap(([name, database]) => {
      if (database.kind === 'other' || database.migrate === undefined) return []
      const { command, pending, preview, role } = database.migrate
      const roles = role === undefined ? undefined : [role]
      return keyed(['databases', name, 'migrate'], { command, pending, preview }, 'release', roles)
    }),
    ...Object.entries(config.services).flatMap(([name, service]) => servicesCommands(name, service)),
    ...Object.entries(config.operations).flatMap(([name, { command, role }]) =>
      keyed(['operations', name], { command }, 'release', role === undefined ? undefined : [role]),
    ),
    ...Object.entries(config.checks).flatMap(([name, check]) =>
      check.kind === 'command'
        ? keyed(
            ['checks', name],
            { command: check.command },
            check.on === 'here' ? 'here' : 'release',
            check.roles,
          )
        : [],
    ),
    ...(router?.kind === 'nginx'
      ? keyed(['router'], { test: router.test, reload: router.reload }, 'host', router.roles)
      : router?.kind === 'symlink'
        ? keyed(['router'], { reload: router.reload }, 'host')
        : []),
    ...keyed(['maintenance', 'command'], { ...maintenance?.command }, 'release'),
    ...keyed(
      ['maintenance', 'nginx'],
      { test: maintenance?.nginx?.test, reload: maintenance?.nginx?.reload },
      'host',
    ),
  ]
}

function servicesCommands(name: string, service: Config['services'][string]): readonly NamedCommand[] {
  const key: Path = ['services', name]
  const { roles, drain } = service
  const own =
    service.kind === 'command'
      ? { start: service.start, stop: service.stop, status: service.status, reload: service.reload }
      : {}
  const drained = { begin: drain?.begin, end: drain?.end, requeue: drain?.requeue }
  return [...keyed(key, own, 'release', roles), ...keyed([...key, 'drain'], drained, 'release', roles)]
}

function list(key: Path, commands: readonly string[] | undefined, runs: NamedCommand['runs']) {
  return (commands ?? []).map((command, index): NamedCommand => ({ key: [...key, index], command, runs }))
}

function keyed(
  key: Path,
  commands: Readonly<Record<string, string | undefined>>,
  runs: NamedCommand['runs'],
  roles?: readonly string[],
): readonly NamedCommand[] {
  return Object.entries(commands).flatMap(([name, command]) =>
    command === undefined ? [] : [{ key: [...key, name], command, runs, roles }],
  )
}

/** Those that a host runs. */
export function commandsOn(config: Config, host: HostConfig): readonly NamedCommand[] {
  return commandsOf(config).filter(
    ({ runs, roles }) => (runs === 'release' || runs === 'host') && concerns(roles, host),
  )
}

export interface Head {
  /** All words but `sudo` and its `-n`, when it goes through sudo and a shell would have nothing more to read in it. */
  readonly sudo?: readonly string[]
  /** What is started. */
  readonly program: string
  /** The file that an interpreter is given. */
  readonly script?: string
}

const interpreters = /^(sh|bash|dash|zsh|node|python3?|php|ruby|perl|deno|bun)$/
const plain = /^[A-Za-z0-9_@%+=:,./-]+$/

/** The first words; undefined when a shell must read them first (variables, quotes, groups, its own words). */
export function headOf(command: string): Head | undefined {
  const words = command.trim().split(/\s+/)
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) words.shift()
  const viaSudo = words[0] === 'sudo'
  if (viaSudo) words.shift()
  const simple = words.every(word => plain.test(word))
  const at = viaSudo ? optionsOf(words) : 0
  const options = words.slice(0, at).filter(word => word !== '-n')
  const rest = words.slice(at)
  const [program = '', ...more] = rest
  if (!plain.test(program) || shellWords.includes(program)) return undefined
  const file = more.find(word => !word.startsWith('-'))
  const script = interpreters.test(program) && file !== undefined && isFile(file) && more[0] === file
  return {
    program,
    ...(viaSudo && simple ? { sudo: [...options, ...rest] } : {}),
    ...(script ? { script: file } : {}),
  }
}

/** They are no programs of the PATH. */
const shellWords = [
  'cd',
  'if',
  'for',
  'while',
  'case',
  'set',
  'export',
  'exec',
  'eval',
  'unset',
  'umask',
  '.',
  '!',
  'test',
  'true',
  'false',
  'exit',
  'trap',
  'until',
]

function isFlag(word: string): boolean {
  return word.startsWith('-')
}

/** How many words of sudo stand before the program: -u and -g take one more. */
function optionsOf(words: readonly string[]): number {
  let at = 0
  while (isFlag(words[at] ?? '')) at += /^-[ug]$/.test(words[at] ?? '') ? 2 : 1
  return at
}

function isFile(word: string): boolean {
  return plain.test(word) && /[./]/.test(word) && !word.startsWith('/')
}

/** What sudo is asked to allow, each once, by the words after `sudo -n`. */
export function sudoNeeds(
  config: Config,
  host: HostConfig,
): readonly { key: Path; words: readonly string[] }[] {
  const written = commandsOn(config, host).flatMap(({ key, command }) => {
    const sudo = headOf(command)?.sudo
    return sudo === undefined ? [] : [{ key, words: sudo }]
  })
  const units = Object.entries(config.services).flatMap(([name, service]) => {
    if (service.kind !== 'systemd' || !service.sudo || service.scope === 'user') return []
    if (!concerns(service.roles, host)) return []
    const unit = unitName(name, service, { app: config.app, environment: config.environment.name })
    // Word for word as a deploy calls it: sudo compares arguments too.
    return [
      ['systemctl', '--no-pager', '--no-block', 'restart', unit],
      ['systemctl', '--no-pager', '--no-block', 'stop', unit],
      ...(service.onDeploy === 'reload' ? [['systemctl', 'reload', unit]] : []),
      ...(service.command === undefined ? [] : [['systemctl', '--no-pager', 'daemon-reload']]),
    ].map(words => ({ key: ['services', name, 'sudo'], words }))
  })
  const all = [...written, ...units]
  return [...new Map(all.map(need => [need.words.join(' '), need])).values()]
}
