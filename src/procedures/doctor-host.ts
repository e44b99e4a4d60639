// What a host must allow and have for the commands of the document, asked without running one of them: sudo by a dry look at its rules,
// programs by the PATH, nginx by its own test.
import type { Config, HostConfig } from '../config/config.ts'
import { formatPath } from '../config/path.ts'
import { routerOn } from '../config/roles.ts'
import { text } from '../core/lang.ts'
import { quote, words } from '../core/shell.ts'
import { answerOf, type Probe } from '../engine/host-probes.ts'
import { listens } from './doctor.ts'
import { same, unanswered } from './doctor-backup.ts'
import { commandsOn, headOf, type NamedCommand, sudoNeeds } from './doctor-commands.ts'
import type { DoctorFinding } from './doctor-finding.ts'
import { addressOf } from './verify-steps.ts'

export function commandProbes(config: Config, host: HostConfig): readonly Probe[] {
  const address = addressOf(config, host)
  const sudo = sudoNeeds(config, host)
  const programs = programsOn(config, host)
  const router = routerOn(config, host)
  return [
    ...(address ? [probe('runs', `if ${listens(address.port)}; then echo yes; fi`)] : []),
    ...(sudo.length > 0
      ? [probe('sudo', sudo.map((need, index) => sudoText(need.words, index)).join('\n'))]
      : []),
    ...(programs.length > 0
      ? [
          probe(
            'programs',
            programs
              .map(({ program }, index) => `command -v ${quote(program)} >/dev/null 2>&1 || echo ${index}`)
              .join('\n'),
          ),
        ]
      : []),
    // Before the first deploy the upstream that it names does not exist yet.
    ...(router?.kind === 'nginx'
      ? [
          probe(
            'router-test',
            `if [ -f ${quote(router.include)} ]; then
  sh -c ${quote(router.test)} >"$sw_tmp/said" 2>&1 || { echo "$?"; tail -n 5 "$sw_tmp/said"; }
fi`,
          ),
        ]
      : []),
  ]
}

/** Asks for the rule and runs nothing. Who asks, where the program lies and what sudo said go into one line. */
function sudoText(asked: readonly string[], index: number): string {
  const program = quote(asked.find(word => !word.startsWith('-')) ?? '')
  return `sw_said=$(sudo -n -l ${words(...asked)} 2>&1) || printf '%s %s %s %s\\n' ${index} "$(id -un)" "$(command -v ${program} || echo ${program})" "$(printf %s "$sw_said" | tail -n 1)"`
}

function probe(id: string, fragment: string): Probe {
  return { id, fragment, secrets: [] }
}

/** Whether anything answers where the app of this host is reached. */
export function runsThere(output: string): boolean {
  const answer = answerOf('runs', output)
  return answer.ok && answer.lines.includes('yes')
}

interface NeededProgram {
  readonly command: NamedCommand
  readonly program: string
}

/** Each once. What sudo starts has its own PATH and is told with its rule; what the release brings lies in the repository. */
function programsOn(config: Config, host: HostConfig): readonly NeededProgram[] {
  const all = commandsOn(config, host).flatMap(command => {
    const head = headOf(command.command)
    if (head === undefined || head.sudo !== undefined) return []
    const { program } = head
    return !program.includes('/') || program.startsWith('/') ? [{ command, program }] : []
  })
  return [...new Map(all.toReversed().map(need => [need.program, need])).values()].toReversed()
}

export function commandFindings(config: Config, host: HostConfig, output: string): readonly DoctorFinding[] {
  const ids = commandProbes(config, host).map(({ id }) => id)
  const silent = ids.flatMap((id): DoctorFinding[] => {
    const answer = answerOf(id, output)
    return answer.ok ? [] : [{ problem: unanswered(host.name, id, answer), weight: 'unknown' }]
  })
  const lines = (id: string) => {
    const answer = answerOf(id, output)
    return answer.ok ? answer.lines : []
  }
  return [
    ...silent,
    ...lines('sudo').flatMap(line => sudoFinding(config, host, line)),
    ...lines('programs').flatMap(line => programFinding(config, host, Number(line))),
    ...routerFinding(config, host, lines('router-test')),
  ]
}

function sudoFinding(config: Config, host: HostConfig, line: string): readonly DoctorFinding[] {
  const [index = '', user = '', program = '', ...said] = line.split(' ')
  const need = sudoNeeds(config, host)[Number(index)]
  if (need === undefined) return []
  const command = words(...need.words)
  const why = said.join(' ') || 'sudo -n -l'
  // Another account than root is named by the options of sudo, which a person knows better.
  const [first = '', ...rest] = need.words
  const rule = first.startsWith('-') ? command : `${user} ALL=(root) NOPASSWD: ${words(program, ...rest)}`
  return [
    {
      key: need.key,
      weight: 'blocks',
      problem: {
        code: 'STW-D710',
        what: text(
          `sudo on ${host.name} does not allow "${command}" without a password`,
          `sudo auf ${host.name} erlaubt „${command}“ nicht ohne Passwort`,
        ),
        where: { host: host.name },
        why: text(why, why),
        next: [
          text(
            `On ${host.name}, with sudo visudo -f /etc/sudoers.d/stellwerk: ${rule}`,
            `Auf ${host.name}, mit sudo visudo -f /etc/sudoers.d/stellwerk: ${rule}`,
          ),
          same(`sudo -n -l ${command}`),
        ],
      },
    },
  ]
}

function programFinding(config: Config, host: HostConfig, index: number): readonly DoctorFinding[] {
  const need = programsOn(config, host)[index]
  if (need === undefined) return []
  const { command, program } = need
  const key = formatPath(command.key)
  return [
    {
      key: command.key,
      weight: 'blocks',
      problem: {
        code: 'STW-D711',
        what: text(
          `${host.name} has no "${program}", which ${key} runs`,
          `Auf ${host.name} fehlt „${program}“; ${key} führt es aus`,
        ),
        where: { host: host.name },
        next: [
          text(
            `Install it on ${host.name}, then: command -v ${program}`,
            `Auf ${host.name} installieren, dann: command -v ${program}`,
          ),
        ],
      },
    },
  ]
}

function routerFinding(config: Config, host: HostConfig, lines: readonly string[]): readonly DoctorFinding[] {
  const { router } = config
  if (lines.length === 0 || router?.kind !== 'nginx') return []
  const [code = '', ...said] = lines
  return [
    {
      key: ['router', 'test'],
      weight: 'blocks',
      problem: {
        code: 'STW-D712',
        what: text(
          `The configuration of nginx on ${host.name} does not hold as it is`,
          `Die Konfiguration von nginx auf ${host.name} ist schon jetzt nicht gültig`,
        ),
        where: { host: host.name },
        why: text(`"${router.test}" ended with ${code}`, `„${router.test}“ endete mit ${code}`),
        ...(said.length > 0 ? { evidence: said.join('\n') } : {}),
        next: [text(`On ${host.name}: ${router.test}`, `Auf ${host.name}: ${router.test}`)],
      },
    },
  ]
}
