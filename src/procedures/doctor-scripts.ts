// Scripts that the document's commands name by a path of the repository: are they there, and may they be started?
import type { Config } from '../config/config.ts'
import { formatPath } from '../config/path.ts'
import { text } from '../core/lang.ts'
import { quote } from '../core/shell.ts'
import { answerOf, type Probe } from '../engine/host-probes.ts'
import { same, unanswered } from './doctor-backup.ts'
import { commandsOf, headOf, type NamedCommand } from './doctor-commands.ts'
import type { DoctorFinding } from './doctor-finding.ts'

interface NamedScript {
  readonly command: NamedCommand
  /** As written. */
  readonly path: string
  /** Started itself, so that it must be executable. */
  readonly itself: boolean
}

function scriptsOf(config: Config): readonly NamedScript[] {
  return commandsOf(config).flatMap((command): NamedScript[] => {
    const head = headOf(command.command)
    if (head === undefined || command.runs === 'host') return []
    const { program, script } = head
    // What a package manager puts there is not of the repository.
    if (/^(\.\/)?(node_modules|vendor|\.venv)\//.test(script ?? program)) return []
    if (program.includes('/') && !program.startsWith('/')) return [{ command, path: program, itself: true }]
    return script === undefined ? [] : [{ command, path: script, itself: false }]
  })
}

/** Asked on this machine. A release is what the build leaves in its output, so a script of it may lie there; where nothing is built
 *  yet, only what the repository holds can be known. */
export function scriptProbes(config: Config): readonly Probe[] {
  const scripts = scriptsOf(config)
  if (scripts.length === 0) return []
  const { build, directory } = config
  const fragment = scripts.map(({ command, path, itself }, index) => {
    const made = command.runs === 'release' && build !== undefined && build.output !== '.'
    const places = [directory, ...(made ? [`${directory}/${build.output}`] : [])].map(place =>
      quote(`${place}/${path}`),
    )
    // What a command of the build makes is not there before.
    const mayCome = (build?.commands.length ?? 0) > 0 && command.runs !== 'here' ? 'later' : 'missing'
    return `sw_f=
for sw_p in ${places.join(' ')}; do [ ! -f "$sw_p" ] || { sw_f=$sw_p; break; }; done
if [ -z "$sw_f" ]; then echo ${quote(`${index} ${made || mayCome === 'later' ? 'later' : 'missing'}`)}
${itself ? `elif [ ! -x "$sw_f" ]; then echo ${quote(`${index} closed`)}\n` : ''}fi`
  })
  return [{ id: 'scripts', fragment: fragment.join('\n'), secrets: [] }]
}

export function scriptFindings(config: Config, output: string): readonly DoctorFinding[] {
  const scripts = scriptsOf(config)
  if (scripts.length === 0) return []
  const answer = answerOf('scripts', output)
  if (!answer.ok)
    return [{ problem: unanswered(config.directory, 'scripts', answer), weight: 'unknown', key: ['build'] }]
  return answer.lines.flatMap(line => {
    const [index = '', state] = line.split(' ')
    const named = scripts[Number(index)]
    if (named === undefined) return []
    return [state === 'closed' ? closed(named) : missing(named, state === 'later')]
  })
}

function missing({ command, path }: NamedScript, mayCome: boolean): DoctorFinding {
  const key = formatPath(command.key)
  return {
    key: command.key,
    // A build may make it, and then a bundle is the proof.
    weight: mayCome ? 'warns' : 'blocks',
    problem: {
      code: 'STW-D713',
      what: text(
        `${key} runs "${path}", which is not in the repository`,
        `${key} führt „${path}“ aus; das liegt nicht im Repository`,
      ),
      ...(mayCome
        ? {
            why: text('unless the build makes it', 'es sei denn, der Build macht es'),
          }
        : {}),
      next: [same(`git ls-files '*${path.split('/').at(-1)}'`)],
    },
  }
}

function closed({ command, path }: NamedScript): DoctorFinding {
  const key = formatPath(command.key)
  return {
    key: command.key,
    weight: 'blocks',
    problem: {
      code: 'STW-D714',
      what: text(
        `${key} runs "${path}", which is not executable`,
        `${key} führt „${path}“ aus; das ist nicht ausführbar`,
      ),
      next: [same(`chmod +x ${path} && git update-index --chmod=+x ${path}`)],
    },
  }
}
