// What a fragment about a store of files reports, in words.
import { type Text, text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { Report } from '../engine/step.ts'

export function filesProblem(
  { key, args }: Report,
  { store, host }: { readonly store: string; readonly host: string },
): Problem {
  const [first = '', second = '', third = ''] = args
  const make = (code: Problem['code'], what: Text, why?: Text, next: readonly Text[] = []): Problem => ({
    code,
    what,
    where: { host },
    ...(why === undefined ? {} : { why }),
    next,
  })
  const said = (words: string) => text(words, words)
  switch (key) {
    case 'missing':
      return make(
        'STW-B290',
        text(
          `"${first}" of the store "${store}" does not exist`,
          `„${first}“ des Ablageorts „${store}“ existiert nicht`,
        ),
        text(
          'every declared path must be there, and no link may lead nowhere',
          'jeder genannte Pfad muss da sein, und kein Link darf ins Leere führen',
        ),
        [
          text(
            `mend the path below backup.files.${store}`,
            `den Pfad unter backup.files.${store} berichtigen`,
          ),
        ],
      )
    case 'few':
      return make(
        'STW-B291',
        text(
          `The store "${store}" has only ${first} files`,
          `Der Ablageort „${store}“ hat nur ${first} Dateien`,
        ),
        text('minFiles asks for more', 'minFiles verlangt mehr'),
        [text(`look below backup.files.${store}`, `unter backup.files.${store} nachsehen`)],
      )
    case 'nested':
      return make(
        'STW-B292',
        text(
          `"${first}" is a link to a file inside another declared path`,
          `„${first}“ ist ein Link auf eine Datei innerhalb eines anderen genannten Pfads`,
        ),
        text(
          'tar would have to store it twice under one name',
          'tar müsste ihn unter einem Namen zweimal ablegen',
        ),
        [
          text(
            `name the file that it leads to below backup.files.${store}`,
            `unter backup.files.${store} die Datei nennen, auf die er zeigt`,
          ),
        ],
      )
    case 'tool':
      return make(
        'STW-B293',
        text(`${first} is missing on ${host}`, `${first} fehlt auf ${host}`),
        undefined,
        [text(`apt-get install tar coreutils findutils`, `apt-get install tar coreutils findutils`)],
      )
    case 'filled':
      return make(
        'STW-B294',
        text(`"${first}" is not empty`, `„${first}“ ist nicht leer`),
        text(
          'files are only unpacked into an empty directory',
          'Dateien werden nur in ein leeres Verzeichnis entpackt',
        ),
      )
    case 'refused':
      return make(
        'STW-B295',
        text(
          `The archive of "${store}" holds the name "${first}"`,
          `Das Archiv von „${store}“ enthält den Namen „${first}“`,
        ),
        text(
          'it leads out of the directory, and no backup of ours does that',
          'er führt aus dem Verzeichnis hinaus, und das tut keines unserer Backups',
        ),
      )
    case 'led':
      return make(
        'STW-B299',
        text(
          `"${first}" is a link; nothing of the store "${store}" is written through it`,
          `„${first}“ ist ein Link; vom Ablageort „${store}“ wird nichts durch ihn hindurch geschrieben`,
        ),
        text(
          'it lies below a declared path, and whoever may write there would choose where the files go',
          'er liegt unter einem genannten Pfad, und wer dort schreiben darf, würde bestimmen, wohin die Dateien kommen',
        ),
        [
          text(
            `make it a directory again, or name it below backup.files.${store}`,
            `wieder ein Verzeichnis daraus machen oder es unter backup.files.${store} nennen`,
          ),
        ],
      )
    case 'sums':
      return make(
        'STW-B296',
        text(
          `Files of "${store}" are not as they were saved`,
          `Dateien von „${store}“ sind nicht so, wie sie gesichert wurden`,
        ),
        said(first),
      )
    case 'stage':
      return make(
        'STW-B297',
        text(
          `The stage "${first}" ended with code ${second}`,
          `Die Stufe „${first}“ endete mit Code ${second}`,
        ),
        said(third),
      )
    default:
      return make(
        'STW-B298',
        text(
          `The files of "${store}" cannot be read or written`,
          `Die Dateien von „${store}“ lassen sich nicht lesen oder schreiben`,
        ),
        said(second === '' ? first : second),
      )
  }
}
