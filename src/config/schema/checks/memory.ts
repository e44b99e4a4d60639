// Working memory.
import { z } from 'zod'
import { bytes } from '../scalar.ts'
import { about, says } from '../words.ts'
import { common } from './common.ts'

export const memoryCheck = z
  .strictObject({
    kind: z
      .literal('memory')
      .meta(about('Looks at the memory of a host', 'Sieht den Arbeitsspeicher eines Hosts an')),
    minAvailable: bytes
      .optional()
      .meta(
        about(
          'Least memory that a new process could still get',
          'Kleinster Speicher, den ein neuer Prozess noch bekäme',
          '16GB',
        ),
      ),
    maxUsedPercent: z
      .number()
      .min(1)
      .max(100)
      .optional()
      .meta(about('Greatest share in use, in percent', 'Größter belegter Anteil in Prozent', 80)),
    ...common,
  })
  .refine(
    check => check.minAvailable !== undefined || check.maxUsedPercent !== undefined,
    says(
      'needs minAvailable or maxUsedPercent: a memory check without a limit proves nothing',
      'braucht minAvailable oder maxUsedPercent: eine Speicherprüfung ohne Grenze beweist nichts',
    ),
  )
  .meta(about('Working memory', 'Arbeitsspeicher'))
