// What can go wrong with containers (STW-S100 to S119).
import { formatDuration } from '../../core/duration.ts'
import { type Text, text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Report } from '../../engine/step.ts'
import { evidence, lastLine, same, secretProblem, unexpected } from '../problems.ts'
import type { ContainerFact } from './facts.ts'
import type { ComposeSpec } from './spec.ts'

export function composeProblem(spec: ComposeSpec, report: Report): Problem {
  const [first = '', second = '', third = ''] = report.args
  const { service, name } = spec
  switch (report.key) {
    case 'no-engine':
      return engineProblem(service, report.args)
    case 'unseen':
      return engineProblem(service, report.args)
    case 'no-tool':
      return {
        code: 'STW-S101',
        what: text(
          `There is no compose tool for ${first} on the host`,
          `Auf dem Host gibt es kein Compose-Werkzeug für ${first}`,
        ),
        why: text(
          `neither "${first} compose" nor docker-compose${first === 'podman' ? ' with the socket of podman, nor podman-compose,' : ''} answers`,
          `weder „${first} compose“ noch docker-compose${first === 'podman' ? ' mit dem Socket von podman noch podman-compose' : ''} antwortet`,
        ),
        next: [same(`${first} compose version`)],
      }
    case 'no-file':
      return {
        code: 'STW-S102',
        what: text(
          `${service} needs a file that does not exist`,
          `${service} braucht eine Datei, die es nicht gibt`,
        ),
        why: same(first),
        next: [same(`stellwerk explain services.${service}`)],
      }
    case 'no-image':
    case 'bad-image':
      return {
        code: 'STW-S103',
        what: text(
          `Nobody says which image ${service} runs`,
          `Niemand sagt, welches Image ${service} benutzt`,
        ),
        why:
          first === ''
            ? text(
                `neither services.${service}.images nor the compose file names one for ${name}`,
                `weder services.${service}.images noch die Compose-Datei nennt eines für ${name}`,
              )
            : text(`"${first}" is no reference of an image`, `„${first}“ ist keine Referenz eines Images`),
        next: [same(`stellwerk explain services.${service}.images`)],
      }
    case 'pull':
      return {
        code: 'STW-S104',
        what: text(`The image ${first} cannot be fetched`, `Das Image ${first} lässt sich nicht holen`),
        why:
          second === '124'
            ? text(
                `it took longer than ${formatDuration(spec.timeout)}`,
                `es dauerte länger als ${formatDuration(spec.timeout)}`,
              )
            : lastLine(report.args.slice(2)),
        ...evidence(report.args.slice(2)),
        next: [
          text(
            'Built or loaded on the host? Then name it by its id (sha256:...), or without a registry',
            'Auf dem Host gebaut oder geladen? Dann mit seiner Kennung (sha256:...) benennen, oder ohne Registry',
          ),
        ],
      }
    case 'moved':
      return {
        code: 'STW-S105',
        what: text(`The image ${first} is another one now`, `Das Image ${first} ist jetzt ein anderes`),
        why: text(`it was ${second} and is ${third}`, `es war ${second} und ist ${third}`),
        next: [text('Name it by digest', 'Mit Digest benennen')],
      }
    case 'gone':
      return {
        code: 'STW-S106',
        what: text(
          `The image of ${service} for ${spec.release} is not on the host any more`,
          `Das Image von ${service} für ${spec.release} ist nicht mehr auf dem Host`,
        ),
        why: text(`${first}, noted from ${second}`, `${first}, notiert aus ${second}`),
        next: [same(`stellwerk rollback`)],
      }
    case 'config':
    case 'up':
      return {
        code: 'STW-S107',
        what: text(`The compose tool refused ${service}`, `Das Compose-Werkzeug hat ${service} abgelehnt`),
        why: lastLine(report.args.slice(1)),
        ...evidence(report.args.slice(1)),
      }
    case 'not-ready':
      return {
        code: 'STW-S108',
        what: text(
          `${service} of ${spec.release} was not ready within ${formatDuration(spec.ready)}`,
          `${service} von ${spec.release} war nicht innerhalb von ${formatDuration(spec.ready)} bereit`,
        ),
        why: notReady(spec, first, second),
        ...evidence(report.args.slice(2)),
      }
    case 'stop':
    case 'still-running':
      return {
        code: 'STW-S109',
        what: text(`The container of ${service} does not stop`, `Der Container von ${service} hält nicht an`),
        ...(first === '' ? {} : { why: lastLine(report.args) }),
        ...evidence(report.args),
      }
    case 'no-tag':
      return {
        code: 'STW-S110',
        what: text(
          `The image of ${service} cannot be kept under a tag`,
          `Das Image von ${service} lässt sich nicht unter einem Tag behalten`,
        ),
        why: lastLine(report.args),
      }
    case 'no-secret':
      return secretProblem(service, first)
    default:
      return unexpected(service, spec.release, report)
  }
}

/** No engine answers, so nothing is known about its containers. */
export function engineProblem(service: string, said: readonly string[]): Problem {
  return {
    code: 'STW-S100',
    what: text(
      `No engine answers that could run ${service}`,
      `Keine Engine antwortet, die ${service} ausführen könnte`,
    ),
    why: lastLine(said),
    next: [same('docker info'), same('podman info')],
  }
}

/** Without a release there is no way back to what somebody else started. */
export function strangerProblem(service: string, containers: readonly ContainerFact[]): Problem {
  const ids = containers.map(({ id }) => id.slice(0, 12)).join(' ')
  return {
    code: 'STW-S111',
    what: text(
      `${service} runs already, and Stellwerk did not start it`,
      `${service} läuft schon, und Stellwerk hat es nicht gestartet`,
    ),
    why: text(
      `nothing is deployed that could bring ${ids} back`,
      `nichts ist ausgerollt, das ${ids} zurückbringen könnte`,
    ),
    next: [same(`docker stop ${ids}`)],
  }
}

function notReady(spec: ComposeSpec, word: string, exit: string): Text {
  switch (word) {
    case 'ended':
      return text(`its container ended with exit code ${exit}`, `sein Container endete mit Exit-Code ${exit}`)
    case 'unhealthy':
      return text('its own health check says no', 'seine eigene Gesundheitsprüfung sagt nein')
    case 'starting':
      return text(
        'its own health check has not passed yet',
        'seine eigene Gesundheitsprüfung hat noch nicht bestanden',
      )
    case 'no-health':
      return text(
        'its image has no health check, and ready.health asks for one',
        'sein Image hat keine Gesundheitsprüfung, und ready.health verlangt eine',
      )
    case 'image':
      return text('it runs another image than the one noted', 'er benutzt ein anderes Image als das notierte')
    case 'port':
      return text(`nobody listens on port ${spec.port}`, `niemand lauscht auf Port ${spec.port}`)
    case 'absent':
      return text('there is no container of this release', 'es gibt keinen Container dieses Releases')
    default:
      return text('the engine does not say how it is', 'die Engine sagt nicht, wie es ihm geht')
  }
}
