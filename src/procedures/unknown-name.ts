// A name that the config does not have.
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'

const none: Readonly<
  Record<
    | 'host'
    | 'role'
    | 'service'
    | 'check'
    | 'database'
    | 'store'
    | 'destination'
    | 'operation'
    | 'sign-off'
    | 'after-care'
    | 'channel',
    Text
  >
> = {
  host: text('no host', 'keinen Host'),
  role: text('no role', 'keine Rolle'),
  service: text('no service', 'keinen Dienst'),
  check: text('no check', 'keine Prüfung'),
  database: text('no database', 'keine Datenbank'),
  store: text('no store of files', 'keinen Ablageort'),
  destination: text('no destination', 'kein Ziel'),
  operation: text('no operation', 'keine Operation'),
  'sign-off': text('no sign-off', 'keine Unterschrift'),
  'after-care': text('no task', 'keine Aufgabe'),
  channel: text('no channel', 'keinen Kanal'),
}

export function unknownName(kind: keyof typeof none, name: string, known: readonly string[]): Problem {
  const what = none[kind]
  const list = known.join(', ')
  const some = known.length > 0
  return {
    code: 'STW-U001',
    what: text(`There is ${what.en} "${name}"`, `Es gibt ${what.de} „${name}“`),
    why: text(`known: ${some ? list : 'none'}`, `bekannt: ${some ? list : 'nichts'}`),
  }
}
