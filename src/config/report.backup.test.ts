import { describe, expect, it } from 'vitest'
import { document, load } from '../../test/helpers/config-file.ts'
import { renderConfigReport } from './report.ts'

const wrong = document({
  more: [
    'databases:',
    '  main: { kind: postgres, database: app, password: hunter2, role: db }',
    '  files: { kind: sqlite, file: app.sqlite }',
    '  far: { kind: other }',
    'backup:',
    '  naming: dated',
    '  schedule: { daily: at two }',
    '  destinations:',
    '    here: { kind: directory, path: /b, host: web3 }',
    '    nas: { kind: sftp, address: me@nas, path: b, hostKey: ssh-ed25519 AAAA }',
    '  drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }',
    '  ping: { dialy: { ok: "https://hc.example/a" } }',
  ].join('\n'),
})

const dated = document({
  more: [
    'databases: { main: { kind: postgres, database: app } }',
    'backup: { naming: dated, destinations: { here: { kind: directory, path: /b } } }',
  ].join('\n'),
})

const empty = document({ more: 'backup: { destinations: { here: { kind: directory, path: /b } } }' })

const doubtful = document({
  more: [
    'databases:',
    '  main: { kind: postgres, database: app, password: hunter2 }',
    '  files: { kind: sqlite, file: app.sqlite }',
    'backup:',
    `  encrypt: { recipients: [age1${'q'.repeat(58)}] }`,
    '  keep: { dayly: 7 }',
    '  schedule: { daily: "0 3 1-7 * 0" }',
    '  destinations: { here: { kind: directory, path: /b, host: web1 } }',
  ].join('\n'),
})

const unsaved = document({
  more: 'databases: { main: { kind: postgres, database: app, migrate: { command: x } } }',
})

function report(text: string, lang: 'en' | 'de'): string {
  const result = load(text)
  return result.ok
    ? renderConfigReport(result.value.warnings, { lang, warning: true })
    : renderConfigReport(result.error, { lang })
}

describe('the report on databases and backups', () => {
  it('says what is wrong, without a password', () => {
    expect(report(wrong, 'en')).toMatchInlineSnapshot(`
      "stellwerk.yaml:20:67  databases.main.role names the role "db", which no host of production has  STW-C029
        20 |   main: { kind: postgres, database: app, password: *******, role: db }
           |                                                                   ~~
             -> Roles there: web

      stellwerk.yaml:25:22  backup.schedule.daily must be a schedule, such as "daily 02:00", "hourly", "monday 04:30", "first sunday 03:00" or cron with five fields, got "at two"  STW-C014
        25 |   schedule: { daily: at two }
           |                      ~~~~~~

      stellwerk.yaml:27:46  backup.destinations.here.host names "web3", which is not in environments.production.hosts  STW-C020
        27 |     here: { kind: directory, path: /b, host: web3 }
           |                                              ~~~~
             -> Did you mean "web1"?

      stellwerk.yaml:28:10  backup.destinations.nas needs identityFile or password: nobody is there to type one  STW-C017
        28 |     nas: { kind: sftp, address: me@nas, path: b, hostKey: ssh-ed25519 AAAA }
           |          ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~

      stellwerk.yaml:29:18  backup.drill.host names "web4", which is not in environments.production.hosts  STW-C020
        29 |   drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }
           |                  ~~~~
             -> Did you mean "web1"?

      stellwerk.yaml:29:30  backup.drill.from names "nsa", which is not in backup.destinations  STW-C020
        29 |   drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }
           |                              ~~~
             -> Did you mean "nas"?

      stellwerk.yaml:29:46  backup.drill.servers names "files", a database of kind sqlite  STW-C102
        29 |   drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }
           |                                              ~~~~~
             -> Possible for: postgres, mysql, mariadb

      stellwerk.yaml:29:57  backup.drill.servers names "mian", which is not in databases  STW-C020
        29 |   drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }
           |                                                         ~~~~
             -> Did you mean "main"?

      stellwerk.yaml:29:80  backup.drill.queries names "far", a database of kind other  STW-C102
        29 |   drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }
           |                                                                                ~~~
             -> Possible for: postgres, mysql, mariadb, sqlite

      stellwerk.yaml:30:11  backup.ping names "dialy", which is not in backup.schedule  STW-C020
        30 |   ping: { dialy: { ok: "https://hc.example/a" } }
           |           ~~~~~
             -> Did you mean "daily"?

      10 problems"
    `)
    expect(report(wrong, 'de')).toMatchInlineSnapshot(`
      "stellwerk.yaml:20:67  databases.main.role nennt die Rolle "db", die kein Host von production hat  STW-C029
        20 |   main: { kind: postgres, database: app, password: *******, role: db }
           |                                                                   ~~
             -> Rollen dort: web

      stellwerk.yaml:25:22  backup.schedule.daily muss ein Zeitplan sein, etwa "täglich 02:00", "stündlich", "montags 04:30", "erster Sonntag 03:00" oder cron mit fünf Feldern, ist aber "at two"  STW-C014
        25 |   schedule: { daily: at two }
           |                      ~~~~~~

      stellwerk.yaml:27:46  backup.destinations.here.host nennt "web3"; das gibt es in environments.production.hosts nicht  STW-C020
        27 |     here: { kind: directory, path: /b, host: web3 }
           |                                              ~~~~
             -> War "web1" gemeint?

      stellwerk.yaml:28:10  backup.destinations.nas braucht identityFile oder password: niemand ist da, der eines eintippt  STW-C017
        28 |     nas: { kind: sftp, address: me@nas, path: b, hostKey: ssh-ed25519 AAAA }
           |          ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~

      stellwerk.yaml:29:18  backup.drill.host nennt "web4"; das gibt es in environments.production.hosts nicht  STW-C020
        29 |   drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }
           |                  ~~~~
             -> War "web1" gemeint?

      stellwerk.yaml:29:30  backup.drill.from nennt "nsa"; das gibt es in backup.destinations nicht  STW-C020
        29 |   drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }
           |                              ~~~
             -> War "nas" gemeint?

      stellwerk.yaml:29:46  backup.drill.servers nennt "files", eine Datenbank der Art sqlite  STW-C102
        29 |   drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }
           |                                              ~~~~~
             -> Möglich für: postgres, mysql, mariadb

      stellwerk.yaml:29:57  backup.drill.servers nennt "mian"; das gibt es in databases nicht  STW-C020
        29 |   drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }
           |                                                         ~~~~
             -> War "main" gemeint?

      stellwerk.yaml:29:80  backup.drill.queries nennt "far", eine Datenbank der Art other  STW-C102
        29 |   drill: { host: web4, from: nsa, servers: { files: {}, mian: {} }, queries: { far: [] } }
           |                                                                                ~~~
             -> Möglich für: postgres, mysql, mariadb, sqlite

      stellwerk.yaml:30:11  backup.ping nennt "dialy"; das gibt es in backup.schedule nicht  STW-C020
        30 |   ping: { dialy: { ok: "https://hc.example/a" } }
           |           ~~~~~
             -> War "daily" gemeint?

      10 Fehler"
    `)
  })

  it('says what dated names need', () => {
    expect(report(dated, 'en')).toMatchInlineSnapshot(`
      "stellwerk.yaml:19:14  naming: dated needs databases.main.dump.format: plain  STW-C101
        19 | databases: { main: { kind: postgres, database: app } }
           |              ~~~~
             Its names end with .sql.gz, and other tools read the files by their names
             -> Set databases.main.dump.format: plain, or naming: sets

      stellwerk.yaml:20:1  naming: dated needs backup.compression: gzip  STW-C101
        20 | backup: { naming: dated, destinations: { here: { kind: directory, path: /b } } }
           | ~~~~~~
             Its names end with .sql.gz, and other tools read the files by their names
             -> Set backup.compression: gzip, or naming: sets

      2 problems"
    `)
    expect(report(dated, 'de')).toMatchInlineSnapshot(`
      "stellwerk.yaml:19:14  naming: dated braucht databases.main.dump.format: plain  STW-C101
        19 | databases: { main: { kind: postgres, database: app } }
           |              ~~~~
             Seine Namen enden auf .sql.gz, und andere Werkzeuge lesen die Dateien nach ihren Namen
             -> databases.main.dump.format: plain setzen, oder naming: sets

      stellwerk.yaml:20:1  naming: dated braucht backup.compression: gzip  STW-C101
        20 | backup: { naming: dated, destinations: { here: { kind: directory, path: /b } } }
           | ~~~~~~
             Seine Namen enden auf .sql.gz, und andere Werkzeuge lesen die Dateien nach ihren Namen
             -> backup.compression: gzip setzen, oder naming: sets

      2 Fehler"
    `)
  })

  it('says that nothing is saved', () => {
    expect(report(empty, 'en')).toMatchInlineSnapshot(`
      "stellwerk.yaml:19:1  backup has nothing to save  STW-C100
        19 | backup: { destinations: { here: { kind: directory, path: /b } } }
           | ~~~~~~
             There is neither a database of a kind that can be dumped nor a store of files
             -> backup: { files: { uploads: { paths: [shared/storage] } } }

      1 problem"
    `)
    expect(report(empty, 'de')).toMatchInlineSnapshot(`
      "stellwerk.yaml:19:1  backup hat nichts zu sichern  STW-C100
        19 | backup: { destinations: { here: { kind: directory, path: /b } } }
           | ~~~~~~
             Es gibt weder eine Datenbank einer Art, die sich sichern lässt, noch einen Ablageort von Dateien
             -> backup: { files: { uploads: { paths: [shared/storage] } } }

      1 Fehler"
    `)
  })

  it('says what makes a backup worth less than it looks', () => {
    expect(report(doubtful, 'en')).toMatchInlineSnapshot(`
      "stellwerk.yaml:20:52  warning: databases.main.password holds the value itself, not a reference to a secret  STW-C108
        20 |   main: { kind: postgres, database: app, password: ******* }
           |                                                    ~~~~~~~
             It stands in this file and would stand in plans
             -> secrets: { MAIN_PASSWORD: { env: MAIN_PASSWORD } }
             -> password: "\${MAIN_PASSWORD}"

      stellwerk.yaml:21:32  warning: databases.files.file is "app.sqlite", which is not below a shared directory  STW-C109
        21 |   files: { kind: sqlite, file: app.sqlite }
           |                                ~~~~~~~~~~
             It is linked into no release: the app would write a file that is lost with its release, and a backup would look for another one
             -> release: { shared: { files: [app.sqlite] } }

      stellwerk.yaml:23:3  warning: Backups are encrypted, but a drill has no key to read them  STW-C105
        23 |   encrypt: { recipients: [age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq] }
           |   ~~~~~~~
             backup.encrypt.identity is missing, so no drill can prove a destination
             -> secrets: { AGE_IDENTITY: { file: secrets/age-identity } }
             -> backup: { encrypt: { identity: "\${AGE_IDENTITY}" } }

      stellwerk.yaml:24:11  warning: backup.keep names "dayly", a class of which no set is made  STW-C103
        24 |   keep: { dayly: 7 }
           |           ~~~~~
             It is no class that Stellwerk makes by itself, and backup.schedule has no such name
             -> Did you mean "daily"?

      stellwerk.yaml:25:22  warning: backup.schedule.daily is "0 3 1-7 * 0": it runs on these days of the month and on these weekdays, not where both meet  STW-C104
        25 |   schedule: { daily: "0 3 1-7 * 0" }
           |                      ~~~~~~~~~~~~~
             cron joins the two with "or"; the first Sunday of a month cannot be said with it
             -> Say it in words, such as "first sunday 03:00"

      stellwerk.yaml:26:3  warning: No copy of a backup is off site  STW-C107
        26 |   destinations: { here: { kind: directory, path: /b, host: web1 } }
           |   ~~~~~~~~~~~~
             Every destination is on a machine of the app itself: one broken disk takes the app and its backups
             -> Add a destination elsewhere: kind sftp, rsync or s3

      6 warnings"
    `)
    expect(report(doubtful, 'de')).toMatchInlineSnapshot(`
      "stellwerk.yaml:20:52  Warnung: databases.main.password enthält den Wert selbst, nicht den Verweis auf ein Geheimnis  STW-C108
        20 |   main: { kind: postgres, database: app, password: ******* }
           |                                                    ~~~~~~~
             Er steht in dieser Datei und stünde in Plänen
             -> secrets: { MAIN_PASSWORD: { env: MAIN_PASSWORD } }
             -> password: "\${MAIN_PASSWORD}"

      stellwerk.yaml:21:32  Warnung: databases.files.file ist "app.sqlite"; das liegt nicht unter einem geteilten Verzeichnis  STW-C109
        21 |   files: { kind: sqlite, file: app.sqlite }
           |                                ~~~~~~~~~~
             Kein Release hat einen Link darauf: die App schriebe eine Datei, die mit ihrem Release verloren geht, und ein Backup suchte eine andere
             -> release: { shared: { files: [app.sqlite] } }

      stellwerk.yaml:23:3  Warnung: Backups sind verschlüsselt, aber eine Übung hat keinen Schlüssel, um sie zu lesen  STW-C105
        23 |   encrypt: { recipients: [age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq] }
           |   ~~~~~~~
             backup.encrypt.identity fehlt; so kann keine Übung ein Ziel beweisen
             -> secrets: { AGE_IDENTITY: { file: secrets/age-identity } }
             -> backup: { encrypt: { identity: "\${AGE_IDENTITY}" } }

      stellwerk.yaml:24:11  Warnung: backup.keep nennt "dayly", eine Klasse, von der kein Satz gemacht wird  STW-C103
        24 |   keep: { dayly: 7 }
           |           ~~~~~
             Stellwerk macht diese Klasse nicht von selbst, und backup.schedule hat keinen solchen Namen
             -> War "daily" gemeint?

      stellwerk.yaml:25:22  Warnung: backup.schedule.daily ist "0 3 1-7 * 0": das läuft an diesen Monatstagen und an diesen Wochentagen, nicht nur an beiden zugleich  STW-C104
        25 |   schedule: { daily: "0 3 1-7 * 0" }
           |                      ~~~~~~~~~~~~~
             cron verbindet beide mit „oder“; den ersten Sonntag eines Monats kann es nicht ausdrücken
             -> In Worten sagen, etwa "erster Sonntag 03:00"

      stellwerk.yaml:26:3  Warnung: Keine Kopie eines Backups liegt außer Haus  STW-C107
        26 |   destinations: { here: { kind: directory, path: /b, host: web1 } }
           |   ~~~~~~~~~~~~
             Jedes Ziel liegt auf einer Maschine der App selbst: eine kaputte Platte nimmt die App und ihre Backups mit
             -> Ein Ziel anderswo ergänzen: kind sftp, rsync oder s3

      6 Warnungen"
    `)
  })

  it('says that a migration has no backup', () => {
    expect(report(unsaved, 'en')).toMatchInlineSnapshot(`
      "stellwerk.yaml:19:53  warning: databases.main.migrate is a migration without a backup  STW-C106
        19 | databases: { main: { kind: postgres, database: app, migrate: { command: x } } }
           |                                                     ~~~~~~~
             There is no backup section: what a bad migration destroys is gone
             -> stellwerk explain backup

      1 warning"
    `)
    expect(report(unsaved, 'de')).toMatchInlineSnapshot(`
      "stellwerk.yaml:19:53  Warnung: databases.main.migrate ist eine Migration ohne Backup  STW-C106
        19 | databases: { main: { kind: postgres, database: app, migrate: { command: x } } }
           |                                                     ~~~~~~~
             Es gibt keinen Abschnitt backup: was eine schlechte Migration zerstört, ist verloren
             -> stellwerk explain backup

      1 Warnung"
    `)
  })
})
