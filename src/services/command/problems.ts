// What can go wrong with a user's own commands (STW-S040 to S059).
import { formatDuration } from '../../core/duration.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Report } from '../../engine/step.ts'
import { endText, evidence, lastLine, secretProblem, unexpected } from '../problems.ts'

/** Problems of a user's own start, stop or reload command. */
export function commandProblem(service: string, action: string, timeout: number, report: Report): Problem {
  const [first = ''] = report.args
  const lines = report.args.slice(1)
  switch (report.key) {
    case 'failed': {
      const end = endText(Number(first))
      return {
        code: 'STW-S040',
        what: text(
          `The ${action} command of ${service} ended ${end.en}`,
          `Der Befehl ${action} von ${service} endete ${end.de}`,
        ),
        why: lastLine(lines),
        ...evidence(lines),
      }
    }
    case 'timeout':
      return {
        code: 'STW-S041',
        what: text(
          `The ${action} command of ${service} took longer than ${formatDuration(timeout)} and was ended`,
          `Der Befehl ${action} von ${service} dauerte länger als ${formatDuration(timeout)} und wurde beendet`,
        ),
        why: text(
          'it must return when it has done its work',
          'er muss zurückkehren, wenn seine Arbeit getan ist',
        ),
        next: [
          text(
            `Raise services.${service}.timeout, or end the command in the background`,
            `services.${service}.timeout erhöhen, oder den Befehl im Hintergrund enden lassen`,
          ),
        ],
        ...evidence(lines),
      }
    case 'not-running':
      return {
        code: 'STW-S042',
        what: text(
          `${service} does not run after its ${action} command`,
          `${service} läuft nach dem Befehl ${action} nicht`,
        ),
        why: text(
          `its status command ended with code ${first}`,
          `sein Statusbefehl endete mit Code ${first}`,
        ),
        ...evidence(lines),
      }
    case 'still-running':
      return {
        code: 'STW-S043',
        what: text(
          `${service} still runs after its stop command`,
          `${service} läuft nach dem Stopp-Befehl noch`,
        ),
        why: text('its status command says so', 'sein Statusbefehl sagt es'),
        ...evidence(lines),
      }
    case 'no-secret':
      return secretProblem(service, first)
    default:
      return unexpected(service, action, report)
  }
}
