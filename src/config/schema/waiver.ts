// A check that is overruled for a while: by whom, why, and until when.
import { z } from 'zod'
import { day } from './scalar.ts'
import { about, says } from './words.ts'

/** Characters: a word is no reason. */
export const leastReason = 10

const reason = z
  .string()
  .trim()
  .min(
    leastReason,
    says(
      `must say why, in at least ${leastReason} characters`,
      `muss sagen, warum, mit mindestens ${leastReason} Zeichen`,
    ),
  )

export const waiver = z
  .strictObject({
    reason: reason.meta(
      about('Why it may be passed over', 'Warum sie übergangen werden darf', 'disk is replaced on Monday'),
    ),
    until: day.meta(
      about(
        'Last day it holds, to its end in UTC; at most 90 days ahead',
        'Letzter Tag, an dem sie gilt, bis zu seinem Ende in UTC; höchstens 90 Tage voraus',
        '2026-12-01',
      ),
    ),
    by: z
      .string()
      .min(1)
      .meta(about('Who decided it', 'Wer es entschieden hat', 'Anna Berg')),
  })
  .meta(about('A check that is overruled for a while', 'Eine Prüfung, die für eine Weile übergangen wird'))
export type Waiver = z.infer<typeof waiver>
