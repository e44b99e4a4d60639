// What can go wrong when the gate closes or opens, in words (STW-M800..).
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Report } from '../../engine/step.ts'
import type { MaintenanceStep } from './kinds.ts'
import type { Way } from './way.ts'

export function maintenanceProblem(step: MaintenanceStep, { key, args }: Report): Problem {
  const [first = '', second = ''] = args
  const where = { host: step.host, step: step.id }
  const said = first === '' ? {} : { why: text(`it says "${first}"`, `es sagt „${first}“`) }
  switch (key) {
    case 'old':
      return routerTooOld(step.host, step.id)
    case 'deaf':
      return {
        code: 'STW-M802',
        what: text(
          `The router on ${step.host} did not take the order about maintenance`,
          `Der Router auf ${step.host} nahm die Anweisung zur Wartung nicht an`,
        ),
        where,
        why: text(`its status.json says "${first}"`, `seine status.json sagt „${first}“`),
        next: [
          text(
            `On ${step.host}: tail ${step.root}/.stellwerk/router/router.log`,
            `Auf ${step.host}: tail ${step.root}/.stellwerk/router/router.log`,
          ),
        ],
      }
    case 'unknown':
      return {
        code: 'STW-M803',
        what: text(
          `Nobody can tell whether ${step.host} is under maintenance`,
          `Niemand kann sagen, ob ${step.host} in Wartung ist`,
        ),
        where,
        why: text(
          'its status is neither on nor off, or a file there is not ours',
          'sein Zustand ist weder an noch aus, oder eine Datei dort ist nicht von uns',
        ),
        next: [
          text('stellwerk maintenance status', 'stellwerk maintenance status'),
          ...(step.way.how === 'nginx'
            ? [
                text(
                  `On ${step.host}: move ${step.way.include} away if Stellwerk did not write it`,
                  `Auf ${step.host}: ${step.way.include} wegräumen, falls Stellwerk sie nicht schrieb`,
                ),
              ]
            : []),
        ],
      }
    case 'effect':
      return {
        code: 'STW-M804',
        what: text(
          `Maintenance was told to be ${first} on ${step.host}, and is not`,
          `Die Wartung sollte auf ${step.host} ${first === 'on' ? 'angehen' : 'ausgehen'} und tat es nicht`,
        ),
        where,
        why: text(
          `the order was accepted, but its status is "${second}"`,
          `die Anweisung wurde angenommen, aber ihr Zustand ist „${second}“`,
        ),
        next: [
          text(
            'Trust the status and not the answer: see maintenance.*.status',
            'Dem Status glauben, nicht der Antwort: siehe maintenance.*.status',
          ),
        ],
      }
    case 'endpoint':
      return {
        code: 'STW-M805',
        what: text(
          `The endpoint of the app on ${step.host} did not turn maintenance ${first}`,
          `Der Endpunkt der App auf ${step.host} schaltete die Wartung nicht ${first === 'on' ? 'ein' : 'aus'}`,
        ),
        where,
        why: text(`it answered "${second}"`, `er antwortete „${second}“`),
      }
    case 'command':
      return {
        code: 'STW-M806',
        what: text(
          `The command that turns maintenance ${first} failed on ${step.host}`,
          `Der Befehl, der die Wartung ${first === 'on' ? 'ein' : 'aus'}schaltet, ist auf ${step.host} gescheitert`,
        ),
        where,
        why: text(`it ended with exit code ${second}`, `er endete mit Exit-Code ${second}`),
      }
    case 'curl':
      return {
        code: 'STW-M807',
        what: text(`${step.host} has no curl`, `Auf ${step.host} fehlt curl`),
        where,
        why: text(
          'the endpoint of the app is asked from the host, also when a run is taken back there',
          'der Endpunkt der App wird vom Host aus gefragt, auch wenn dort ein Lauf zurückgenommen wird',
        ),
        next: [text('sudo apt-get install curl', 'sudo apt-get install curl')],
      }
    case 'pass':
      return {
        code: 'STW-M808',
        what: text(
          `The secret ${first} cannot be a pass at nginx`,
          `Das Geheimnis ${first} taugt bei nginx nicht als Losung`,
        ),
        where,
        why: text(
          'it may hold letters, digits and . _ ~ + / = - only, and must not be empty',
          'es darf nur Buchstaben, Ziffern und . _ ~ + / = - enthalten und nicht leer sein',
        ),
      }
    case 'pending':
      return {
        code: 'STW-M809',
        what: text(
          `"${second}" could not tell whether a migration needs maintenance`,
          `„${second}“ konnte nicht sagen, ob eine Migration Wartung braucht`,
        ),
        where,
        why: text(`it ended with exit code ${first}`, `er endete mit Exit-Code ${first}`),
        next: [
          text(
            'It must end with 0 when something is pending and with 3 when nothing is',
            'Er muss mit 0 enden, wenn etwas ansteht, und mit 3, wenn nichts ansteht',
          ),
        ],
      }
    case 'test':
      return {
        code: 'STW-M810',
        what: text(
          `nginx on ${step.host} does not take the maintenance file; it is as it was`,
          `nginx auf ${step.host} übernimmt die Wartungsdatei nicht; sie ist wie zuvor`,
        ),
        where,
        ...said,
        ...onHost(step, way => way.test),
      }
    case 'reload':
    case 'unproven':
      return {
        code: 'STW-M814',
        what: text(
          `nginx on ${step.host} was told to read the maintenance file, and nobody can tell whether it did`,
          `nginx auf ${step.host} sollte die Wartungsdatei lesen, und niemand kann sagen, ob es das tat`,
        ),
        where,
        ...(key === 'reload'
          ? said
          : {
              why: text(
                `no new worker took over within ${first} s`,
                `kein neuer Worker übernahm binnen ${first} s`,
              ),
            }),
        ...onHost(step, way => way.reload),
      }
    default:
      return {
        code: 'STW-M811',
        what: text(
          `The files of the maintenance page cannot be written on ${step.host}`,
          `Die Dateien der Wartungsseite lassen sich auf ${step.host} nicht schreiben`,
        ),
        where,
        ...(first === ''
          ? {}
          : { why: text(`there is no directory ${first}`, `es gibt das Verzeichnis ${first} nicht`) }),
      }
  }
}

function onHost(
  { host, way }: MaintenanceStep,
  command: (way: Extract<Way, { how: 'nginx' }>) => string,
): Pick<Problem, 'next'> {
  if (way.how !== 'nginx') return {}
  return { next: [text(`On ${host}: ${command(way)}`, `Auf ${host}: ${command(way)}`)] }
}

export function routerTooOld(host: string, step?: string): Problem {
  return {
    code: 'STW-M801',
    what: text(
      `The router that runs on ${host} knows no maintenance yet`,
      `Der Router, der auf ${host} läuft, kennt noch keine Wartung`,
    ),
    where: { host, ...(step === undefined ? {} : { step }) },
    why: text('an older version of Stellwerk brought it', 'eine ältere Version von Stellwerk brachte ihn'),
    next: [
      text(
        'A deploy with maintenance.during: never brings the new one',
        'Ein Deploy mit maintenance.during: never bringt den neuen',
      ),
    ],
  }
}
