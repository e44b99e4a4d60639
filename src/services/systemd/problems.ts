// What can go wrong with a systemd unit (STW-S020 to S039).
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Report } from '../../engine/step.ts'
import { evidence, lastLine, same, secretProblem, unexpected } from '../problems.ts'

/** Problems of a systemd unit. */
export function systemdProblem(service: string, unit: string, report: Report): Problem {
  const [first = '', second = ''] = report.args
  switch (report.key) {
    case 'no-systemd':
      return {
        code: 'STW-S020',
        what: text(
          `${service} needs systemd, which does not answer on the host`,
          `${service} braucht systemd, das auf dem Host nicht antwortet`,
        ),
        why: same(first),
        next: [
          same('systemctl is-system-running'),
          text(
            'For scope: user: sudo loginctl enable-linger <user>',
            'Bei scope: user: sudo loginctl enable-linger <Benutzer>',
          ),
        ],
      }
    case 'invalid':
      return {
        code: 'STW-S021',
        what: text(
          `The unit ${unit} of ${service} is not valid; the old one stays`,
          `Die Unit ${unit} von ${service} ist nicht gültig; die alte bleibt`,
        ),
        why: same(first),
        next: [same('stellwerk validate')],
        ...evidence(report.args),
      }
    case 'not-writable':
      return {
        code: 'STW-S022',
        what: text(`The unit ${unit} cannot be written`, `Die Unit ${unit} ist nicht schreibbar`),
        why: same(first),
        next: [
          text(
            'Set sudo: true and allow the deploy user to run cp, mv, rm, chmod and systemctl',
            'sudo: true setzen und dem Deploy-Benutzer cp, mv, rm, chmod und systemctl erlauben',
          ),
          text('Or use scope: user', 'Oder scope: user verwenden'),
        ],
      }
    case 'missing':
      return {
        code: 'STW-S023',
        what: text(
          `The unit ${unit} does not exist on the host`,
          `Die Unit ${unit} gibt es auf dem Host nicht`,
        ),
        why: text(
          `${service} has no command, so Stellwerk does not generate it`,
          `${service} hat kein command, also erzeugt Stellwerk sie nicht`,
        ),
        next: [
          same(`systemctl cat ${unit}`),
          text(
            'Install the unit, or give the service a command',
            'Die Unit installieren, oder dem Dienst ein command geben',
          ),
        ],
      }
    case 'not-active':
      return {
        code: 'STW-S024',
        what: text(
          `${unit} did not come up (${first}, result ${second})`,
          `${unit} kam nicht hoch (${first}, Ergebnis ${second})`,
        ),
        why: lastLine(report.args.slice(2)),
        next: [same(`journalctl -u ${unit} -n 50`), same(`systemctl status ${unit}`)],
        ...evidence(report.args.slice(2)),
      }
    case 'refused':
      return {
        code: 'STW-S025',
        what: text(`systemctl ${first} ${unit} was refused`, `systemctl ${first} ${unit} wurde abgelehnt`),
        why: lastLine(report.args.slice(1)),
        next: [
          text(
            'Set sudo: true, or allow the deploy user to manage the unit',
            'sudo: true setzen, oder dem Deploy-Benutzer die Unit erlauben',
          ),
        ],
        ...evidence(report.args.slice(1)),
      }
    case 'no-secret':
      return secretProblem(service, first)
    default:
      return unexpected(service, unit, report)
  }
}
