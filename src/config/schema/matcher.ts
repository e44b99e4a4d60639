// What a value must be: in answers, headers, outputs.
import { z } from 'zod'
import { regularExpression } from './scalar.ts'
import { about, says } from './words.ts'

const plain = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** What a value must be. Several keys must all hold. A bare scalar means `equals`. */
const matcherObject = z
  .strictObject({
    equals: plain.optional().meta(about('The value itself', 'Der Wert selbst', 'ok')),
    not: plain
      .optional()
      .meta(about('A value it must not be', 'Ein Wert, der es nicht sein darf', 'critical')),
    oneOf: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .min(1)
      .optional()
      .meta(about('One of these values', 'Einer dieser Werte', ['ok', 'degraded'])),
    contains: z
      .string()
      .optional()
      .meta(
        about(
          'Text that must occur, or an element an array must hold',
          'Text, der vorkommen muss, oder ein Element der Liste',
          'Welcome',
        ),
      ),
    matches: regularExpression
      .optional()
      .meta(
        about(
          'Regular expression (JavaScript, u flag)',
          'Regulärer Ausdruck (JavaScript, Schalter u)',
          '^v\\d+',
        ),
      ),
    min: z
      .number()
      .optional()
      .meta(about('Least number', 'Kleinste Zahl', 1)),
    max: z
      .number()
      .optional()
      .meta(about('Greatest number', 'Größte Zahl', 100)),
    exists: z
      .boolean()
      .optional()
      .meta(about('Whether it must be there at all', 'Ob es überhaupt da sein muss', true)),
    minItems: z
      .int()
      .min(0)
      .optional()
      .meta(about('Least number of elements of an array', 'Kleinste Zahl der Elemente einer Liste', 1)),
  })
  .refine(
    value => Object.keys(value).length > 0,
    says(
      'needs at least one rule: an empty matcher proves nothing',
      'braucht mindestens eine Regel: eine leere Bedingung beweist nichts',
    ),
  )
  .refine(
    value => value.exists !== false || Object.keys(value).length === 1,
    says(
      'needs exists: false to stand alone: a value that must be absent has no other rule',
      'braucht exists: false für sich allein: ein Wert, der fehlen muss, hat keine andere Regel',
    ),
  )
export const matcher = z
  .union([z.string(), z.number(), z.boolean(), z.null(), matcherObject])
  .meta(
    about(
      'What a value must be; a bare value means equals',
      'Was ein Wert sein muss; ein bloßer Wert heißt equals',
    ),
  )
export type Matcher = z.infer<typeof matcher>
