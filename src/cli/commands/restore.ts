// Data that goes back.
import { text } from '../../core/lang.ts'
import type { Command, Flag } from '../command.ts'
import { changing, environment, wait } from './shared.ts'

/** The typed name, for scripts. */
export const confirmFlag: Flag = {
  name: 'confirm',
  value: 'name',
  about: text(
    'exact name of what is replaced or destroyed, instead of typing it; --yes is not enough',
    'genauer Name dessen, was ersetzt oder zerstört wird, statt ihn zu tippen; --yes genügt nicht',
  ),
}

export const restoring: readonly Command[] = [
  {
    name: 'restore',
    about: text(
      'put databases of a set in the place of the live ones, which are kept, with a safety copy before; also where none is left',
      'Datenbanken eines Satzes an die Stelle derer im Betrieb setzen, die aufgehoben werden, nach einer Sicherheitskopie; auch wo keine mehr ist',
    ),
    args: [
      environment,
      {
        name: 'set',
        about: text(
          'id of a set, or latest: the newest verified one (default)',
          'Kennung eines Satzes, oder latest: der neueste verifizierte (Vorgabe)',
        ),
      },
    ],
    flags: [
      {
        name: 'from',
        value: 'destination',
        about: text(
          'destination to fetch from (default: the first that has the set, off-site last)',
          'Ziel, von dem geholt wird (Vorgabe: das erste, das den Satz hat; außer Haus zuletzt)',
        ),
      },
      {
        name: 'store',
        value: 'names',
        about: text(
          'only these, comma-separated (default: all databases of the set)',
          'nur diese, durch Komma getrennt (Vorgabe: alle Datenbanken des Satzes)',
        ),
      },
      {
        name: 'to',
        value: 'name',
        about: text(
          'restore beside as a database of this name (SQLite: into this file) and leave the live one alone',
          'daneben als Datenbank dieses Namens wiederherstellen (SQLite: in diese Datei) und die im Betrieb nicht berühren',
        ),
      },
      {
        name: 'app',
        about: text(
          'files instead of databases: compare, and put back what is missing',
          'Dateien statt Datenbanken: vergleichen und zurücklegen, was fehlt',
        ),
      },
      {
        name: 'file',
        value: 'path',
        many: true,
        about: text(
          'with --app: overwrite this file too; may be given several times',
          'mit --app: auch diese Datei überschreiben; mehrfach möglich',
        ),
      },
      {
        name: 'dry-run',
        about: text('with --app: only compare', 'mit --app: nur vergleichen'),
      },
      {
        name: 'accept-unverified',
        value: 'reason',
        about: text(
          'take a set that was not verified, or that is suspect; the reason is kept',
          'auch einen Satz nehmen, der nicht verifiziert oder verdächtig ist; der Grund wird festgehalten',
        ),
      },
      {
        name: 'without-safety-copy',
        value: 'reason',
        about: text(
          'replace what is live without saving it, because it cannot be read; it is kept all the same, and so is the reason',
          'ersetzen, ohne das Bisherige zu sichern, weil es nicht lesbar ist; aufgehoben wird es trotzdem, der Grund auch',
        ),
      },
      confirmFlag,
      wait,
    ],
    examples: [
      'stellwerk restore production',
      'stellwerk restore production 20261121T020000Z-4f1a --store main --confirm askpro',
      'stellwerk restore production --to askpro_yesterday',
      'stellwerk restore production --app --dry-run',
    ],
    exits: changing,
    load: () => import('../run/restore.ts'),
  },
  {
    name: 'restore finish',
    about: text(
      'drop the databases that restores kept, after their names and sizes were shown',
      'Datenbanken löschen, die Wiederherstellungen aufgehoben haben, nachdem Namen und Größen gezeigt wurden',
    ),
    args: [environment],
    flags: [{ name: 'dry-run', about: text('only show them', 'sie nur zeigen') }, confirmFlag, wait],
    examples: [
      'stellwerk restore finish production --dry-run',
      'stellwerk restore finish production --confirm production',
    ],
    exits: changing,
    load: () => import('../run/restore-finish.ts'),
  },
]
