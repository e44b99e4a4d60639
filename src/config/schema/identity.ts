// Proof of which release answers.
import { z } from 'zod'
import { from, isReachable, jsonPath, needsAddress, url } from './probe.ts'
import { durationOr } from './scalar.ts'
import { about, says } from './words.ts'

/** Proof of which release answers: without it a green health check may be the old process. */
export const identity = z
  .union([
    z
      .strictObject({
        url: url
          .default('/')
          .meta(
            about(
              'Address or path that tells the release',
              'Adresse oder Pfad, der das Release nennt',
              '/api/health',
            ),
          ),
        from,
        header: z
          .string()
          .min(1)
          .optional()
          .meta(
            about(
              'Response header that holds the release id',
              'Kopfzeile der Antwort mit der Release-Kennung',
              'X-Release',
            ),
          ),
        json: jsonPath
          .optional()
          .meta(about('JSON path to the release id', 'JSON-Pfad zur Release-Kennung', '$.release')),
        text: z
          .literal(true)
          .optional()
          .meta(
            about(
              'The whole body, trimmed, is the release id',
              'Der ganze Inhalt, ohne Leerraum am Rand, ist die Release-Kennung',
              true,
            ),
          ),
        retries: z
          .int()
          .min(0)
          .max(100)
          .default(10)
          .meta(about('Further attempts after the first', 'Weitere Versuche nach dem ersten')),
        every: durationOr('500ms').meta(about('Pause between attempts', 'Pause zwischen Versuchen')),
        timeout: durationOr('5s').meta(about('Time for one attempt', 'Zeit für einen Versuch')),
      })
      .refine(
        value => [value.header, value.json, value.text].filter(part => part !== undefined).length === 1,
        says('needs exactly one of header, json, text', 'braucht genau eines von header, json, text'),
      )
      .refine(isReachable, needsAddress)
      .meta(about('Where the release id is read', 'Wo die Release-Kennung gelesen wird')),
    z
      .strictObject({
        waived: z
          .string()
          .min(10)
          .meta(
            about(
              'Why this app cannot tell its release; shown in every report',
              'Warum diese App ihr Release nicht nennen kann; steht in jedem Bericht',
              'Third-party application without a version page',
            ),
          ),
      })
      .meta(about('No proof, for a reason', 'Kein Beweis, aus einem Grund')),
  ])
  .meta(about('Proof of which release answers', 'Beweis, welches Release antwortet'))
export type Identity = z.infer<typeof identity>
/** An identity that can be asked for. */
export type IdentityProbe = Exclude<Identity, { waived: string }>
