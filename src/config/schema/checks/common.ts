// What every kind of check has.
import { z } from 'zod'
import { durationOr, name } from '../scalar.ts'
import { about } from '../words.ts'

/** What every kind has. */
export const common = {
  timeout: durationOr('10s').meta(about('Time for one attempt', 'Zeit für einen Versuch')),
  retries: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .meta(about('Further attempts after the first', 'Weitere Versuche nach dem ersten')),
  every: durationOr('1s').meta(about('Pause between attempts', 'Pause zwischen Versuchen')),
  level: z
    .enum(['error', 'warn'])
    .default('error')
    .meta(about('warn: reported, but does not block', 'warn: wird berichtet, hält aber nicht auf')),
  roles: z
    .array(name)
    .min(1)
    .optional()
    .meta(about('Hosts it concerns; default: all', 'Hosts, die sie betrifft; sonst alle', ['web'])),
}
