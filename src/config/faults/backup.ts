// C100-C119: databases and backups, what does not fit together (to C102) and what is allowed but deserves a warning.
import { text } from '../../core/lang.ts'
import { both, fault, list, meant } from './fault.ts'

export const backupFaults = {
  nothingToSave: () =>
    fault('C100', text('backup has nothing to save', 'backup hat nichts zu sichern'), {
      why: text(
        'There is neither a database of a kind that can be dumped nor a store of files',
        'Es gibt weder eine Datenbank einer Art, die sich sichern lässt, noch einen Ablageort von Dateien',
      ),
      next: [both('backup: { files: { uploads: { paths: [shared/storage] } } }')],
    }),
  datedNeeds: (path: string, wanted: string) =>
    fault(
      'C101',
      text(`naming: dated needs ${path}: ${wanted}`, `naming: dated braucht ${path}: ${wanted}`),
      {
        why: text(
          'Its names end with .sql.gz, and other tools read the files by their names',
          'Seine Namen enden auf .sql.gz, und andere Werkzeuge lesen die Dateien nach ihren Namen',
        ),
        next: [
          text(`Set ${path}: ${wanted}, or naming: sets`, `${path}: ${wanted} setzen, oder naming: sets`),
        ],
      },
    ),
  drillDatabase: (path: string, database: string, kind: string, allowed: readonly string[]) =>
    fault(
      'C102',
      text(
        `${path} names "${database}", a database of kind ${kind}`,
        `${path} nennt "${database}", eine Datenbank der Art ${kind}`,
      ),
      { next: [text(`Possible for: ${list(allowed)}`, `Möglich für: ${list(allowed)}`)] },
    ),
  unknownClass: (path: string, name: string, near: string | undefined, known: readonly string[]) =>
    fault(
      'C103',
      text(
        `${path} names "${name}", a class of which no set is made`,
        `${path} nennt "${name}", eine Klasse, von der kein Satz gemacht wird`,
      ),
      {
        why: text(
          'It is no class that Stellwerk makes by itself, and backup.schedule has no such name',
          'Stellwerk macht diese Klasse nicht von selbst, und backup.schedule hat keinen solchen Namen',
        ),
        next: near ? meant(near) : [text(`Known are: ${list(known)}`, `Bekannt sind: ${list(known)}`)],
      },
    ),
  bothDays: (path: string, cron: string) =>
    fault(
      'C104',
      text(
        `${path} is "${cron}": it runs on these days of the month and on these weekdays, not where both meet`,
        `${path} ist "${cron}": das läuft an diesen Monatstagen und an diesen Wochentagen, nicht nur an beiden zugleich`,
      ),
      {
        why: text(
          'cron joins the two with "or"; the first Sunday of a month cannot be said with it',
          'cron verbindet beide mit „oder“; den ersten Sonntag eines Monats kann es nicht ausdrücken',
        ),
        next: [
          text(
            'Say it in words, such as "first sunday 03:00"',
            'In Worten sagen, etwa "erster Sonntag 03:00"',
          ),
        ],
      },
    ),
  noIdentity: () =>
    fault(
      'C105',
      text(
        'Backups are encrypted, but a drill has no key to read them',
        'Backups sind verschlüsselt, aber eine Übung hat keinen Schlüssel, um sie zu lesen',
      ),
      {
        why: text(
          'backup.encrypt.identity is missing, so no drill can prove a destination',
          'backup.encrypt.identity fehlt; so kann keine Übung ein Ziel beweisen',
        ),
        next: [
          both('secrets: { AGE_IDENTITY: { file: secrets/age-identity } }'),
          both('backup: { encrypt: { identity: "${AGE_IDENTITY}" } }'),
        ],
      },
    ),
  migrationWithoutBackup: (path: string) =>
    fault('C106', text(`${path} is a migration without a backup`, `${path} ist eine Migration ohne Backup`), {
      why: text(
        'There is no backup section: what a bad migration destroys is gone',
        'Es gibt keinen Abschnitt backup: was eine schlechte Migration zerstört, ist verloren',
      ),
      next: [both('stellwerk explain backup')],
    }),
  nothingOffSite: () =>
    fault('C107', text('No copy of a backup is off site', 'Keine Kopie eines Backups liegt außer Haus'), {
      why: text(
        'Every destination is on a machine of the app itself: one broken disk takes the app and its backups',
        'Jedes Ziel liegt auf einer Maschine der App selbst: eine kaputte Platte nimmt die App und ihre Backups mit',
      ),
      next: [
        text(
          'Add a destination elsewhere: kind sftp, rsync or s3',
          'Ein Ziel anderswo ergänzen: kind sftp, rsync oder s3',
        ),
      ],
    }),
  clearSecret: (path: string, name: string) =>
    fault(
      'C108',
      text(
        `${path} holds the value itself, not a reference to a secret`,
        `${path} enthält den Wert selbst, nicht den Verweis auf ein Geheimnis`,
      ),
      {
        why: text(
          'It stands in this file and would stand in plans',
          'Er steht in dieser Datei und stünde in Plänen',
        ),
        next: [
          both(`secrets: { ${name}: { env: ${name} } }`),
          both(`${path.split('.').at(-1)}: "\${${name}}"`),
        ],
      },
    ),
  sqliteNotShared: (path: string, file: string, shared: string) =>
    fault(
      'C109',
      text(
        `${path} is "${file}", which is not below a shared directory`,
        `${path} ist "${file}"; das liegt nicht unter einem geteilten Verzeichnis`,
      ),
      {
        why: text(
          'It is linked into no release: the app would write a file that is lost with its release, and a backup would look for another one',
          'Kein Release hat einen Link darauf: die App schriebe eine Datei, die mit ihrem Release verloren geht, und ein Backup suchte eine andere',
        ),
        next: [both(`release: { shared: ${shared} }`)],
      },
    ),
} as const
