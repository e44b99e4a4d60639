// What people decide, sign and look after.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Command, Flag } from '../command.ts'
import { changing, environment, reading } from './shared.ts'

const { done, usage, config, checkSaysNo } = exitCode

const by: Flag = {
  name: 'by',
  value: 'name',
  about: text('who it is (default: you)', 'wer es ist (Vorgabe: du)'),
}
const evidence: Flag = {
  name: 'evidence',
  value: 'text',
  about: text('what was seen: a text or a number', 'was zu sehen war: ein Text oder eine Zahl'),
}

export const people: readonly Command[] = [
  {
    name: 'decisions',
    about: text(
      'what has been decided and what has not; an open decision blocks deploys',
      'was entschieden ist und was nicht; eine offene Entscheidung verhindert Deploys',
    ),
    args: [environment],
    examples: ['stellwerk decisions production'],
    exits: [done, usage, config, checkSaysNo],
    load: () => import('../run/decisions.ts'),
  },
  {
    name: 'sign-off',
    about: text(
      'list what is to be signed, sign it, or refuse the release; the last signature settles the run that waits',
      'zeigen, was zu unterschreiben ist, unterschreiben oder das Release ablehnen; die letzte Unterschrift schließt den wartenden Lauf ab',
    ),
    args: [
      environment,
      { name: 'id', about: text('sign-off (without it: list them)', 'Unterschrift (ohne: sie auflisten)') },
    ],
    flags: [
      evidence,
      {
        name: 'file',
        value: 'file',
        about: text(
          'a file as evidence: its name and SHA-256 are kept',
          'eine Datei als Nachweis: Name und SHA-256 werden bewahrt',
        ),
      },
      by,
      {
        name: 'reject',
        about: text('refuse the release: it is rolled back', 'das Release ablehnen: es wird zurückgerollt'),
      },
      { name: 'reason', value: 'text', about: text('why it is refused', 'warum es abgelehnt wird') },
      {
        name: 'version',
        value: 'version',
        about: text(
          'for what is signed before a deploy: this version',
          'für Unterschriften vor dem Deploy: diese Version',
        ),
      },
      {
        name: 'bundle',
        value: 'file',
        about: text(
          'for what is signed before a deploy: this bundle and no other',
          'für Unterschriften vor dem Deploy: genau dieses Bundle',
        ),
      },
    ],
    examples: [
      'stellwerk sign-off production',
      'stellwerk sign-off production response-time --evidence 42',
      'stellwerk sign-off production --reject --reason "the invoice page is empty"',
    ],
    exits: changing,
    load: () => import('../run/sign-off.ts'),
  },
  {
    name: 'aftercare',
    about: text(
      'what is to be looked at after a release: list it, work off what is due, or close one task',
      'was nach einem Release anzusehen ist: zeigen, Fälliges abarbeiten oder eine Aufgabe abschließen',
    ),
    args: [
      environment,
      {
        name: 'action',
        about: text('list, run or done (default: list)', 'list, run oder done (Vorgabe: list)'),
      },
      { name: 'id', about: text('task', 'Aufgabe') },
    ],
    flags: [evidence, by],
    examples: [
      'stellwerk aftercare production',
      'stellwerk aftercare production run',
      'stellwerk aftercare production done hour-12 --evidence "no errors in the log"',
    ],
    exits: [...reading, checkSaysNo],
    load: () => import('../run/aftercare.ts'),
  },
]
