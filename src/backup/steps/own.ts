// Whether a directory is ours alone to change. Dumps lie there in clear, and files are unpacked there: whoever can put something
// of his own in between reads or changes them.
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import type { Host } from '../../engine/host.ts'

// A link counts as itself and as what it shows; what cannot be told is not ours.
const library = `sw_foreign() {
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then return 0; fi
  sw_me=$(id -u)
  if [ "$(stat -c %u "$1")" != "$sw_me" ] || [ "$(stat -L -c %u "$1")" != "$sw_me" ]; then echo owner; return 0; fi
  case $(stat -L -c %a "$1") in '' | *[2367] | *[2367]?) echo mode ;; esac
}
`

function ask(directories: readonly string[], then: string): string {
  return `${library}for sw_own in ${directories.map(quote).join(' ')}; do
  sw_why=$(sw_foreign "$sw_own")
  [ -z "$sw_why" ] || ${then}
done`
}

/** Reports `own REASON DIRECTORY` when one of the directories is there and another than us can change it. */
export function ownText(...directories: readonly string[]): string {
  return ask(directories, 'sw_problem own "$sw_why" "$sw_own"')
}

export interface NotOurs {
  readonly host: string
  readonly why: string
  readonly directory: string
}

/** The same before a lock is taken, which is written there as well. A host that does not answer is for whoever takes the lock. */
export async function ourProblem(
  host: Host,
  directories: readonly string[],
  problem: (found: NotOurs) => Problem,
): Promise<Problem | undefined> {
  const script = `set -u\n${ask(directories, '{ printf "%s %s\\n" "$sw_why" "$sw_own"; exit 0; }')}\n`
  const { stdout } = await host.run(script, { timeout: 60_000, plain: true })
  const [, why, directory] = /^(owner|mode) (.+)$/m.exec(stdout) ?? []
  return why && directory ? problem({ host: host.name, why, directory }) : undefined
}

export function drillNotOurs(found: NotOurs): Problem {
  const { host, directory } = found
  return {
    code: 'STW-B409',
    what: text(
      `${directory} on ${host}, where drills work, is not ours alone; nothing was written there`,
      `${directory} auf ${host}, wo Übungen arbeiten, gehört nicht uns allein; nichts wurde dort geschrieben`,
    ),
    ...reason(found),
  }
}

export function spoolNotOurs(found: NotOurs): Problem {
  const { host, directory } = found
  return {
    code: 'STW-B004',
    what: text(
      `${directory} on ${host}, where backups are made, is not ours alone; nothing was written there`,
      `${directory} auf ${host}, wo Backups entstehen, gehört nicht uns allein; nichts wurde dort geschrieben`,
    ),
    ...reason(found),
  }
}

function reason({ host, why, directory }: NotOurs): Pick<Problem, 'where' | 'why' | 'next'> {
  const [en, de] =
    why === 'owner'
      ? ['it belongs to another user', 'es gehört einem anderen Benutzer']
      : ['its group or everybody can write there', 'seine Gruppe oder jeder kann dort schreiben']
  return {
    where: { host },
    why: text(en, de),
    next: [
      text(
        `On ${host}, with the account that Stellwerk uses there: ls -ld ${quote(directory)}, then chmod go-w, or another directory in stellwerk.yaml`,
        `Auf ${host}, mit dem Konto, das Stellwerk dort benutzt: ls -ld ${quote(directory)}, dann chmod go-w, oder ein anderes Verzeichnis in stellwerk.yaml`,
      ),
    ],
  }
}
