// What a release looks like on a host and how long it is kept.
import { z } from 'zod'
import { bytes, command, durationOr, relativePath } from './scalar.ts'
import { about, says } from './words.ts'

const shared = z
  .strictObject({
    directories: z
      .array(relativePath)
      .default([])
      .meta(
        about('Directories that outlive a release', 'Verzeichnisse, die ein Release überdauern', [
          'storage',
          'public/uploads',
        ]),
      ),
    files: z
      .array(relativePath)
      .default([])
      .meta(about('Files that outlive a release', 'Dateien, die ein Release überdauern', ['.env'])),
    skeleton: z
      .array(relativePath)
      .default([])
      .meta(
        about(
          'Directories created below <root>/shared when they are missing, inside the shared ones',
          'Verzeichnisse, die unter <root>/shared angelegt werden, wenn sie fehlen, innerhalb der geteilten',
          ['storage/logs', 'storage/framework/cache'],
        ),
      ),
  })
  .prefault({})
  .meta(
    about(
      'Paths that live in <root>/shared and are linked into each release',
      'Pfade, die in <root>/shared liegen und in jedes Release verlinkt werden',
    ),
  )

export const release = z
  .strictObject({
    shared,
    writable: z
      .array(relativePath)
      .default([])
      .meta(
        about(
          'Directories of the release itself that the app may write',
          'Verzeichnisse des Releases selbst, in die die App schreiben darf',
          ['var/cache'],
        ),
      ),
    keep: z
      .int()
      .min(2)
      .default(5)
      .meta(
        about(
          'Proven releases to keep, the current one included',
          'Wie viele bewährte Releases bleiben, das aktuelle mitgezählt',
        ),
      ),
    keepFailed: z
      .int()
      .min(0)
      .default(1)
      .meta(
        about('Failed releases to keep as evidence', 'Wie viele gescheiterte Releases als Beleg bleiben'),
      ),
    prepare: z
      .array(command)
      .default([])
      .meta(
        about('Run inside the new release before the switch', 'Laufen im neuen Release vor dem Umschalten', [
          'node warm-cache.js',
        ]),
      ),
    afterSwitch: z
      .array(command)
      .default([])
      .meta(
        about(
          'Run inside the release right after the switch and again after a rollback (cache clear)',
          'Laufen im Release gleich nach dem Umschalten und erneut nach einem Zurückrollen (Cache leeren)',
          ['php bin/console cache:clear'],
        ),
      ),
    prepareTimeout: durationOr('10m').meta(
      about('Time for each of prepare and afterSwitch', 'Zeit für prepare und für afterSwitch, je für sich'),
    ),
    user: z
      .string()
      .regex(
        /^[a-z_][a-z0-9_-]*$/,
        says('must be a user name, such as "www-data"', 'muss ein Benutzername sein, etwa "www-data"'),
      )
      .optional()
      .meta(
        about(
          'User the app runs as; the write probe uses it',
          'Benutzer, unter dem die App läuft; die Schreibprobe nutzt ihn',
          'www-data',
        ),
      ),
    minFree: bytes
      .optional()
      .meta(
        about(
          'Free disk space that must remain on each host after the upload',
          'Freier Plattenplatz, der nach dem Hochladen auf jedem Host bleiben muss',
          '2GB',
        ),
      ),
    trust: z
      .array(z.string())
      .default([])
      .meta(
        about(
          'minisign public keys; when set, an unsigned bundle is refused',
          'Öffentliche minisign-Schlüssel; wenn gesetzt, wird ein unsigniertes Bundle abgelehnt',
          ['RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3'],
        ),
      ),
  })
  .meta(
    about(
      'What a release looks like on a host and how long it is kept',
      'Wie ein Release auf einem Host aussieht und wie lange es bleibt',
    ),
  )
export type Release = z.infer<typeof release>
