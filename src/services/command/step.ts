// Services with commands of their own. start and stop are each other's undo; a reload stands after the switch and its
// undo in `remember` before it, as with systemd (see systemd/apply-step.ts).
import { formatDuration } from '../../core/duration.ts'
import { text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import type { HostKind, ScriptContext, Step } from '../../engine/step.ts'
import { actByHand } from '../by-hand.ts'
import { exportLines, unsetLine } from '../command-line.ts'
import { processLibrary } from '../process/library.ts'
import { hexPort, seconds } from '../process/spec.ts'
import { commandProblem } from './problems.ts'

export interface CommandSpec {
  readonly service: string
  readonly release: string
  readonly start: string
  readonly stop: string
  readonly status: string
  readonly reload?: string
  /** Milliseconds for each command. */
  readonly timeout: number
  /** Milliseconds until it must run (and listen) after start. */
  readonly ready: number
  readonly port?: number
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

export type CommandAction = 'start' | 'stop' | 'reload'

export interface CommandAct extends Step {
  readonly kind: 'command.act'
  readonly action: CommandAction
  readonly spec: CommandSpec
}

/** Stands before the switch: does nothing, and its undo reloads once the old link is back. */
export interface CommandRemember extends Step {
  readonly kind: 'command.remember'
  /** The release to go back to. */
  readonly spec: CommandSpec
}

export const commandAct: HostKind<CommandAct> = {
  at: 'host',
  run: (step, context) => `${library(step.spec, context)}
sd_${step.action}
${step.action === 'reload' ? `: >${quote(mark(step.spec, context))}` : ''}
`,
  undo: (step, context) => {
    if (step.action === 'reload') return ':\n'
    return `${library(step.spec, context)}
sd_${step.action === 'start' ? 'stop' : 'start'}
`
  },
  // The status command tells whether it runs, not which release: with another one before it, only `stop` is knowledge.
  inspect: (step, context) => `${library(step.spec, context)}
sd_code=0
sd_status || sd_code=$?
case $sd_code/${step.action} in
0/start) echo unknown ;;
0/stop) echo undone ;;
0/reload) if [ -e ${quote(mark(step.spec, context))} ]; then echo done; else echo undone; fi ;;
124/* | 126/* | 127/*) echo unknown ;;
*/stop) echo done ;;
*) echo undone ;;
esac
`,
  byHand: actByHand,
  describe: ({ action, spec }) => {
    const limit = formatDuration(spec.timeout)
    return text(
      `${action} ${spec.service} with: ${spec[action] ?? ''} (at most ${limit})`,
      `${action} ${spec.service} mit: ${spec[action] ?? ''} (höchstens ${limit})`,
    )
  },
  explain: ({ action, spec }, report) => commandProblem(spec.service, action, spec.timeout, report),
  secrets: ({ spec }) => spec.secrets,
}

export const commandRemember: HostKind<CommandRemember> = {
  at: 'host',
  run: () => ':\n',
  undo: (step, context) => `${library(step.spec, context)}
if [ -e ${quote(mark(step.spec, context))} ]; then sd_reload; fi
`,
  inspect: () => 'echo done\n',
  describe: ({ spec }) =>
    text(`prepare the way back of ${spec.service}`, `den Rückweg von ${spec.service} vorbereiten`),
  explain: ({ spec }, report) => commandProblem(spec.service, 'reload', spec.timeout, report),
  secrets: ({ spec }) => spec.secrets,
}

function mark(spec: CommandSpec, context: ScriptContext): string {
  return `${context.runDirectory}/${spec.service}.reloaded`
}

// The output goes through a file: a daemon that a start command leaves behind would hold a pipe open, and the step
// would never end. Reports: no-secret, failed, timeout, not-running, still-running.
function library(spec: CommandSpec, { root, runDirectory }: ScriptContext): string {
  const directory = quote(`${root}/releases/${spec.release}`)
  const limit = seconds(spec.timeout)
  const base = `${runDirectory}/${spec.service}`
  const file = (name: string) => quote(`${base}.${name}`)
  const script = (command: string) =>
    `unset LC_ALL
cd ${directory}
RELEASE=${quote(spec.release)}; export RELEASE
STELLWERK_RELEASE=$RELEASE; export STELLWERK_RELEASE
${spec.port === undefined ? '' : `PORT=${spec.port}; export PORT`}
${exportLines(spec.env, spec.secrets).join('\n')}
${unsetLine(spec.env, spec.secrets, command)}
${command}
`
  const put = (name: string, command: string) =>
    `printf '%s' ${quote(script(command))} | sw_write ${file(`${name}.sh`)}`
  const listens = spec.port === undefined ? ':' : `sv_listens ${hexPort(spec.port)}`
  return `${processLibrary}
sd_status() {
  ${put('status', spec.status)} || return 126
  sw_bounded 10 ${file('status.sh')} >${file('status.log')} 2>&1
}
sd_run() {
${spec.secrets.map(name => `  [ -n "\${${name}+x}" ] || sw_problem no-secret ${name}`).join('\n')}
  sd_code=0
  sw_bounded ${limit} ${quote(base)}."$1.sh" >${file('output.log')} 2>&1 || sd_code=$?
  cat ${file('output.log')}
  case $sd_code in
  0) ;;
  124) sd_report timeout 124 ;;
  *) sd_report failed "$sd_code" ;;
  esac
}
sd_report() {
  set -f
  IFS='
'
  sw_problem "$@" $(tail -n 12 ${file('output.log')} 2>/dev/null | cut -c 1-400)
}
sd_up() { sd_status && ${listens}; }
sd_down() {
  sd_code=0
  sd_status || sd_code=$?
  case $sd_code in 0 | 124 | 126 | 127) return 1 ;; esac
}
sd_start() {
  ${put('start', spec.start)}
  sd_run start
  sv_wait ${seconds(spec.ready)} sd_up || { sd_code=0; sd_status || sd_code=$?; sd_report not-running "$sd_code"; }
}
sd_stop() {
  ${put('stop', spec.stop)}
  sd_from=$(sv_ticks)
  sd_run stop
  sv_wait ${limit} sd_down || sd_report still-running
  sw_data ms "$((($(sv_ticks) - sd_from) * 10))"
}
sd_reload() {
  ${put('reload', spec.reload ?? ':')}
  sd_run reload
  sv_wait ${seconds(spec.ready)} sd_up || { sd_code=0; sd_status || sd_code=$?; sd_report not-running "$sd_code"; }
}
`
}
