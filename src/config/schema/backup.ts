// Backups: what is saved beside the databases, where it goes, how long it stays, when it runs, and how it is proven.
import { z } from 'zod'
import { isSchedule } from '../schedule-syntax.ts'
import { serverFields } from './database.ts'
import { destination } from './destination.ts'
import { absolutePath, bytes, command, durationOr, name, relativePath, webAddress } from './scalar.ts'
import { about, says } from './words.ts'

const files = z
  .strictObject({
    paths: z
      .array(z.union([relativePath, absolutePath]))
      .min(1)
      .meta(
        about(
          'Files and directories below <root>, or absolute; each must exist. A declared path that is a link is followed, no other is',
          'Dateien und Verzeichnisse unterhalb von <root>, oder absolut; alle müssen existieren. Ist ein genannter Pfad ein Link, wird er verfolgt, sonst keiner',
          ['shared/storage', 'shared/.env'],
        ),
      ),
    exclude: z
      .array(z.string().min(1))
      .default([])
      .meta(
        about(
          'Patterns of paths that are left out, as tar --exclude',
          'Muster für Pfade, die wegbleiben, wie bei tar --exclude',
          ['*.log', 'shared/storage/cache'],
        ),
      ),
    role: name
      .optional()
      .meta(
        about(
          'Role whose first host holds them; default: the first host',
          'Rolle, auf deren erstem Host sie liegen; sonst der erste Host',
          'web',
        ),
      ),
    classes: z
      .array(name)
      .optional()
      .meta(
        about(
          'Classes of sets that hold it; default: all. Databases are in every set',
          'Klassen von Sätzen, die ihn enthalten; sonst alle. Datenbanken sind in jedem Satz',
          ['daily'],
        ),
      ),
    minFiles: z
      .int()
      .min(0)
      .default(1)
      .meta(about('Files that must be in it at least', 'Wie viele Dateien mindestens darin sein müssen')),
  })
  .meta(about('One store of files', 'Ein Ablageort von Dateien'))
export type FileStore = z.infer<typeof files>

const schedule = z
  .string()
  .refine(
    isSchedule,
    says(
      'must be a schedule, such as "daily 02:00", "hourly", "monday 04:30", "first sunday 03:00" or cron with five fields',
      'muss ein Zeitplan sein, etwa "täglich 02:00", "stündlich", "montags 04:30", "erster Sonntag 03:00" oder cron mit fünf Feldern',
    ),
  )
  .meta({
    title: 'schedule',
    ...about(
      'In words or as cron: "daily 02:00", "hourly", "monday 04:30", "weekdays 22:00", "first sunday 03:00", "monthly 1 04:00", "0 2 * * *"',
      'In Worten oder als cron: "täglich 02:00", "stündlich", "montags 04:30", "werktags 22:00", "erster Sonntag 03:00", "monatlich 1 04:00", "0 2 * * *"; auch englisch',
      'daily 02:00',
    ),
  })

const drill = z
  .strictObject({
    host: name
      .optional()
      .meta(
        about(
          'Host that restores, by name; default: the machine that runs the command',
          'Host, der wiederherstellt, nach Namen; sonst die Maschine, auf der der Befehl läuft',
          'staging',
        ),
      ),
    directory: absolutePath
      .optional()
      .meta(
        about(
          'Where it works there; default: <root>/backups on a host, /var/tmp/stellwerk-drill here',
          'Wo er dort arbeitet; sonst <root>/backups auf einem Host, /var/tmp/stellwerk-drill hier',
          '/var/tmp/drill',
        ),
      ),
    from: name
      .optional()
      .meta(
        about(
          'Destination that is tried; default: the first one that is not on a host of the app',
          'Ziel, das geprüft wird; sonst das erste, das nicht auf einem Host der App liegt',
          'nas',
        ),
      ),
    servers: z
      .record(
        name,
        z
          .strictObject(serverFields)
          .prefault({})
          .meta(about('Server for this database', 'Server für diese Datenbank')),
      )
      .default({})
      .meta(
        about(
          'Database servers for the scratch databases, by database; the role must only be able to create and drop databases named stw_drill_*',
          'Datenbankserver für die Wegwerfdatenbanken, nach Datenbank; die Rolle soll nur Datenbanken mit Namen stw_drill_* anlegen und löschen können',
          { main: { address: '127.0.0.1', port: 5433, user: 'drill', password: '${DRILL_PASSWORD}' } },
        ),
      ),
    sameServer: z
      .boolean()
      .default(false)
      .meta(
        about(
          'Allow a scratch database on the server of production',
          'Eine Wegwerfdatenbank auf dem Server der Produktion erlauben',
        ),
      ),
    queries: z
      .record(
        name,
        z
          .array(
            z.strictObject({
              sql: z
                .string()
                .min(1)
                .meta(
                  about(
                    'A query with one value',
                    'Eine Abfrage mit einem Wert',
                    'SELECT count(*) FROM users',
                  ),
                ),
              expect: z
                .string()
                .meta(
                  about(
                    'What it must answer, or a comparison such as ">= 1"',
                    'Was sie antworten muss, oder ein Vergleich wie ">= 1"',
                    '>= 1',
                  ),
                ),
            }),
          )
          .meta(about('Questions to this database', 'Fragen an diese Datenbank')),
      )
      .default({})
      .meta(
        about(
          'Questions to the restored databases, by database',
          'Fragen an die wiederhergestellten Datenbanken, nach Datenbank',
          { main: [{ sql: 'SELECT count(*) FROM users', expect: '>= 1' }] },
        ),
      ),
    app: command
      .optional()
      .meta(
        about(
          'Run with the restored data: STELLWERK_DRILL is its directory, files lie in <store>/, STELLWERK_DRILL_<DATABASE> names each scratch database. Must end with 0',
          'Läuft mit den wiederhergestellten Daten: STELLWERK_DRILL ist ihr Verzeichnis, Dateien liegen in <store>/, STELLWERK_DRILL_<DATENBANK> nennt jede Wegwerfdatenbank. Muss mit 0 enden',
          'test -s "$STELLWERK_DRILL/uploads/shared/storage/logo.png"',
        ),
      ),
    timeout: durationOr('2h').meta(about('Time for each restore', 'Zeit für jede Wiederherstellung')),
  })
  .prefault({})
  .meta(about('How a restore is drilled', 'Wie die Wiederherstellung geübt wird'))

const url = webAddress.optional()
const ping = z
  .strictObject({
    start: url.meta(
      about('Asked when it begins', 'Wird zu Beginn aufgerufen', 'https://hc.example/abc/start'),
    ),
    ok: url.meta(about('Asked when it went well', 'Wird nach Erfolg aufgerufen', 'https://hc.example/abc')),
    fail: url.meta(
      about('Asked when it failed', 'Wird nach Misserfolg aufgerufen', 'https://hc.example/abc/fail'),
    ),
  })
  .meta(
    about(
      'URLs of a service that notices silence, such as healthchecks',
      'URLs eines Dienstes, der Stille bemerkt, etwa healthchecks',
      {
        start: 'https://hc.example/abc/start',
        ok: 'https://hc.example/abc',
        fail: 'https://hc.example/abc/fail',
      },
    ),
  )

const keepDefault = { daily: 7, 'pre-deploy': 10, manual: 5, safety: 3, shadow: 3 }

export const backup = z
  .strictObject({
    files: z
      .record(name, files)
      .default({})
      .meta(
        about(
          'Files to save, by the name of the store',
          'Zu sichernde Dateien, nach dem Namen des Ablageorts',
        ),
      ),
    compression: z
      .enum(['zstd', 'gzip'])
      .default('zstd')
      .meta(about('zstd is faster; gzip is everywhere', 'zstd ist schneller; gzip gibt es überall')),
    encrypt: z
      .strictObject({
        recipients: z
          .array(
            z
              .string()
              .regex(
                /^age1[0-9a-z]{20,}$/,
                says(
                  'must be an age public key ("age1…")',
                  'muss ein öffentlicher age-Schlüssel sein ("age1…")',
                ),
              ),
          )
          .min(1)
          .meta(
            about(
              'Public keys; any one of their owners can restore',
              'Öffentliche Schlüssel; jeder ihrer Besitzer kann wiederherstellen',
              ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
            ),
          ),
        identity: z
          .string()
          .min(1)
          .optional()
          .meta(
            about(
              'The private key for drills and restores, as a reference to a secret',
              'Der private Schlüssel für Übungen und Wiederherstellungen, als Verweis auf ein Geheimnis',
              '${AGE_IDENTITY}',
            ),
          ),
      })
      .optional()
      .meta(
        about(
          'Encrypt each part with age (needs the program age on the host)',
          'Jeden Teil mit age verschlüsseln (braucht das Programm age auf dem Host)',
        ),
      ),
    naming: z
      .enum(['sets', 'dated'])
      .default('sets')
      .meta(
        about(
          'sets: <app>/<environment>/<class>/<id>/. dated: <class>/backup-db-<time>.sql.gz and so on, for a place that other tools read',
          'sets: <app>/<umgebung>/<klasse>/<id>/. dated: <klasse>/backup-db-<zeit>.sql.gz und so weiter, für einen Ort, den andere Werkzeuge lesen',
        ),
      ),
    directory: absolutePath
      .optional()
      .meta(
        about(
          'Where dumps are made on the hosts; default: <root>/backups',
          'Wo Dumps auf den Hosts entstehen; sonst <root>/backups',
          '/var/backups/askpro',
        ),
      ),
    reserve: bytes
      .prefault('500MB')
      .meta(
        about(
          'Free space that a dump leaves on the host',
          'Freier Platz, den ein Dump auf dem Host übrig lässt',
        ),
      ),
    destinations: z
      .record(name, destination)
      .refine(
        all => Object.keys(all).length > 0,
        says('needs at least one destination', 'braucht mindestens ein Ziel'),
      )
      .meta(about('Where sets go, by name', 'Wohin die Sätze gehen, nach Namen')),
    keep: z
      .record(name, z.int().min(1))
      .default(keepDefault)
      .meta(
        about(
          'How many verified sets stay: of a class at each destination, or in all at the destination of that name',
          'Wie viele verifizierte Sätze bleiben: von einer Klasse an jedem Ziel, oder insgesamt am Ziel dieses Namens',
          { daily: 7, 'pre-deploy': 10, local: 3 },
        ),
      ),
    schedule: z
      .record(name, schedule)
      .default({})
      .meta(
        about(
          'When it runs, in the time zone of the file: "drill" starts a drill, "aftercare" works off what is due after a release, any other name makes a backup of that class',
          'Wann es läuft, in der Zeitzone der Datei: „drill“ startet eine Übung, „aftercare“ arbeitet die fällige Nachsorge ab, jeder andere Name macht ein Backup dieser Klasse',
          { daily: 'daily 02:00', drill: 'first sunday 03:00', aftercare: 'hourly' },
        ),
      ),
    beforeDeploy: z
      .enum(['migration', 'always', 'never'])
      .default('migration')
      .meta(
        about(
          'When a deploy makes and verifies a set before it migrates. migration: when a migration is pending',
          'Wann ein Deploy vor dem Migrieren einen Satz macht und verifiziert. migration: wenn eine Migration ansteht',
        ),
      ),
    maxAge: durationOr('26h').meta(
      about(
        'Age of the newest verified set after which "backup check" says no (the RPO)',
        'Alter des neuesten verifizierten Satzes, ab dem „backup check“ nein sagt (der RPO)',
      ),
    ),
    maxDrillAge: durationOr('35d').meta(
      about(
        'Age of the newest drilled set after which "backup check" says no',
        'Alter des neuesten geübten Satzes, ab dem „backup check“ nein sagt',
      ),
    ),
    maxRestoreTime: durationOr('4h').meta(
      about(
        'Time a measured restore may take (the RTO); a slower drill is red',
        'Zeit, die eine gemessene Wiederherstellung dauern darf (die RTO); eine langsamere Übung ist rot',
      ),
    ),
    shrink: z
      .int()
      .min(1)
      .max(100)
      .default(50)
      .meta(
        about(
          'Percent by which size, files or rows may fall below the median of the last 7 sets before a set is suspect',
          'Um wie viel Prozent Größe, Dateien oder Zeilen unter den Median der letzten 7 Sätze fallen dürfen, bevor ein Satz verdächtig ist',
        ),
      ),
    timeout: durationOr('6h').meta(
      about('Time for each dump and each upload', 'Zeit für jeden Dump und jeden Upload'),
    ),
    drill,
    ping: z
      .record(name, ping)
      .default({})
      .meta(
        about(
          'URLs to tell of a run, by the names of schedule',
          'URLs, die von einem Lauf erfahren, nach den Namen von schedule',
        ),
      ),
  })
  .meta(about('Backups and how they are proven', 'Backups und wie sie bewiesen werden'))
export type Backup = z.infer<typeof backup>
