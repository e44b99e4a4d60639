// How a service comes to rest before it is stopped: something must become true, and what happens when it does not.
import { z } from 'zod'
import { command, durationOr, name } from '../scalar.ts'
import { about, says } from '../words.ts'

export const drain = z
  .strictObject({
    check: name.meta(
      about(
        'Check that must become true before it stops',
        'Prüfung, die wahr werden muss, bevor er anhält',
        'queue-empty',
      ),
    ),
    timeout: durationOr('10m').meta(about('How long it is waited for', 'Wie lange darauf gewartet wird')),
    every: durationOr('1s').meta(about('Pause between two looks', 'Pause zwischen zwei Blicken')),
    otherwise: z
      .enum(['abort', 'wait', 'requeue'])
      .default('abort')
      .meta(
        about(
          'When it is not true in time: take the deploy back; wait the same time once more, then take it back; or run `requeue` and stop',
          'Wenn sie nicht rechtzeitig wahr ist: den Deploy zurücknehmen; noch einmal so lange warten, dann zurücknehmen; oder „requeue“ ausführen und anhalten',
        ),
      ),
    requeue: command
      .optional()
      .meta(
        about(
          'Puts unfinished work back, in the release that still runs',
          'Legt unfertige Arbeit zurück, im Release, das noch läuft',
          'node tools/requeue.js',
        ),
      ),
    begin: command
      .optional()
      .meta(
        about(
          'Tells it first to take no new work, in the release that still runs',
          'Sagt ihm vorher, keine neue Arbeit anzunehmen, im Release, das noch läuft',
          'node tools/pause.js',
        ),
      ),
    end: command
      .optional()
      .meta(
        about(
          'Takes that back: once its successor runs, and on the way back',
          'Nimmt das zurück: sobald sein Nachfolger läuft, und auf dem Rückweg',
          'node tools/resume.js',
        ),
      ),
  })
  .refine(
    value => (value.otherwise === 'requeue') === (value.requeue !== undefined),
    says(
      'needs "requeue" (a command) exactly when "otherwise" is "requeue"',
      'braucht „requeue“ (einen Befehl) genau dann, wenn „otherwise“ gleich „requeue“ ist',
    ),
  )
  .refine(
    value => value.begin === undefined || value.end !== undefined,
    says(
      'needs "end" when there is a "begin": the way back must be able to take it back',
      'braucht „end“, wenn es „begin“ gibt: Der Rückweg muss es zurücknehmen können',
    ),
  )
  .meta(
    about(
      'What must be true before it stops; never a mere pause',
      'Was wahr sein muss, bevor er anhält; nie eine bloße Pause',
    ),
  )
export type Drain = z.infer<typeof drain>
