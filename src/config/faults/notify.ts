// C146-C149: announcements.
import { text } from '../../core/lang.ts'
import { fault } from './fault.ts'

export const notifyFaults = {
  clearAddress: (path: string, name: string) =>
    fault(
      'C146',
      text(
        `${path} stands in clear: whoever has it can write to your channel`,
        `${path} steht im Klartext: Wer sie hat, kann in den Kanal schreiben`,
      ),
      {
        next: [
          text(
            `url: \${${name}} and secrets: { ${name}: { env: ${name} } }`,
            `url: \${${name}} und secrets: { ${name}: { env: ${name} } }`,
          ),
        ],
      },
    ),
} as const
