// What people do in a guide: decisions, contacts, signatures, the days after. From the config alone.
import type { Config } from '../config/config.ts'
import { type Decision, isDecided } from '../config/schema/decision.ts'
import { formatDuration } from '../core/duration.ts'
import { type Text, text } from '../core/lang.ts'
import { tasksOf } from '../runbook/due-list.ts'
import { type Box, type Part, same } from '../runbook/guide.ts'
import { askedFor } from './people.ts'

export function decisionBoxes({ decisions }: Config): readonly Box[] {
  return Object.values(decisions).map(decision => boxOf(decision, isDecided(decision)))
}

function boxOf({ question, answer, by, on, options, why }: Decision, decided: boolean): Box {
  return {
    title: same(question),
    lines: [
      !decided
        ? text('Open: a deploy is refused', 'Offen: Ein Deploy wird verweigert')
        : same(`${answer}${by === undefined ? '' : ` (${[by, on].filter(Boolean).join(', ')})`}`),
      ...(!decided && options !== undefined ? [same(options.join(' / '))] : []),
      ...(why === undefined ? [] : [same(why)]),
    ],
    commands: [],
    ...(decided ? { done: true as const } : {}),
  }
}

export function contactParts({ contacts }: Config): readonly Part[] {
  const all = Object.values(contacts)
  if (all.length === 0) return []
  const head = [
    text('Who', 'Wer'),
    text('Role', 'Rolle'),
    text('Reached', 'Erreichbar'),
    text('When', 'Wann'),
    text('Decides', 'Entscheidet'),
  ]
  const rows = all.map(({ name, role, email, phone, available, decides }) => [
    same(name),
    same(role ?? ''),
    same([phone, email].filter(Boolean).join(', ')),
    same(available ?? ''),
    same(decides.join(', ')),
  ])
  return [{ kind: 'table', head, rows }]
}

/** Who decides this, in one line; nobody: somebody must be found before, not during. */
export function whoDecides({ contacts }: Config, what: string): Text {
  const names = Object.values(contacts)
    .filter(({ decides }) => decides.includes(what))
    .map(({ name, role, phone, email }) => [name, role, phone ?? email].filter(Boolean).join(', '))
  return names.length === 0
    ? text(
        'Nobody is named who decides this: contacts, decides',
        'Niemand ist benannt, der das entscheidet: contacts, decides',
      )
    : text(`Decides: ${names.join('; ')}`, `Entscheidet: ${names.join('; ')}`)
}

export function signOffBoxes(config: Config, phase: 'before' | 'after'): readonly Box[] {
  const { name } = config.environment
  return askedFor(config, phase).map(({ id, title, role, evidence, persons, timeout }) => {
    const person = config.contacts[role]?.name ?? role
    const words = phase === 'before' ? ' --version <version>' : ''
    const proof = evidence === 'none' ? '' : evidence === 'file' ? ' --file <file>' : ' --evidence <text>'
    return {
      title: same(title),
      lines: [
        persons === 1
          ? text(`Signed by ${person}`, `Unterschrieben von ${person}`)
          : text(
              `Signed by ${person} and a second person`,
              `Unterschrieben von ${person} und einer zweiten Person`,
            ),
        ...(evidence === 'none' ? [] : [evidences[evidence]]),
        ...(phase === 'after'
          ? [text(`Within ${formatDuration(timeout)}`, `Innerhalb von ${formatDuration(timeout)}`)]
          : []),
        text('Signature, time: ……………………', 'Unterschrift, Zeit: ……………………'),
      ],
      commands: [`stellwerk sign-off ${name} ${id}${words}${proof}`.replaceAll(/<(\w+)>/g, "'<$1>'")],
    }
  })
}

const evidences: Readonly<Record<'text' | 'number' | 'file', Text>> = {
  text: text('What was seen: ……………………', 'Was zu sehen war: ……………………'),
  number: text('Number: ……………………', 'Zahl: ……………………'),
  file: text('A file as evidence', 'Eine Datei als Nachweis'),
}

export function careBoxes({ afterCare, environment, contacts }: Config): readonly Box[] {
  return tasksOf(afterCare).map(({ id, title, after, checks, signOff, note }) => ({
    title: text(`${formatDuration(after)}: ${title}`, `${formatDuration(after)}: ${title}`),
    lines: [
      ...(note === undefined ? [] : [same(note)]),
      ...(signOff === undefined
        ? []
        : [
            text(
              `Closed by ${contacts[signOff]?.name ?? signOff}`,
              `Abgeschlossen von ${contacts[signOff]?.name ?? signOff}`,
            ),
          ]),
    ],
    commands: [
      ...(checks.length === 0 ? [] : [`stellwerk check ${environment.name} --only ${checks.join(',')}`]),
      ...(signOff === undefined && checks.length > 0
        ? []
        : [`stellwerk aftercare ${environment.name} done ${id}`]),
    ],
  }))
}
