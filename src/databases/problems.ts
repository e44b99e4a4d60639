// What can go wrong with a database, in words (STW-B100 to B129). One table for all kinds: a fragment reports a key, see engine.ts
// and stream.ts.
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { Report } from '../engine/step.ts'
import { packageOf } from './packages.ts'

export interface DatabaseContext {
  /** Name of the database in stellwerk.yaml. */
  readonly store: string
  readonly host: string
}

/** What is wrong, in the order of a Problem, without the place. */
type Words = Pick<Problem, 'code' | 'what' | 'why' | 'next'>

export function databaseProblem(report: Report, context: DatabaseContext): Problem {
  const { why, ...words } = wordsOf(report, context)
  const said = report.args.at(-1) ?? ''
  const reason = why ?? (said === '' ? undefined : quoted(said))
  return { ...words, where: { host: context.host }, ...(reason === undefined ? {} : { why: reason }) }
}

function wordsOf({ key, args }: Report, { store, host }: DatabaseContext): Words {
  const [first = '', second = ''] = args
  switch (key) {
    case 'tool':
      return {
        code: 'STW-B100',
        what: text(`"${first}" is missing on ${host}`, `„${first}“ fehlt auf ${host}`),
        why: text(`${store} needs it`, `${store} braucht es`),
        next: installs(first),
      }
    case 'connect':
      return {
        code: 'STW-B101',
        what: text(
          `${store} cannot be reached from ${host}`,
          `${store} ist von ${host} aus nicht erreichbar`,
        ),
        next: [
          text(
            `See address, port, user, password and name of databases.${store} in stellwerk.yaml, and whether the server runs`,
            `Adresse, Port, Rolle, Passwort und Namen von databases.${store} in stellwerk.yaml prüfen, und ob der Server läuft`,
          ),
        ],
      }
    case 'version':
      return {
        code: 'STW-B102',
        what: text(
          `The tools on ${host} do not fit the server of ${store}`,
          `Die Werkzeuge auf ${host} passen nicht zum Server von ${store}`,
        ),
        next: [
          text(
            `Install the client of the server's version on ${host}, or a newer one (apt.postgresql.org has them all)`,
            `Auf ${host} den Client in der Version des Servers installieren, oder einen neueren (apt.postgresql.org hat alle)`,
          ),
        ],
      }
    case 'rights':
      return {
        code: 'STW-B118',
        what: text(
          `Not all of ${store} may be read by the role that signs in from ${host}`,
          `Die Rolle, die sich von ${host} aus anmeldet, darf nicht alles in ${store} lesen`,
        ),
        next: [
          text(
            `Grant the role of databases.${store} the right to read every table, view, sequence and routine`,
            `Der Rolle von databases.${store} das Recht geben, jede Tabelle, Sicht, Sequenz und Routine zu lesen`,
          ),
        ],
      }
    case 'dump':
      return {
        code: 'STW-B103',
        what: text(`${store} could not be dumped on ${host}`, `${store} ließ sich auf ${host} nicht sichern`),
        why: ended(first, second),
        next: [
          text(
            `Try it by hand on ${host}, with the account that Stellwerk uses there: pg_dump, mysqldump or mariadb-dump, or sqlite3 with .backup, whichever fits ${store}`,
            `Es auf ${host} von Hand versuchen, mit dem Konto, das Stellwerk dort benutzt: pg_dump, mysqldump oder mariadb-dump, oder sqlite3 mit .backup, je nachdem, was zu ${store} passt`,
          ),
        ],
      }
    case 'incomplete':
      return {
        code: 'STW-B104',
        what: text(`The dump of ${store} is not complete`, `Der Dump von ${store} ist nicht vollständig`),
        next: [
          text(
            'It does not count as a backup; nothing of it was kept',
            'Er zählt nicht als Backup; nichts davon wurde behalten',
          ),
        ],
      }
    case 'missing':
      return {
        code: 'STW-B105',
        what: text(`"${first}" does not exist on ${host}`, `„${first}“ gibt es auf ${host} nicht`),
        why: text(`${store} needs it`, `${store} braucht es`),
      }
    case 'stage':
      return stage(args, { store, host })
    case 'exists':
      return {
        code: 'STW-B110',
        what: text(
          `"${first}" exists already; nothing was restored into it`,
          `„${first}“ gibt es schon; nichts wurde dorthin wiederhergestellt`,
        ),
        why: text(
          `${store} is only restored into a place of its own`,
          `${store} wird nur an einen eigenen Ort wiederhergestellt`,
        ),
        next: [text(`Remove or rename "${first}"`, `„${first}“ entfernen oder umbenennen`)],
      }
    case 'load':
      return {
        code: 'STW-B111',
        what: text(
          `The dump of ${store} could not be restored on ${host}`,
          `Der Dump von ${store} ließ sich auf ${host} nicht wiederherstellen`,
        ),
        why: ended(first, second),
        next: [
          text(
            'What was made for it is gone again; the live database was left alone',
            'Was dafür angelegt war, ist wieder weg; die Datenbank im Betrieb blieb unberührt',
          ),
        ],
      }
    case 'swap':
      return {
        code: 'STW-B112',
        what: text(
          `The restored ${store} could not change places with the live one on ${host}`,
          `Die wiederhergestellte ${store} konnte auf ${host} nicht mit der im Betrieb tauschen`,
        ),
        why: ended(first, second),
      }
    case 'refused':
      return {
        code: 'STW-B113',
        what: text(
          `"${first}" was not removed: its name is not that of a database Stellwerk made`,
          `„${first}“ wurde nicht entfernt: So heißt keine Datenbank, die Stellwerk angelegt hat`,
        ),
        why: text('such names begin with "stw_"', 'solche Namen beginnen mit „stw_“'),
      }
    case 'drop':
      return {
        code: 'STW-B114',
        what: text(
          `A database that Stellwerk made for ${store} could not be removed on ${host}`,
          `Eine Datenbank, die Stellwerk für ${store} angelegt hat, ließ sich auf ${host} nicht entfernen`,
        ),
        why: ended(first, second),
      }
    case 'query':
      return {
        code: 'STW-B115',
        what: text(
          `A query on ${store} did not answer with one value`,
          `Eine Abfrage auf ${store} hat nicht mit einem Wert geantwortet`,
        ),
        why: ended(first, second),
      }
    case 'timeout':
      return {
        code: 'STW-B116',
        what: text(`${store} took longer than its time-out`, `${store} dauerte länger als das Zeitlimit`),
        why: text(`it was ended after ${first} s`, `es wurde nach ${first} s beendet`),
      }
    case 'unreadable':
      return {
        code: 'STW-B117',
        what: text(`"${first}" cannot be read on ${host}`, `„${first}“ ist auf ${host} nicht lesbar`),
        why: text(`it holds ${store}`, `es enthält ${store}`),
      }
    default:
      return {
        code: 'STW-B129',
        what: text(
          `The work on ${store} failed on ${host} (${key})`,
          `Die Arbeit an ${store} ist auf ${host} gescheitert (${key})`,
        ),
      }
  }
}

/** One of the programs between the database and the file. */
function stage([name = '', code = '', said = '']: readonly string[], context: DatabaseContext): Words {
  const { store, host } = context
  const why = ended(code, said)
  switch (name) {
    case 'source':
      return wordsOf({ key: 'dump', args: [code, said] }, context)
    case 'compress':
      return {
        code: 'STW-B106',
        what: text(
          `The dump of ${store} could not be compressed on ${host}`,
          `Der Dump von ${store} ließ sich auf ${host} nicht komprimieren`,
        ),
        why: notFound(code) ?? why,
        next: code === '127' ? installs('zstd') : [],
      }
    case 'write':
      return {
        code: 'STW-B107',
        what: text(
          `The dump of ${store} could not be written on ${host}`,
          `Der Dump von ${store} ließ sich auf ${host} nicht schreiben`,
        ),
        why: notFound(code) ?? why,
        next:
          code === '127'
            ? installs('age')
            : [
                text(
                  'See whether there is room and the right to write: df -h',
                  'Platz und Schreibrecht prüfen: df -h',
                ),
              ],
      }
    case 'decrypt':
      return {
        code: 'STW-B108',
        what: text(
          `The dump of ${store} could not be read or decrypted on ${host}`,
          `Der Dump von ${store} ließ sich auf ${host} nicht lesen oder entschlüsseln`,
        ),
        why: notFound(code) ?? why,
        next:
          code === '127'
            ? installs('age')
            : [
                text(
                  'See whether the private key is the one of its recipient',
                  'Prüfen, ob der private Schlüssel zum Empfänger passt',
                ),
              ],
      }
    case 'decompress':
      return {
        code: 'STW-B109',
        what: text(`The dump of ${store} is damaged`, `Der Dump von ${store} ist beschädigt`),
        why: notFound(code) ?? why,
        next: code === '127' ? installs('zstd') : [text('Take another set', 'Einen anderen Satz nehmen')],
      }
    default:
      return wordsOf({ key: `stage ${name}`, args: [code, said] }, context)
  }
}

/** What a host says is in the language of its programs: the reader's introduces it. */
function quoted(words: string): Text {
  return text(`reported: ${words}`, `gemeldet wurde: ${words}`)
}

/** What a program said before it ended, or with which code it did. */
function ended(code: string, said: string): Text {
  if (code === '124') return text('it took longer than its time-out', 'es dauerte länger als das Zeitlimit')
  const words = said.trim()
  if (words !== '') return quoted(words)
  if (Number(code) > 128)
    return text(`signal ${Number(code) - 128} ended it`, `Signal ${Number(code) - 128} hat es beendet`)
  return text(`it ended with exit code ${code}`, `es endete mit Exit-Code ${code}`)
}

function notFound(code: string): Text | undefined {
  return code === '127' ? text('the program for it is missing', 'das Programm dafür fehlt') : undefined
}

function installs(program: string): readonly Text[] {
  const line = `apt-get install -y ${packageOf(program)}`
  return [text(line, line)]
}
