// Free space.
import { z } from 'zod'
import { bytes } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

export const diskCheck = z
  .strictObject({
    kind: z
      .literal('disk')
      .meta(about('Looks at the free space of a disk', 'Sieht den freien Platz einer Platte an')),
    path: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'Default: the root of the app on the host',
          'Sonst: das Verzeichnis der App auf dem Host',
          '/var/lib/app',
        ),
      ),
    minFree: bytes.optional().meta(about('Least free space', 'Kleinster freier Platz', '50GB')),
    minFreePercent: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .meta(about('Least free share in percent', 'Kleinster freier Anteil in Prozent', 10)),
    ...common,
  })
  .refine(
    check => check.minFree !== undefined || check.minFreePercent !== undefined,
    says(
      'needs minFree or minFreePercent: a disk check without a limit proves nothing',
      'braucht minFree oder minFreePercent: eine Plattenprüfung ohne Grenze beweist nichts',
    ),
  )
  .meta(about('Free disk space', 'Freier Plattenplatz'))

export type DiskCheck = z.infer<typeof diskCheck>
