// What can go wrong with the embedded router, in words (STW-T0..).
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Report, Step } from '../../engine/step.ts'
import { routerDirectory } from './library.ts'

interface RouterStep extends Step {
  readonly host: string
  readonly root: string
}

export function routerProblem(step: RouterStep, report: Report): Problem {
  const [first = ''] = report.args
  const where = { host: step.host, step: step.id }
  const log = `${routerDirectory(step.root)}/router.log`
  const look = text(`On ${step.host}: tail ${log}`, `Auf ${step.host}: tail ${log}`)
  switch (report.key) {
    case 'write':
      return {
        code: 'STW-T001',
        what: text(
          `The router's files on ${step.host} cannot be written`,
          `Die Dateien des Routers auf ${step.host} lassen sich nicht schreiben`,
        ),
        where,
        next: [
          text(
            `On ${step.host}: df -h ${step.root}; ls -ld ${routerDirectory(step.root)}`,
            `Auf ${step.host}: df -h ${step.root}; ls -ld ${routerDirectory(step.root)}`,
          ),
        ],
      }
    case 'content':
      return {
        code: 'STW-T002',
        what: text(
          `The router program arrived changed on ${step.host}`,
          `Das Routerprogramm kam verändert auf ${step.host} an`,
        ),
        where,
        why: text(`its SHA-256 there is "${first}"`, `seine SHA-256 dort ist „${first}“`),
      }
    case 'missing':
      return {
        code: 'STW-T003',
        what: text(
          `The router program is missing on ${step.host}`,
          `Das Routerprogramm fehlt auf ${step.host}`,
        ),
        where,
        why: text(`there is no file ${first}`, `es gibt die Datei ${first} nicht`),
        next: [text('A deploy sends it', 'Ein Deploy sendet es')],
      }
    case 'node':
      return noNode(step.host, first)
    case 'start':
      return {
        code: 'STW-T005',
        what: text(`The router on ${step.host} does not start`, `Der Router auf ${step.host} startet nicht`),
        where,
        why: text(`it says "${first}"`, `er sagt „${first}“`),
        next: [
          ...(first.includes('EADDRINUSE')
            ? [
                text(
                  `See who has the port, on ${step.host}: ss -ltnp`,
                  `Nachsehen, wer den Port hat, auf ${step.host}: ss -ltnp`,
                ),
              ]
            : []),
          look,
        ],
      }
    case 'survives':
      return {
        code: 'STW-T006',
        what: text(`The router on ${step.host} does not end`, `Der Router auf ${step.host} endet nicht`),
        where,
        why: text(`process ${first} survived KILL`, `der Prozess ${first} hat KILL überlebt`),
      }
    case 'dead':
      return {
        code: 'STW-T007',
        what: text(`The router on ${step.host} does not run`, `Der Router auf ${step.host} läuft nicht`),
        where,
        next: [look],
      }
    case 'not-ready':
      return {
        code: 'STW-T008',
        what: text(
          `The router on ${step.host} found the new slot not ready and kept the old one`,
          `Der Router auf ${step.host} fand den neuen Platz nicht bereit und blieb beim alten`,
        ),
        where,
        why: text(`it says "${first}"`, `er sagt „${first}“`),
        next: [look],
      }
    case 'undrained':
      return {
        code: 'STW-T011',
        what: text(
          `The router on ${step.host} did not finish draining`,
          `Der Router auf ${step.host} wurde mit dem Auslaufen nicht fertig`,
        ),
        where,
        why: text(`its state is "${first}"`, `sein Zustand ist „${first}“`),
        next: [look],
      }
    case 'elsewhere':
      return {
        code: 'STW-T010',
        what: text(
          `The router on ${step.host} sends requests elsewhere`,
          `Der Router auf ${step.host} leitet Anfragen woandershin`,
        ),
        where,
        why: text(
          `its target is ${first === '' ? 'nothing' : first}`,
          `sein Ziel ist ${first === '' ? 'keines' : first}`,
        ),
        next: [look],
      }
    default:
      return {
        code: 'STW-T009',
        what: text(
          `The router on ${step.host} did not answer the order to switch`,
          `Der Router auf ${step.host} hat auf die Anweisung umzuschalten nicht geantwortet`,
        ),
        where,
        why: text(
          `${first} s passed without a word in its status.json`,
          `${first} s vergingen ohne ein Wort in seiner status.json`,
        ),
        next: [look],
      }
  }
}

export function noNode(host: string, node: string, version?: string): Problem {
  return {
    code: 'STW-T004',
    what:
      version === undefined
        ? text(`"${node}" is no program on ${host}`, `„${node}“ ist kein Programm auf ${host}`)
        : text(`Node on ${host} is too old for the router`, `Node auf ${host} ist zu alt für den Router`),
    where: { host },
    why: text(
      `the embedded router needs Node 20 or newer${version === undefined ? '' : `, it is ${version}`}`,
      `der eingebaute Router braucht Node 20 oder neuer${version === undefined ? '' : `, es ist ${version}`}`,
    ),
    next: [
      text(
        'Name it in stellwerk.yaml, such as router.node: /opt/node/bin/node',
        'Es in stellwerk.yaml nennen, etwa router.node: /opt/node/bin/node',
      ),
      text(
        'Or use router.kind: nginx, which needs no Node',
        'Oder router.kind: nginx nehmen, das braucht kein Node',
      ),
    ],
  }
}

export function samePort(host: string, from: string, to: string): Problem {
  return {
    code: 'STW-T012',
    what: text(
      `The router on ${host} cannot move from ${from} to ${to}`,
      `Der Router auf ${host} kann nicht von ${from} nach ${to} umziehen`,
    ),
    where: { host },
    why: text(
      'both stay open until the new release is proven, and they share a port',
      'beide bleiben offen, bis das neue Release bewiesen ist, und sie teilen einen Port',
    ),
    next: [
      text(
        'Deploy once with another port in router.listen, then with this one',
        'Einmal mit einem anderen Port in router.listen ausliefern, dann mit diesem',
      ),
    ],
  }
}
