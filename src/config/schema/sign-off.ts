// Manual steps: what a named person must have looked at before a deploy begins, or before a release counts as proven.
import { z } from 'zod'
import { matcher } from './matcher.ts'
import { durationOr, name } from './scalar.ts'
import { about, says } from './words.ts'

export const signOff = z
  .strictObject({
    title: z
      .string()
      .min(1)
      .meta(about('What is signed', 'Was unterschrieben wird', 'Signing in works')),
    phase: z
      .enum(['before', 'after'])
      .default('after')
      .meta(
        about(
          'before: for a version, or its deploy does not begin. after: the deploy waits for it once users have the release',
          'before: für eine Version, sonst beginnt ihr Deploy nicht. after: der Deploy wartet darauf, sobald Benutzer das Release haben',
        ),
      ),
    role: z
      .string()
      .min(1)
      .meta(
        about(
          'Who signs: a key of contacts, or the name of a role',
          'Wer unterschreibt: ein Schlüssel aus contacts oder der Name einer Rolle',
          'qa',
        ),
      ),
    evidence: z
      .enum(['none', 'text', 'number', 'file'])
      .default('none')
      .meta(
        about(
          'What must come with it; of a file its name and SHA-256 are kept',
          'Was dazugehört; von einer Datei werden Name und SHA-256 bewahrt',
          'text',
        ),
      ),
    matcher: matcher
      .optional()
      .meta(about('What a text or a number must be', 'Was ein Text oder eine Zahl sein muss', { max: 50 })),
    persons: z
      .union([z.literal(1), z.literal(2)])
      .default(1)
      .meta(about('How many different people sign', 'Wie viele verschiedene Menschen unterschreiben', 2)),
    timeout: durationOr('24h').meta(
      about(
        'From then on status and doctor complain; nothing is ever approved by waiting',
        'Ab dann mahnen status und doctor; durch Warten wird nie etwas genehmigt',
      ),
    ),
    environments: z
      .array(name)
      .min(1)
      .optional()
      .meta(about('Only there; absent: everywhere', 'Nur dort; ohne: überall', ['production'])),
  })
  .refine(
    ({ evidence, matcher: rule }) => rule === undefined || evidence === 'text' || evidence === 'number',
    says(
      'needs evidence: text or number for its matcher',
      'braucht evidence: text oder number für seinen matcher',
    ),
  )
  .meta(about('One manual step with a signature', 'Ein Schritt von Hand mit Unterschrift'))
