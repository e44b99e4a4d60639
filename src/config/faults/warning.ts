// C060-C099: questions about the config (C060) and warnings (C090), which stop nothing.
import { text } from '../../core/lang.ts'
import { both, fault, list } from './fault.ts'

export const warningFaults = {
  nothingToExplain: (path: string, near: string | undefined, known: readonly string[]) =>
    fault('C060', text(`There is no key "${path}"`, `Einen Schlüssel "${path}" gibt es nicht`), {
      next: near
        ? [both(`stellwerk explain ${near}`)]
        : [text(`Known are: ${list(known)}`, `Bekannt sind: ${list(known)}`)],
    }),
  identityWaived: () =>
    fault('C090', text('Nothing proves which release answers', 'Nichts beweist, welches Release antwortet'), {
      why: text(
        'verify.identity is waived, so a healthy old process looks like a healthy new one',
        'verify.identity ist erlassen; ein gesunder alter Prozess sieht aus wie ein gesunder neuer',
      ),
    }),
  nothingVerified: () =>
    fault(
      'C091',
      text('verify names neither health nor smoke checks', 'verify nennt weder health- noch smoke-Prüfungen'),
      {
        why: text(
          'A release that starts but does not work would count as proven',
          'Ein Release, das startet, aber nicht arbeitet, gälte als bewährt',
        ),
        next: [both('verify: { health: [<check>] }')],
      },
    ),
  onlyWarnings: () =>
    fault(
      'C093',
      text(
        'Every check in verify has level: warn, so none of them can fail',
        'Jede Prüfung in verify hat level: warn; keine davon kann scheitern',
      ),
      {
        why: text(
          'A release that starts but does not work would count as proven',
          'Ein Release, das startet, aber nicht arbeitet, gälte als bewährt',
        ),
        next: [text('Give one of them level: error', 'Einer davon level: error geben')],
      },
    ),
  idleBatch: (path: string, hosts: number) =>
    fault(
      'C092',
      text(
        `${path} gets no host: the ones before it already take all ${hosts}`,
        `${path} bekommt keinen Host: die davor nehmen schon alle ${hosts}`,
      ),
    ),
} as const
