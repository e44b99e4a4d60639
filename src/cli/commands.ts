// All commands, as data. The order is the order of the help.
import { exitCode } from '../core/exit-code.ts'
import { text } from '../core/lang.ts'
import type { Command } from './command.ts'
import { backing } from './commands/backup.ts'
import { keys } from './commands/keys.ts'
import { looking } from './commands/look.ts'
import { maintaining } from './commands/maintenance.ts'
import { operating } from './commands/operate.ts'
import { people } from './commands/people.ts'
import { preparing } from './commands/prepare.ts'
import { recording } from './commands/record.ts'
import { releasing } from './commands/release.ts'
import { restoring } from './commands/restore.ts'
import { guiding } from './commands/runbook.ts'

export const commands: readonly Command[] = [
  ...preparing,
  ...releasing,
  ...backing,
  ...restoring,
  ...looking,
  ...operating,
  ...maintaining,
  ...people,
  ...guiding,
  ...recording,
  ...keys,
  {
    name: 'completion',
    about: text(
      'print the completion script of a shell',
      'das Vervollständigungsskript einer Shell ausgeben',
    ),
    args: [{ name: 'shell', about: text('bash, zsh or fish', 'bash, zsh oder fish'), required: true }],
    examples: ['stellwerk completion bash > /etc/bash_completion.d/stellwerk'],
    exits: [exitCode.done, exitCode.usage],
    load: () => import('./run/completion.ts'),
  },
]
