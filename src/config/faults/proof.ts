// C120-C124: flows and waivers.
import { text } from '../../core/lang.ts'
import { fault, list, meant } from './fault.ts'

export const proofFaults = {
  unsavedValue: (path: string, name: string, near: string | undefined, known: readonly string[]) =>
    fault(
      'C120',
      text(
        `${path} uses "{{${name}}}", which no earlier step saves`,
        `${path} benutzt "{{${name}}}"; kein früherer Schritt sichert das`,
      ),
      {
        next: near
          ? meant(near)
          : [
              text(
                `Save it in an earlier step: save: { ${name}: $.${name} } (saved so far: ${list(known)})`,
                `In einem früheren Schritt sichern: save: { ${name}: $.${name} } (bisher gesichert: ${list(known)})`,
              ),
            ],
      },
    ),
  waiverExpired: (path: string, check: string, until: string) =>
    fault(
      'C121',
      text(
        `${path} ended on ${until}: the check "${check}" counts again`,
        `${path} endete am ${until}: die Prüfung „${check}“ zählt wieder`,
      ),
      { next: [text('Remove it, or decide anew until when', 'Entfernen, oder neu entscheiden, bis wann')] },
    ),
  waiverTooLong: (path: string, until: string, latest: string) =>
    fault(
      'C122',
      text(
        `${path} lasts until ${until}, at most ${latest} is possible`,
        `${path} gilt bis ${until}, möglich ist höchstens ${latest}`,
      ),
      {
        why: text(
          'A waiver without an end in sight is a check that nobody needs',
          'Eine Ausnahme ohne absehbares Ende ist eine Prüfung, die niemand braucht',
        ),
      },
    ),
} as const
