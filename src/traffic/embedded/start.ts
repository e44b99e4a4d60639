// Makes sure that the right router program serves on the right port: starts it, or lets it take over from the one that
// runs, without closing the port.
import { text } from '../../core/lang.ts'
import { quote, words } from '../../core/shell.ts'
import type { HostKind, Step } from '../../engine/step.ts'
import { routerDirectory, routerLibrary } from './library.ts'
import { routerProblem } from './problems.ts'

/** A router program on a port. */
export interface RouterProcess {
  /** Name of its file in the router's directory. */
  readonly file: string
  readonly listen: string
  /** The address that users come to until `listen` is proven. */
  readonly also?: string
}

export interface RouterStart extends Step {
  readonly kind: 'router.start'
  readonly host: string
  readonly root: string
  /** Program that runs it. */
  readonly node: string
  readonly wanted: RouterProcess
  /** What ran before; absent: nothing. */
  readonly before?: RouterProcess
}

/** Seconds a router that ends may take for its requests in flight. */
const endSeconds = 30

export const startKind: HostKind<RouterStart> = {
  at: 'host',
  run: step => `${routerLibrary(step.root)}${ensure(step, step.wanted)}`,
  undo: step => `${routerLibrary(step.root)}${step.before === undefined ? end : ensure(step, step.before)}`,
  inspect: step => `${routerLibrary(step.root)}sr_read
if sr_alive && ${runs(step.wanted)}; then echo done; else echo undone; fi`,
  describe: ({ wanted, before }) => {
    if (before === undefined) {
      return text(`Start the router on ${wanted.listen}`, `Den Router auf ${wanted.listen} starten`)
    }
    if (wanted.also !== undefined && wanted.also !== before.also) {
      return text(
        `Open ${wanted.listen}; ${wanted.also} stays open until the proof`,
        `${wanted.listen} öffnen; ${wanted.also} bleibt bis zum Beweis offen`,
      )
    }
    if (before.also !== undefined && wanted.also === undefined) {
      return text(
        `Close ${before.also}: ${wanted.listen} is proven`,
        `${before.also} schließen: ${wanted.listen} ist bewiesen`,
      )
    }
    if (before.file === wanted.file && before.listen === wanted.listen) {
      return text(
        `Make sure that the router serves ${wanted.listen}`,
        `Sicherstellen, dass der Router ${wanted.listen} bedient`,
      )
    }
    return text(
      `Let ${wanted.file} take over ${wanted.listen} from the running router`,
      `${wanted.file} übernimmt ${wanted.listen} vom laufenden Router`,
    )
  },
  explain: (step, report) => routerProblem(step, report),
}

function runs(wanted: RouterProcess): string {
  return `[ "$sr_file" = ${quote(wanted.file)} ] && [ "$sr_listen" = ${quote(wanted.listen)} ] && [ "$sr_also" = ${quote(wanted.also ?? '')} ]`
}

// The router gets a bare environment: the fragment's may hold secrets of the app.
function ensure(step: RouterStart, wanted: RouterProcess): string {
  const directory = routerDirectory(step.root)
  const file = `${directory}/${wanted.file}`
  const command = words(
    step.node,
    file,
    ...[
      '--state',
      `${directory}/state`,
      '--listen',
      wanted.listen,
      ...(wanted.also === undefined ? [] : ['--also', wanted.also]),
      '--log',
      `${directory}/router.log`,
      '--take-over',
    ],
  )
  return `sr_read
if sr_alive && ${runs(wanted)}; then
  sw_data router "$sr_pid"
else
  [ -s ${quote(file)} ] || sw_problem missing ${quote(file)}
  command -v ${quote(step.node)} >/dev/null || sw_problem node ${quote(step.node)}
  if ! sr_said=$(env -i PATH="$PATH" HOME="\${HOME-/}" ${command} 2>&1 </dev/null); then
    sw_problem start "$(printf '%s\\n' "$sr_said" | tail -n 1)"
  fi
  sr_alive || sw_problem start "it ended at once"
  sw_data router "$sr_pid"
fi`
}

const end = `sr_gone() { ! sr_alive; }
if sr_alive; then
  kill -TERM "$sr_pid" 2>/dev/null || :
  sw_wait ${endSeconds} sr_gone || { kill -KILL "$sr_pid" 2>/dev/null || :; sw_wait 5 sr_gone || sw_problem survives "$sr_pid"; }
fi`
