// C138-C145: decisions, sign-offs, after-care.
import { text } from '../../core/lang.ts'
import { both, fault, list, meant } from './fault.ts'

export const peopleFaults = {
  undecided: (name: string, question: string, options: readonly string[]) =>
    fault('C138', text(`Not decided: ${question}`, `Nicht entschieden: ${question}`), {
      why: text(
        `decisions.${name} has no answer${options.length > 0 ? `; there is: ${list(options)}` : ''}`,
        `decisions.${name} hat keine answer${options.length > 0 ? `; es gibt: ${list(options)}` : ''}`,
      ),
      next: [
        text(
          `Write it there: answer: ${options[0] ?? '<answer>'}, by: <name>, on: <day>`,
          `Dort eintragen: answer: ${options[0] ?? '<Antwort>'}, by: <Name>, on: <Tag>`,
        ),
      ],
    }),
  noSuchEnvironment: (path: string, name: string, near: string | undefined, known: readonly string[]) =>
    fault(
      'C139',
      text(
        `${path} names the environment "${name}", which does not exist`,
        `${path} nennt die Umgebung "${name}"; die gibt es nicht`,
      ),
      {
        why: text(
          'A sign-off of no environment would never be asked for',
          'Eine Unterschrift in keiner Umgebung würde nie verlangt',
        ),
        next: near ? meant(near) : [both(list(known))],
      },
    ),
  careTwice: (path: string, id: string) =>
    fault('C140', text(`${path}: "${id}" is there twice`, `${path}: "${id}" gibt es zweimal`), {
      why: text('What is done is noted by this name', 'Unter diesem Namen wird Erledigtes vermerkt'),
    }),
} as const
