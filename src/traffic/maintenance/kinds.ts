// Steps that close and open the gate. Whoever closes it notes what was there before, so that opening never ends a
// maintenance that somebody else began.
import { type Text, text } from '../../core/lang.ts'
import { quote } from '../../core/shell.ts'
import { referenced, shellValue } from '../../core/shell-value.ts'
import { fragmentLibrary } from '../../engine/prelude.ts'
import type { HostKind, ScriptContext, Step } from '../../engine/step.ts'
import { maintenanceOffByHand, maintenanceOnByHand } from '../by-hand.ts'
import { commandText } from './command.ts'
import { embeddedText } from './embedded.ts'
import { endpointText } from './endpoint.ts'
import { nginxText } from './nginx.ts'
import { maintenanceProblem } from './problems.ts'
import type { Notice, Place, Way } from './way.ts'

export interface Pending {
  readonly directory: string
  readonly command: string
  readonly env: Readonly<Record<string, string>>
}

export interface Located extends Place {
  readonly way: Way
}

export interface MaintenanceStep extends Step, Located {
  readonly host: string
}

export interface MaintenanceOn extends MaintenanceStep {
  readonly kind: 'maintenance.on'
  readonly notice: Notice
  /** Asked first: it is needed when one of them ends with 0; 3 means nothing is pending, anything else fails. */
  readonly pending: readonly Pending[]
}

export interface MaintenanceOff extends MaintenanceStep {
  readonly kind: 'maintenance.off'
  /** all: off, whoever turned it on. own: back to what was there before this run. */
  readonly what: 'all' | 'own'
}

export const onKind: HostKind<MaintenanceOn> = {
  at: 'host',
  run: (step, context) => `${library(step, context, step.notice)}
${marks(context)}
${pendingText(step, context)}
if [ ! -e "$sm_skip" ]; then
  if [ ! -e "$sm_before" ] && [ ! -e "$sm_none" ]; then
    case $(sm_state) in
    on) sm_save "$sm_before" ;;
    off) : >"$sm_none" ;;
    *) sw_problem unknown ;;
    esac
  fi
  sm_on
  sw_data maintenance on
fi`,
  undo: (step, context) => `${library(step, context)}
${marks(context)}
sm_own`,
  inspect: (step, context) => `${library(step, context)}
${marks(context)}
if [ -e "$sm_skip" ]; then echo done
elif [ ! -e "$sm_before" ] && [ ! -e "$sm_none" ]; then echo undone
else case $(sm_state) in on) echo unknown ;; off) echo undone ;; *) echo unknown ;; esac; fi`,
  byHand: maintenanceOnByHand,
  describe: ({ way, notice, pending }) => {
    const { en, de } = whereOf(way)
    const only = pending.length === 0 ? '' : pending.map(({ command }) => command).join('; ')
    const until = notice.until === undefined ? '' : ` ${notice.until}`
    return text(
      `${notice.mode === 'pause' ? `Hold requests for ${seconds(notice.pauseMs)} s, then show` : 'Show'} the maintenance page ${en}${only && `, if pending (${only})`}${until && `, until${until}`}`,
      `${notice.mode === 'pause' ? `Anfragen ${seconds(notice.pauseMs)} s anhalten, dann die Wartungsseite zeigen` : 'Die Wartungsseite zeigen'} ${de}${only && `, falls etwas ansteht (${only})`}${until && `, bis${until}`}`,
    )
  },
  explain: maintenanceProblem,
  observe: (_, data) =>
    data['pending'] === 'no'
      ? text('not needed: no migration is pending', 'nicht nötig: keine Migration steht an')
      : data['own-page'] === undefined
        ? undefined
        : text(
            'our own page: the release lacks one of the two languages',
            'unsere eigene Seite: dem Release fehlt eine der beiden Sprachen',
          ),
  secrets: step => [...secretsOf(step), ...(step.notice.header ? [step.notice.header.secret] : [])],
}

export const offKind: HostKind<MaintenanceOff> = {
  at: 'host',
  run: (step, context) => `${library(step, context)}
${marks(context)}
${
  step.what === 'all'
    ? 'sm_off'
    : `if [ ! -e "$sm_after" ] && { [ -e "$sm_before" ] || [ -e "$sm_none" ]; }; then sm_save "$sm_after"; fi
sm_own`
}
sw_data maintenance "$(sm_state)"`,
  // Nobody may see the release that is given up: the gate closes again until its own undo.
  undo: (step, context) => `${library(step, context)}
${marks(context)}
if [ -e "$sm_after" ]; then sm_restore "$sm_after"; fi`,
  inspect: (step, context) => `${library(step, context)}
case $(sm_state) in off) echo done ;; *) echo unknown ;; esac`,
  byHand: maintenanceOffByHand,
  describe: ({ way }) => {
    const { en, de } = whereOf(way)
    return text(`End the maintenance ${en}`, `Die Wartung beenden ${de}`)
  },
  explain: maintenanceProblem,
  secrets: secretsOf,
}

/** sm_state prints on, off or unknown. sm_on, sm_off act and prove. sm_save FILE keeps what is on now, sm_restore FILE brings it back. */
function library(step: Located, context: ScriptContext, notice?: Notice): string {
  const { way } = step
  switch (way.how) {
    case 'embedded':
      return embeddedText(way, step, notice, context.run)
    case 'nginx':
      return nginxText(way, step, notice, context)
    case 'endpoint':
      return endpointText(way, step, notice)
    case 'command':
      return commandText(way, step, notice)
  }
}

/** A whole read-only script that prints \`maintenance on\`, off or unknown. `secrets`: values by the names of `stateSecrets`. */
export function stateScript(step: Located, secrets: Readonly<Record<string, string>> = {}): string {
  const context = { root: step.root, run: '', runDirectory: `${step.root}/.stellwerk` }
  const values = Object.entries(secrets).map(([name, value]) => `${name}=${quote(value)}; export ${name}\n`)
  return `${values.join('')}LC_ALL=C; export LC_ALL
sw_tmp=$(mktemp -d "\${TMPDIR:-/tmp}/stellwerk.XXXXXX") || exit 1
trap 'rm -rf "$sw_tmp"' EXIT
trap 'exit 143' HUP INT TERM
${fragmentLibrary}
sw_bounded() { timeout "$1" sh -eu "$2" </dev/null; }
sm_word=$(
${library(step, context)}
sm_state
)
case $sm_word in on | off) ;; *) sm_word=unknown ;; esac
echo "maintenance $sm_word"
`
}

export function stateSecrets(step: Located): readonly string[] {
  return secretsOf(step)
}

// What was there before this run, and what this run had turned on: as content, so that no secret is needed on the way back.
function marks({ runDirectory }: ScriptContext): string {
  const mark = (name: string) => quote(`${runDirectory}/maintenance.${name}`)
  return `sm_before=${mark('before')} sm_none=${mark('none')} sm_after=${mark('on')} sm_skip=${mark('skip')}
sm_own() {
  if [ -e "$sm_before" ]; then sm_restore "$sm_before"
  elif [ -e "$sm_none" ]; then sm_off
  fi
}`
}

function pendingText(step: MaintenanceOn, context: ScriptContext): string {
  if (step.pending.length === 0) return ':'
  const asked = step.pending.map(({ directory, command, env }) => {
    const variables = Object.entries(env).map(
      ([name, value]) => `${name}=${shellValue(value, step.known)}; export ${name}`,
    )
    return `sw_rc=0
(
cd ${quote(directory)}
${variables.join('\n')}
printf '%s\\n' ${quote(command)} >"$sw_tmp/pending"
sw_bounded ${seconds(step.timeout)} "$sw_tmp/pending"
) || sw_rc=$?
case "$sw_rc" in 0) sm_needed=yes ;; 3) ;; *) sw_problem pending "$sw_rc" ${quote(command)} ;; esac`
  })
  return `sm_needed=
if [ ! -e ${quote(`${context.runDirectory}/maintenance.none`)} ] && [ ! -e "$sm_before" ]; then
${asked.join('\n')}
if [ -z "$sm_needed" ]; then : >"$sm_skip"; sw_data pending no; fi
fi`
}

function secretsOf(step: Located & { readonly pending?: readonly Pending[] }): readonly string[] {
  const { way, pending = [] } = step
  const requests = way.how === 'endpoint' ? [way.on, way.off, way.status] : []
  const commands = way.how === 'command' ? [way.on, way.off, way.status] : []
  const values = [
    ...requests.flatMap(({ url, headers, body }) => [url, ...Object.values(headers), body ?? '']),
    ...commands,
    ...pending.flatMap(({ command, env }) => [command, ...Object.values(env)]),
  ]
  return referenced(values, step.known)
}

function whereOf(way: Way): Text {
  switch (way.how) {
    case 'embedded':
      return text('at the router', 'am Router')
    case 'nginx':
      return text(`at nginx (${way.include})`, `am nginx (${way.include})`)
    case 'endpoint':
      return text(`of the app (${way.status.url})`, `der App (${way.status.url})`)
    case 'command':
      return text(`by command (proven by: ${way.status})`, `per Befehl (bewiesen durch: ${way.status})`)
  }
}

function seconds(milliseconds: number): number {
  return Math.max(1, Math.floor(milliseconds / 1000))
}
