// From the router's section and what is true on a host to steps, sorted by the moment they belong to. Pure.
import type { EmbeddedRouter, NginxRouter, Router } from '../config/schema/router.ts'
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { routerFile } from './embedded/library.ts'
import { noNode, samePort } from './embedded/problems.ts'
import type { RouterProcess } from './embedded/start.ts'
import type { RouterFacts } from './facts.ts'
import { includeLocked } from './nginx/problems.ts'
import type { TargetAddress } from './router/protocol.ts'
import type { RouterReload, RouterStep } from './steps.ts'

export interface RouterPlanInput {
  readonly host: { readonly name: string; readonly root: string }
  readonly facts: RouterFacts
  readonly release: string
  /** Where the new release of the router's service answers. Not needed for a router of kind symlink. */
  readonly target: { readonly port: number } | undefined
  /** How the slot proves that it is ready, in milliseconds; without it an open port is enough. */
  readonly ready?: { readonly path?: string | undefined; readonly timeout: number }
  /** The router program that this version brings; without it the one on the host goes on. */
  readonly file: RouterFile | undefined
}

/** What a plan says of the router program. */
export interface RouterFile {
  readonly sha256: string
  readonly bytes: number
}

export interface RouterSteps {
  /** A phase of its own: its step reads the standard input. */
  readonly install: readonly RouterStep[]
  /** Before users notice anything: the router runs. */
  readonly before: readonly RouterStep[]
  /** Before the link moves: only for the undo. */
  readonly leave: readonly RouterStep[]
  /** After the new slot is ready. */
  readonly arrive: readonly RouterStep[]
  /** After the proof, before the old slot stops. */
  readonly settle: readonly RouterStep[]
}

const none: RouterSteps = { install: [], before: [], leave: [], arrive: [], settle: [] }
const second = 1000

export function planRouter(router: Router, input: RouterPlanInput): RouterSteps {
  if (router.kind === 'symlink') return planReload(input.host.name, router.reload)
  if (input.target === undefined) return none
  const to = { host: '127.0.0.1', port: input.target.port, release: input.release }
  return router.kind === 'embedded' ? planEmbedded(input, router, to) : planNginx(input, router, to)
}

/** What speaks against the plan on this host, before anything is changed. */
export function routerBlockers(
  router: Router,
  host: string,
  facts: RouterFacts,
  file: RouterPlanInput['file'],
): readonly Problem[] {
  if (router.kind === 'nginx') return facts.include === 'locked' ? [includeLocked(host, router.include)] : []
  if (router.kind === 'symlink') return []
  if (facts.node === undefined) return [noNode(host, router.node)]
  const { listen } = facts
  if (listen !== undefined && sharePort(listen, router.listen)) return [samePort(host, listen, router.listen)]
  const major = Number(/^v(\d+)\./.exec(facts.node)?.[1])
  if (!(major >= 20)) return [noNode(host, router.node, facts.node)]
  if (file !== undefined || facts.installed.length > 0) return []
  return [
    {
      code: 'STW-T003',
      what: text(`The router program is missing on ${host}`, `Das Routerprogramm fehlt auf ${host}`),
      where: { host },
      next: [text('A deploy sends it', 'Ein Deploy sendet es')],
    },
  ]
}

function planEmbedded(input: RouterPlanInput, router: EmbeddedRouter, to: TargetAddress): RouterSteps {
  const { facts } = input
  const { name: host, root } = input.host
  const at = { host, root }
  const file = programFile(input)
  const proven: RouterProcess = { file, listen: router.listen }
  const before = runningNow(facts)
  // Users come to the old address until the new one is proven, and afterwards if it is not.
  const also = before?.listen === router.listen ? before.also : before?.listen
  const wanted = also === undefined ? proven : { ...proven, also }
  const same = before?.file === file && before.listen === router.listen
  const missing = input.file !== undefined && !facts.installed.includes(file) ? input.file : undefined
  const path = input.ready?.path
  const probe = input.ready?.timeout ?? 5 * second
  return {
    ...none,
    install:
      missing === undefined
        ? []
        : [
            {
              ...at,
              ...missing,
              id: `install/${host}/router`,
              kind: 'router.install',
              title: text('Send the router program', 'Routerprogramm senden'),
              timeout: 120 * second,
              undo: {
                how: 'none',
                why: text(
                  'a program that nobody started harms nobody',
                  'ein Programm, das niemand gestartet hat, schadet niemandem',
                ),
              },
            },
          ],
    before: [
      {
        ...at,
        id: `start/${host}/router`,
        kind: 'router.start',
        node: router.node,
        wanted,
        ...(before === undefined ? {} : { before }),
        title: same
          ? text('Look after the router', 'Nach dem Router sehen')
          : text('Start the router', 'Router starten'),
        timeout: 90 * second,
        undo: same
          ? { how: 'none', why: text('it already ran', 'er lief schon') }
          : {
              how: 'auto',
              title:
                before === undefined
                  ? text('Stop the router', 'Router anhalten')
                  : text(
                      'Let the old router program take over again',
                      'Das alte Routerprogramm wieder übernehmen lassen',
                    ),
            },
      },
    ],
    arrive: [
      {
        ...at,
        id: `switch/${host}/router`,
        kind: 'router.switch',
        to,
        ...(facts.target === undefined ? {} : { from: facts.target }),
        drainMs: router.drain,
        trustForwarded: router.trustForwarded,
        ...(path === undefined ? {} : { health: { path, timeoutMs: probe } }),
        title: text('Switch the router', 'Router umschalten'),
        // Its undo waits for the drain, too.
        timeout: probe + router.drain + 60 * second,
        undo: { how: 'auto', title: switchBack(facts.target) },
      },
    ],
    settle: [
      ...(also === undefined
        ? []
        : [
            {
              ...at,
              id: `settle/${host}/router`,
              kind: 'router.start' as const,
              node: router.node,
              wanted: proven,
              before: wanted,
              title: text('Close the old address', 'Alte Adresse schließen'),
              timeout: 90 * second,
              undo: { how: 'none' as const, why: text('the new one is proven', 'die neue ist bewiesen') },
            },
          ]),
      {
        ...at,
        id: `settle/${host}/drain`,
        kind: 'router.drain',
        drainMs: router.drain,
        title: text('Drain the old slot', 'Alten Platz auslaufen lassen'),
        timeout: router.drain + 60 * second,
        undo: { how: 'none', why: text('it only waits', 'es wartet nur') },
      },
    ],
  }
}

function planNginx(input: RouterPlanInput, router: NginxRouter, to: TargetAddress): RouterSteps {
  const { facts } = input
  const host = input.host.name
  return {
    ...none,
    arrive: [
      {
        host,
        id: `switch/${host}/nginx`,
        kind: 'nginx.switch',
        include: router.include,
        upstream: router.upstream,
        to,
        ...(facts.target === undefined ? {} : { from: facts.target }),
        test: router.test,
        reload: router.reload,
        title: text('Switch nginx', 'nginx umschalten'),
        timeout: 180 * second,
        undo: { how: 'auto', title: switchBack(facts.target) },
      },
    ],
    settle: [
      {
        host,
        id: `settle/${host}/drain`,
        kind: 'nginx.drain',
        drainMs: router.drain,
        title: text('Drain the old slot', 'Alten Platz auslaufen lassen'),
        timeout: router.drain + 60 * second,
        undo: { how: 'none', why: text('it only waits', 'es wartet nur') },
      },
    ],
  }
}

function planReload(host: string, command: string | undefined): RouterSteps {
  if (command === undefined) return none
  const step = (
    id: string,
    when: RouterReload['when'],
    title: Text,
    undo: RouterReload['undo'],
  ): RouterReload => {
    return {
      id: `switch/${host}/${id}`,
      kind: 'router.reload',
      host,
      command,
      when,
      title,
      timeout: 90 * second,
      undo,
    }
  }
  const again = text('it runs again when the link is back', 'er läuft erneut, sobald der Link zurück ist')
  return {
    ...none,
    leave: [
      step(
        'reload-undo',
        'back',
        text('Remember the reload after a switch back', 'Das Neuladen nach dem Zurückschalten merken'),
        {
          how: 'auto',
          title: text('Reload the web server', 'Webserver neu laden'),
        },
      ),
    ],
    arrive: [
      step('reload', 'go', text('Reload the web server', 'Webserver neu laden'), { how: 'none', why: again }),
    ],
  }
}

/** The program that shall serve: this version's, else the running one, else any that lies there. */
function programFile({ file: brought, facts }: RouterPlanInput): string {
  if (brought !== undefined) return routerFile(brought.sha256)
  return facts.file ?? facts.installed.at(-1) ?? 'router-unknown.mjs'
}

// An address on all interfaces cannot be opened beside one on a single interface with the same port.
function sharePort(one: string, other: string): boolean {
  const port = (address: string) => address.slice(address.lastIndexOf(':') + 1)
  const everywhere = /^(0\.0\.0\.0|\[[0:]+\]):/
  return one !== other && port(one) === port(other) && (everywhere.test(one) || everywhere.test(other))
}

function runningNow({ running, file, listen, also }: RouterFacts): RouterProcess | undefined {
  if (!running || file === undefined || listen === undefined) return undefined
  return { file, listen, ...(also === undefined ? {} : { also }) }
}

function switchBack(from: TargetAddress | undefined): Text {
  return from === undefined
    ? text('Send requests nowhere again', 'Anfragen wieder nirgendwohin leiten')
    : text(
        `Switch back to ${from.release} on port ${from.port}`,
        `Auf ${from.release}, Port ${from.port}, zurückschalten`,
      )
}
