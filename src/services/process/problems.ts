// What can go wrong with a process (STW-S001 to S019).
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Report } from '../../engine/step.ts'
import { endText, evidence, lastLine, same, secretProblem, unexpected } from '../problems.ts'

/** Problems of starting and ending a process. */
export function processProblem(service: string, release: string, report: Report): Problem {
  const [first = '', second = '', third = ''] = report.args
  switch (report.key) {
    case 'died': {
      const end = endText(/^\d+$/.test(first) ? Number(first) : undefined)
      return {
        code: 'STW-S001',
        what: text(
          `${service} ended ${end.en} before it was ready`,
          `${service} endete ${end.de}, bevor er bereit war`,
        ),
        why: lastLine(report.args.slice(1)),
        next: [same(`stellwerk logs ${service}`)],
        ...evidence(report.args.slice(1)),
      }
    }
    case 'port-taken':
      return {
        code: 'STW-S002',
        what: text(
          `Port ${first} of ${service} is taken by another program`,
          `Port ${first} von ${service} gehört einem anderen Programm`,
        ),
        why:
          second === '?'
            ? text(
                'a process that /proc does not show to this user listens on it',
                'ein Prozess, den /proc diesem Benutzer nicht zeigt, lauscht darauf',
              )
            : text(
                `process ${second} (${third}) listens on it`,
                `Prozess ${second} (${third}) lauscht darauf`,
              ),
        next: [
          same(
            second === '?' ? `sudo ss -ltnp 'sport = :${first}'` : `tr '\\0' ' ' </proc/${second}/cmdline`,
          ),
          text(
            `Stop it, or give ${service} another port`,
            `Beenden, oder ${service} einen anderen Port geben`,
          ),
        ],
      }
    case 'not-listening':
      return {
        code: 'STW-S003',
        what: text(
          `${service} was not ready within ${first} s and was ended`,
          `${service} war nach ${first} s nicht bereit und wurde beendet`,
        ),
        why: text('it lived, but its port did not open', 'er lebte, aber sein Port ging nicht auf'),
        next: [
          same(`stellwerk logs ${service}`),
          text('Raise ready.timeout when it needs longer', 'ready.timeout erhöhen, wenn er länger braucht'),
        ],
        ...evidence(report.args.slice(1)),
      }
    case 'slot-busy':
      return {
        code: 'STW-S004',
        what: text(
          `${service} cannot start: release ${first} runs in its place`,
          `${service} kann nicht starten: Release ${first} läuft an seiner Stelle`,
        ),
        why: text(
          `process ${second} is alive, and the plan did not know it`,
          `Prozess ${second} lebt, und der Plan kannte ihn nicht`,
        ),
        next: [same('stellwerk status'), same(`stellwerk restart ${service}`)],
      }
    case 'survived':
      return {
        code: 'STW-S005',
        what: text(`${service} is still alive after KILL`, `${service} lebt auch nach KILL noch`),
        why: text(
          `processes ${first} do not end: blocked in the kernel, or of another user`,
          `die Prozesse ${first} enden nicht: im Kernel blockiert oder von einem anderen Benutzer`,
        ),
        next: [same(`ps -o pid,stat,user,wchan,args -p ${first.trim().split(/\s+/).join(',')}`)],
      }
    case 'no-release':
      return {
        code: 'STW-S006',
        what: text(`Release ${first} is not on the host`, `Release ${first} ist nicht auf dem Host`),
        why: text(
          `${service} can only start from its directory`,
          `${service} kann nur aus dessen Verzeichnis starten`,
        ),
        next: [same('stellwerk releases')],
      }
    case 'no-secret':
      return secretProblem(service, first)
    case 'no-proc':
      return {
        code: 'STW-S008',
        what: text('The host shows no processes in /proc', 'Der Host zeigt keine Prozesse in /proc'),
        why: text(
          'without /proc nobody can tell whether a service runs',
          'ohne /proc kann niemand sagen, ob ein Dienst läuft',
        ),
        next: [
          text(
            'Use Linux with /proc mounted, or kind: command',
            'Linux mit eingehängtem /proc verwenden, oder kind: command',
          ),
        ],
      }
    default:
      return unexpected(service, release, report)
  }
}
