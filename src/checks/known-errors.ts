// Errors that people meet again and again, and what they mean: a sentence behind what was observed.
import { type Text, text } from '../core/lang.ts'

interface KnownError {
  readonly pattern: RegExp
  readonly why: Text
}

/** The first that fits is told. */
export const knownErrors: readonly KnownError[] = [
  {
    pattern: /disk I\/O error|SQLITE_IOERR/i,
    why: text(
      'SQLite cannot write beside its file: a full disk, a directory the app may not write to, or a volume that does not lock',
      'SQLite kann neben seiner Datei nicht schreiben: volle Platte, ein Verzeichnis ohne Schreibrecht für die App oder ein Volume ohne Sperren',
    ),
  },
  {
    pattern: /attempt to write a readonly database|SQLITE_READONLY/i,
    why: text(
      'the app may read the SQLite file but not write to it, or to its directory: see owner and mode of both',
      'die App darf die SQLite-Datei lesen, aber sie oder ihr Verzeichnis nicht beschreiben: Eigentümer und Modus beider ansehen',
    ),
  },
  {
    pattern: /database is locked|SQLITE_BUSY/i,
    why: text(
      'two processes write to the SQLite file at once: often an old one that has not ended',
      'zwei Prozesse schreiben zugleich in die SQLite-Datei: oft ein alter, der nicht beendet ist',
    ),
  },
  {
    pattern: /read-only file ?system|EROFS/i,
    why: text(
      'the volume is mounted read-only: by its mount options, or by the kernel after an error of the disk',
      'das Volume ist nur lesbar eingehängt: durch seine Optionen, oder durch den Kernel nach einem Plattenfehler',
    ),
  },
  {
    pattern: /no space left on device|ENOSPC/i,
    why: text(
      'the disk is full, or has no inodes left (df -i)',
      'die Platte ist voll oder hat keine Inodes mehr (df -i)',
    ),
  },
  {
    pattern: /disk quota exceeded|EDQUOT/i,
    why: text('the quota of this user is used up', 'das Kontingent dieses Benutzers ist verbraucht'),
  },
  {
    pattern: /permission denied|EACCES|no permission to write/i,
    why: text(
      'this user has no right to it: see owner and mode (ls -ld), of its directories too',
      'dieser Benutzer hat kein Recht darauf: Eigentümer und Modus ansehen (ls -ld), auch die der Verzeichnisse',
    ),
  },
  {
    pattern: /no such file or directory|ENOENT|does not exist$/i,
    why: text(
      'the file is not where it is looked for: in a release only what is built or shared is there, see release.shared',
      'die Datei liegt nicht, wo sie gesucht wird: in einem Release liegt nur Gebautes oder Geteiltes, siehe release.shared',
    ),
  },
  {
    pattern: /EADDRINUSE|address already in use/i,
    why: text(
      'the port is still in the hands of another process',
      'der Port ist noch in den Händen eines anderen Prozesses',
    ),
  },
  {
    pattern: /out of memory|ENOMEM|cannot allocate memory|oom-?kill/i,
    why: text('the host ran out of memory', 'dem Host ging der Speicher aus'),
  },
]

export function whyOf(observed: string): Text | undefined {
  return knownErrors.find(({ pattern }) => pattern.test(observed))?.why
}

/** What was observed, and what it means when that is known. */
export function explained(observed: Text, said: string = observed.en): Text {
  const why = whyOf(said)
  return why === undefined ? observed : text(`${observed.en}; ${why.en}`, `${observed.de}; ${why.de}`)
}
