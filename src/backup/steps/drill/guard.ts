// Proves that a scratch server is not the one of production, before anything is done there; then removes the scratch databases that
// earlier drills of this app left.
import { text } from '../../../core/lang.ts'
import type { Problem } from '../../../core/problem.ts'
import { quote } from '../../../core/shell.ts'
import { referenced } from '../../../core/shell-value.ts'
import { secretValues } from '../../../databases/access.ts'
import { engineFor } from '../../../databases/engines.ts'
import { databaseProblem } from '../../../databases/problems.ts'
import type { HostKind, Report, Step } from '../../../engine/step.ts'
import { bounded } from '../fragment.ts'
import { accessTo } from '../return.ts'
import type { Scratch } from './place.ts'

export interface DrillGuardStep extends Step, Scratch {
  readonly kind: 'drill.guard'
  readonly host: string
  /** `<server identity>/<name>` of production, as its dump says. */
  readonly production: string
  /** The same of the live databases, as their servers said just now. */
  readonly live: readonly string[]
  /** Whether a scratch database may lie on the server of production. */
  readonly sameServer: boolean
  /** Names of all scratch databases of this app and environment begin with it. */
  readonly prefix: string
}

export const drillGuardKind: HostKind<DrillGuardStep> = {
  at: 'host',
  run: step =>
    bounded(
      `${guardText(step)}
(
${engineFor(step.access).sweep(step.access, step.prefix)}
)`,
      step.timeout,
    ),
  undo: () => ':',
  inspect: () => 'echo undone',
  describe: ({ store, access, prefix }) =>
    text(
      `See that the scratch server of ${store} (${addressOf(access)}) is not production's; remove what is left there of ${prefix}*`,
      `Prüfen, dass der Server für die Übung von ${store} (${addressOf(access)}) nicht der der Produktion ist; Reste von ${prefix}* entfernen`,
    ),
  explain,
  secrets: ({ access }) => referenced(secretValues(access), access.known),
}

function addressOf(access: Scratch['access']): string {
  if (access.kind === 'sqlite') return access.file
  return access.socket ?? `${access.address}${access.port === undefined ? '' : `:${access.port}`}`
}

// Addresses mean different machines on different hosts; only the server itself can say who it is.
function guardText({ store, access, target, production, live, sameServer }: DrillGuardStep): string {
  const server = serverOf(production)
  const refused = [production, ...live]
    .filter(one => !sameServer || one.slice(serverOf(one).length + 1) === target)
    .map(one => `[ "$sw_server" != ${quote(serverOf(one))} ] || sw_problem production ${quote(store)}`)
  // Its own database does not exist yet.
  const reachable = access.kind === 'postgres' ? accessTo(access, 'postgres') : access
  return `(
${engineFor(access).identity(reachable)}
) >"$sw_tmp/identity"
sw_server=$(sed -n '1s|/[^/]*$||p' "$sw_tmp/identity")
{ [ -n "$sw_server" ] && [ -n ${quote(server)} ]; } || sw_problem identity ${quote(store)}
${[...new Set(refused)].join('\n')}`
}

/** `<server identity>/<name>`: the name of a database holds no slash that counts. */
function serverOf(identity: string): string {
  return identity.slice(0, Math.max(identity.lastIndexOf('/'), 0))
}

function explain(step: DrillGuardStep, report: Report): Problem {
  const { key, args } = report
  const [first = ''] = args
  const where = { host: step.host, step: step.id }
  switch (key) {
    case 'production':
      return {
        code: 'STW-B420',
        what: text(
          `The drill of ${first} would work on the server of production`,
          `Die Übung von ${first} würde auf dem Server der Produktion arbeiten`,
        ),
        where,
        why: text(
          `backup.drill.servers.${first} leads to the very server that is live, or that the set was dumped from; nothing was done there`,
          `backup.drill.servers.${first} führt zu eben dem Server, der im Betrieb ist oder von dem der Satz stammt; dort wurde nichts getan`,
        ),
        next: [
          text(
            'Name another server, or allow it with backup.drill.sameServer: true',
            'Einen anderen Server nennen, oder es mit backup.drill.sameServer: true erlauben',
          ),
        ],
      }
    case 'identity':
      return {
        code: 'STW-B421',
        what: text(
          `Nobody can tell whether the drill of ${first} would work on the server of production`,
          `Niemand kann sagen, ob die Übung von ${first} auf dem Server der Produktion arbeiten würde`,
        ),
        where,
        why: text(
          'the server or the set does not say which server it is',
          'der Server oder der Satz sagt nicht, welcher Server es ist',
        ),
      }
    default:
      return databaseProblem(report, { store: step.store, host: step.host })
  }
}
