// What can go wrong when nginx switches, in words (STW-T1..).
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import type { Report } from '../../engine/step.ts'
import type { NginxSwitch } from './switch.ts'

export function nginxProblem(step: NginxSwitch, report: Report): Problem {
  const [first = ''] = report.args
  const where = { host: step.host, step: step.id }
  const said = first === '' ? {} : { why: text(`it says "${first}"`, `es sagt „${first}“`) }
  switch (report.key) {
    case 'directory':
    case 'write':
      return includeLocked(step.host, step.include)
    case 'test':
      return {
        code: 'STW-T102',
        what: text(
          `nginx on ${step.host} refuses the configuration; the include file is as it was`,
          `nginx auf ${step.host} lehnt die Konfiguration ab; die Include-Datei ist wie zuvor`,
        ),
        where,
        ...said,
        next: [text(`On ${step.host}: ${step.test}`, `Auf ${step.host}: ${step.test}`)],
      }
    case 'reload':
      return {
        code: 'STW-T103',
        what: text(
          `nginx on ${step.host} did not reload; whether it uses the new configuration is not certain`,
          `nginx auf ${step.host} hat nicht neu geladen; ob es die neue Konfiguration verwendet, ist ungewiss`,
        ),
        where,
        ...said,
        next: [text(`On ${step.host}: ${step.reload}`, `Auf ${step.host}: ${step.reload}`)],
      }
    case 'unproven':
      return {
        code: 'STW-T104',
        what: text(
          `nginx on ${step.host} took the reload but its old workers still take requests`,
          `nginx auf ${step.host} nahm das Neuladen an, aber seine alten Worker nehmen noch Anfragen an`,
        ),
        where,
        why: text(
          `no new worker took over within ${first} s`,
          `kein neuer Worker übernahm binnen ${first} s`,
        ),
        next: [
          text(
            'Read its error log: a reload that fails later says why there',
            'Sein Fehlerprotokoll lesen: ein später gescheitertes Neuladen nennt dort den Grund',
          ),
          text(
            'See whether router.reload speaks to the nginx that includes the file',
            'Prüfen, ob router.reload den nginx anspricht, der die Datei einbindet',
          ),
        ],
      }
    default:
      return {
        code: 'STW-T105',
        what: text(
          `${step.include} on ${step.host} was changed by somebody else during the switch`,
          `${step.include} auf ${step.host} wurde während der Umschaltung von jemand anderem geändert`,
        ),
        where,
      }
  }
}

export function includeLocked(host: string, include: string): Problem {
  const directory = include.slice(0, include.lastIndexOf('/')) || '/'
  return {
    code: 'STW-T101',
    what: text(
      `${include} cannot be written on ${host}`,
      `${include} lässt sich auf ${host} nicht schreiben`,
    ),
    where: { host },
    why: text(
      'a new file is put beside it and renamed, so its directory must be writable',
      'eine neue Datei wird danebengelegt und umbenannt, deshalb muss ihr Verzeichnis beschreibbar sein',
    ),
    next: [
      text(
        `Give it a directory of its own: sudo install -d -o "$USER" ${directory}`,
        `Ihr ein eigenes Verzeichnis geben: sudo install -d -o "$USER" ${directory}`,
      ),
    ],
  }
}
