// Whom to ask, and who may decide what.
import { z } from 'zod'
import { about } from './words.ts'

export const contact = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .meta(about('Person or team', 'Person oder Team', 'Anna Berg')),
    role: z
      .string()
      .min(1)
      .optional()
      .meta(about('What they are', 'Was sie sind', 'DevOps Lead')),
    email: z
      .email()
      .optional()
      .meta(about('Address', 'Adresse', 'anna@example.org')),
    phone: z
      .string()
      .min(1)
      .optional()
      .meta(about('Number', 'Nummer', '+49 30 1234567')),
    available: z
      .string()
      .min(1)
      .optional()
      .meta(about('When they can be reached', 'Wann sie erreichbar sind', '24/7')),
    decides: z
      .array(z.string().min(1))
      .default([])
      .meta(
        about('What they decide when it matters', 'Was sie im Ernstfall entscheiden', [
          'rollback',
          'restore',
        ]),
      ),
  })
  .meta(about('One person or team', 'Eine Person oder ein Team'))
export type Contact = z.infer<typeof contact>
