// What is looked at in the hours and days after a release is proven.
import { z } from 'zod'
import { duration, name } from './scalar.ts'
import { about, says } from './words.ts'

export const afterCare = z
  .strictObject({
    id: name.meta(about('Its name', 'Sein Name', 'hour-1')),
    title: z
      .string()
      .min(1)
      .optional()
      .meta(about('What is done', 'Was getan wird', 'Watch closely')),
    after: duration
      .optional()
      .meta(about('Due so long after the release is proven', 'Fällig so lange nach der Bewährung', '1h')),
    every: duration.optional().meta(about('Due again and again ...', 'Immer wieder fällig ...', '1d')),
    until: duration.optional().meta(about('... until so long after', '... bis so lange danach', '7d')),
    checks: z
      .array(name)
      .default([])
      .meta(about('Checks that must pass then', 'Prüfungen, die dann bestehen müssen', ['health'])),
    signOff: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'Role whose person closes it; without checks somebody always does',
          'Rolle, deren Mensch es abschließt; ohne Prüfungen tut es immer jemand',
          'ops',
        ),
      ),
    note: z
      .string()
      .min(1)
      .optional()
      .meta(about('What to look at', 'Worauf zu achten ist', 'Response times and the queue')),
  })
  .refine(
    ({ after, every, until }) =>
      after === undefined
        ? every !== undefined && until !== undefined
        : every === undefined && until === undefined,
    says('needs either after, or every and until', 'braucht entweder after, oder every und until'),
  )
  .refine(
    ({ every, until }) =>
      every === undefined ||
      until === undefined ||
      (every >= 3_600_000 && until >= every && until / every <= 100),
    says(
      'must come at least hourly apart, and at most 100 times',
      'muss mindestens eine Stunde auseinanderliegen, höchstens 100 Mal',
    ),
  )
  .meta(about('One task of the time after', 'Eine Aufgabe der Zeit danach'))
export type AfterCare = z.infer<typeof afterCare>
