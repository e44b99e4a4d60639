// The page by hand.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command, Flag } from '../command.ts'
import { changing, environment, hosts, reading, roles, wait } from './shared.ts'

const reason: Flag = {
  name: 'reason',
  value: 'text',
  about: text('why; kept with the run', 'warum; bleibt beim Lauf'),
}

export const maintaining: readonly Command[] = [
  {
    name: 'maintenance on',
    about: text(
      'show visitors the maintenance page, and prove that they get it',
      'Besuchern die Wartungsseite zeigen und beweisen, dass sie sie bekommen',
    ),
    args: [environment],
    flags: [
      reason,
      {
        name: 'for',
        value: 'duration',
        about: text(
          'the embedded router ends it by itself after this time, such as 30m',
          'der eingebaute Router beendet sie nach dieser Zeit von selbst, etwa 30m',
        ),
      },
      wait,
      hosts,
      roles,
    ],
    examples: ['stellwerk maintenance on production --reason "new disks" --for 30m'],
    exits: changing,
    load: () => import('../run/maintenance-on.ts'),
  },
  {
    name: 'maintenance off',
    about: text('end the maintenance, whoever began it', 'die Wartung beenden, wer sie auch begonnen hat'),
    args: [environment],
    flags: [reason, wait, hosts, roles],
    examples: ['stellwerk maintenance off production'],
    exits: changing,
    load: () => import('../run/maintenance-off.ts'),
  },
  {
    name: 'maintenance status',
    about: text(
      'whether visitors see the maintenance page, since which run, and why',
      'ob Besucher die Wartungsseite sehen, seit welchem Lauf und warum',
    ),
    args: [environment],
    flags: [hosts, roles],
    examples: ['stellwerk maintenance status production'],
    exits: [...reading, exitCode.checkSaysNo],
    load: () => import('../run/maintenance-status.ts'),
  },
]
