// What people must have decided before anything may be rolled out: one entry a question, answered or open.
import { z } from 'zod'
import { day } from './scalar.ts'
import { about, says } from './words.ts'

export const decision = z
  .strictObject({
    question: z
      .string()
      .min(1)
      .meta(about('What is to be decided', 'Was zu entscheiden ist', 'Where does it run?')),
    options: z
      .array(z.string().min(1))
      .min(2)
      .optional()
      .meta(
        about('The answers there are; absent: any', 'Die möglichen Antworten; ohne: beliebig', [
          'cloud',
          'on-premise',
        ]),
      ),
    answer: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'What was decided; without it a deploy is refused',
          'Was entschieden wurde; ohne sie wird ein Deploy verweigert',
          'on-premise',
        ),
      ),
    by: z
      .string()
      .min(1)
      .optional()
      .meta(about('Who decided', 'Wer entschieden hat', 'Anna')),
    on: day.optional().meta(about('When', 'Wann', '2026-03-01')),
    why: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'The reason, for whoever asks later',
          'Der Grund, für spätere Fragen',
          'The data must stay in the house',
        ),
      ),
  })
  .refine(
    ({ answer, by }) => answer === undefined || by !== undefined,
    says('needs `by`: who gave the answer', 'braucht `by`: wer die Antwort gab'),
  )
  .refine(
    ({ answer, options }) => answer === undefined || options === undefined || options.includes(answer),
    says('must have an answer that is one of its options', 'muss eine ihrer options als answer haben'),
  )
  .meta(about('One question and its answer', 'Eine Frage und ihre Antwort'))
export type Decision = z.infer<typeof decision>

/** Whether somebody has decided: what only holds the place is no answer, unless it is one of the options. */
export function isDecided({ answer = '', options = [] }: Pick<Decision, 'answer' | 'options'>): boolean {
  return options.includes(answer) || !/^\s*(|\?+|tbd|tba|todo|offen|<[^>]*>)\s*$/i.test(answer)
}
