// Backups and their proof.
import { text } from '../../core/lang.ts'
import type { Command } from '../command.ts'
import { changing, environment, wait } from './shared.ts'

export const backing: readonly Command[] = [
  {
    name: 'backup',
    about: text(
      'dump every store, bring the set to every destination and prove it there',
      'alle Daten ausgeben, den Satz zu jedem Ziel bringen und dort beweisen',
    ),
    args: [environment],
    flags: [
      {
        name: 'class',
        value: 'name',
        about: text(
          'class of the set, which decides how long it stays (default: manual)',
          'Klasse des Satzes; sie entscheidet, wie lange er bleibt (Vorgabe: manual)',
        ),
      },
      wait,
    ],
    examples: ['stellwerk backup production', 'stellwerk backup production --class daily'],
    exits: changing,
    load: () => import('../run/backup.ts'),
  },
]
