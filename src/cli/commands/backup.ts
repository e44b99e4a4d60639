// Backups and their proof.
import { exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Argument, Command, Flag } from '../command.ts'
import { confirmFlag } from './restore.ts'
import { scheduling } from './schedule.ts'
import { changing, environment, reading, wait } from './shared.ts'

const destination: Flag = {
  name: 'destination',
  value: 'name',
  about: text('only this destination', 'nur dieses Ziel'),
}
const set: Argument = {
  name: 'set',
  about: text('id of a set (default: the newest)', 'Kennung eines Satzes (Vorgabe: der neueste)'),
}
const asking = [...reading, exitCode.failedAndUnchanged]
const saysNo = [...asking, exitCode.checkSaysNo]

export const backing: readonly Command[] = [
  {
    name: 'backup',
    about: text(
      'dump every store, bring the set to every destination and prove it there',
      'alle Daten ausgeben, den Satz zu jedem Ziel bringen und dort beweisen',
    ),
    args: [environment],
    flags: [
      {
        name: 'class',
        value: 'name',
        about: text(
          'class of the set, which decides how long it stays (default: manual)',
          'Klasse des Satzes; sie entscheidet, wie lange er bleibt (Vorgabe: manual)',
        ),
      },
      wait,
    ],
    examples: ['stellwerk backup production', 'stellwerk backup production --class daily'],
    exits: changing,
    load: () => import('../run/backup.ts'),
  },
  {
    name: 'backup list',
    about: text('show the sets at each destination', 'die Sätze an jedem Ziel zeigen'),
    args: [environment],
    flags: [destination],
    examples: ['stellwerk backup list production', 'stellwerk backup list production --destination nas'],
    exits: asking,
    load: () => import('../run/backup-list.ts'),
  },
  {
    name: 'backup check',
    about: text(
      'say whether there is a backup to fall back on; asks the destinations alone',
      'sagen, ob es ein Backup gibt, auf das Verlass ist; fragt nur die Ziele',
    ),
    args: [environment],
    examples: ['stellwerk backup check production', 'stellwerk backup check production --json'],
    exits: saysNo,
    load: () => import('../run/backup-check.ts'),
  },
  {
    name: 'backup verify',
    about: text(
      'read every part of a set again at its destinations; a damaged one loses its proofs',
      'jeden Teil eines Satzes an seinen Zielen wieder lesen; ein beschädigter verliert seine Beweise',
    ),
    args: [environment, set],
    flags: [destination],
    examples: [
      'stellwerk backup verify production',
      'stellwerk backup verify production 20261121T020000Z-4f1a --destination nas',
    ],
    exits: saysNo,
    load: () => import('../run/backup-verify.ts'),
  },
  {
    name: 'backup accept',
    about: text(
      'say that a suspect set is right; it counts again, and the next ones are compared with it',
      'sagen, dass ein verdächtiger Satz stimmt; er zählt wieder, und die nächsten werden mit ihm verglichen',
    ),
    args: [environment, { name: 'set', about: text('id of the set', 'Kennung des Satzes') }],
    flags: [
      { name: 'reason', value: 'text', about: text('why it is right', 'warum er stimmt') },
      destination,
    ],
    examples: [
      'stellwerk backup accept production 20261121T020000Z-4f1a --reason "old orders were archived"',
    ],
    exits: asking,
    load: () => import('../run/backup-accept.ts'),
  },
  {
    name: 'backup prune',
    about: text('remove the sets that retention gives up', 'Sätze entfernen, die die Aufbewahrung aufgibt'),
    args: [environment],
    flags: [
      {
        name: 'dry-run',
        about: text('only show what would go, and why', 'nur zeigen, was gehen würde und warum'),
      },
      {
        name: 'force',
        about: text(
          'also where retention stopped because too much would go at once',
          'auch dort, wo die Aufbewahrung anhielt, weil zu viel auf einmal gehen würde',
        ),
      },
      {
        name: 'future',
        value: 'set',
        about: text(
          'also this set, which a wrong clock dated in the future',
          'auch diesen Satz, den eine falsche Uhr in die Zukunft datiert hat',
        ),
      },
      destination,
    ],
    examples: ['stellwerk backup prune production --dry-run', 'stellwerk backup prune production --yes'],
    exits: [...saysNo, exitCode.declined],
    load: () => import('../run/backup-prune.ts'),
  },
  {
    name: 'backup destination test',
    about: text(
      'prove that a destination can write, read, rename, hash and delete, with a small file',
      'mit einer kleinen Datei beweisen, dass ein Ziel schreiben, lesen, umbenennen, hashen und löschen kann',
    ),
    args: [
      environment,
      {
        name: 'destination',
        about: text('name of the destination (default: all)', 'Name des Ziels (Vorgabe: alle)'),
      },
    ],
    examples: [
      'stellwerk backup destination test production',
      'stellwerk backup destination test production nas',
    ],
    exits: saysNo,
    load: () => import('../run/backup-destination-test.ts'),
  },
  {
    name: 'drill',
    about: text(
      'restore the newest set into scratch databases, compare it, measure it, and leave nothing behind',
      'den neuesten Satz in Wegwerfdatenbanken wiederherstellen, vergleichen, messen und nichts zurücklassen',
    ),
    args: [environment],
    flags: [
      {
        name: 'set',
        value: 'id',
        about: text(
          'drill this set (default: the newest verified one)',
          'diesen Satz üben (Vorgabe: der neueste verifizierte)',
        ),
      },
      {
        name: 'destination',
        value: 'name',
        about: text(
          'fetch it from there (default: drill.from, else the first destination off the hosts)',
          'von dort holen (Vorgabe: drill.from, sonst das erste Ziel abseits der Hosts)',
        ),
      },
      {
        name: 'report',
        value: 'file',
        about: text(
          'write the report to <file>.md and <file>.json (default: .stellwerk/drills/<run>)',
          'den Bericht nach <datei>.md und <datei>.json schreiben (Vorgabe: .stellwerk/drills/<lauf>)',
        ),
      },
      wait,
    ],
    examples: ['stellwerk drill production', 'stellwerk drill production --report reports/drill'],
    exits: changing,
    load: () => import('../run/drill.ts'),
  },
  {
    name: 'database check',
    about: text(
      'say whether the databases are sound: SQLite files by integrity_check, servers by an answer',
      'sagen, ob die Datenbanken in Ordnung sind: SQLite-Dateien mit integrity_check, Server durch eine Antwort',
    ),
    args: [
      environment,
      {
        name: 'database',
        about: text('name of the database (default: all)', 'Name der Datenbank (Vorgabe: alle)'),
      },
    ],
    flags: [
      {
        name: 'quick',
        about: text(
          'SQLite: without comparing indexes with their tables (quick_check)',
          'SQLite: ohne Indizes mit ihren Tabellen zu vergleichen (quick_check)',
        ),
      },
    ],
    examples: ['stellwerk database check production', 'stellwerk database check production main --quick'],
    exits: saysNo,
    load: () => import('../run/database-check.ts'),
  },
  {
    name: 'database rebuild',
    about: text(
      'replace a damaged SQLite file by what can still be read of it; the file is kept as a set and beside the live one',
      'eine beschädigte SQLite-Datei durch das ersetzen, was davon noch lesbar ist; die Datei bleibt als Satz und daneben aufgehoben',
    ),
    args: [
      environment,
      {
        name: 'database',
        about: text(
          'name of the database (default: the only SQLite file)',
          'Name der Datenbank (Vorgabe: die einzige SQLite-Datei)',
        ),
      },
    ],
    flags: [confirmFlag, wait],
    examples: [
      'stellwerk database rebuild production main',
      'stellwerk database rebuild production main --confirm app.sqlite',
    ],
    exits: changing,
    load: () => import('../run/database-rebuild.ts'),
  },
  ...scheduling,
]
