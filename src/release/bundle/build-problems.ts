// What can be wrong before there is a bundle: the repository, the build, its output.
import { type Text, text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'

const commit = text(
  'Commit first, or build the working tree with --dirty',
  'Zuerst committen oder den Arbeitsbaum mit --dirty bauen',
)

export function noRepository(directory: string): Problem {
  return {
    code: 'STW-R101',
    what: text(`"${directory}" is not in a git repository`, `"${directory}" liegt in keinem Git-Repository`),
    where: { file: directory },
    why: text(
      'A bundle is built from a commit, so that it can be built again',
      'Ein Bundle entsteht aus einem Commit, damit es noch einmal gebaut werden kann',
    ),
    next: [
      text('git init && git add . && git commit', 'git init && git add . && git commit'),
      text('Or build the directory as it is: --dirty', 'Oder das Verzeichnis bauen, wie es ist: --dirty'),
    ],
  }
}

export function noCommit(ref: string): Problem {
  return {
    code: 'STW-R102',
    what: text(`There is no commit "${ref}"`, `Es gibt keinen Commit "${ref}"`),
    next: [
      text('git fetch --all --tags', 'git fetch --all --tags'),
      text('git log --oneline', 'git log --oneline'),
    ],
  }
}

/** `paths` as git names them. */
export function dirtyTree(paths: readonly string[]): Problem {
  return {
    code: 'STW-R103',
    what: text(
      `The working tree has ${paths.length} changes that are not committed`,
      `Der Arbeitsbaum hat ${paths.length} Änderungen, die nicht committet sind`,
    ),
    why: text(
      'The bundle is made from the commit, so these changes would not be in it',
      'Das Bundle entsteht aus dem Commit, diese Änderungen wären also nicht darin',
    ),
    next: [commit],
    evidence: [...paths.slice(0, 10), ...(paths.length > 10 ? ['…'] : [])].join('\n'),
  }
}

export function dirtyWithRef(ref: string): Problem {
  return {
    code: 'STW-R103',
    what: text(
      `--dirty builds the working tree and "${ref}" names a commit`,
      `--dirty baut den Arbeitsbaum, und "${ref}" nennt einen Commit`,
    ),
    next: [text('Give one of the two', 'Nur eines von beiden angeben')],
  }
}

export function submodule(path: string): Problem {
  return {
    code: 'STW-R104',
    what: text(
      `"${path}" is a submodule, and git archive leaves it out`,
      `"${path}" ist ein Submodul, und git archive lässt es aus`,
    ),
    why: text(
      'The bundle would lack its files without a word',
      'Dem Bundle würden seine Dateien stillschweigend fehlen',
    ),
    next: [
      text(
        'Bring its files into the repository (git subtree add), or fetch them in build.commands and drop the submodule',
        'Seine Dateien ins Repository holen (git subtree add) oder in build.commands laden und das Submodul entfernen',
      ),
    ],
  }
}

export function lfsPointer(path: string): Problem {
  return {
    code: 'STW-R105',
    what: text(
      `"${path}" is a Git LFS pointer, not the file itself`,
      `"${path}" ist ein Zeiger von Git LFS, nicht die Datei selbst`,
    ),
    where: { file: path },
    next: [text('git lfs install && git lfs pull', 'git lfs install && git lfs pull')],
  }
}

export function gitFailed(what: string, evidence: string): Problem {
  return {
    code: 'STW-R106',
    what: text(`git ${what} did not work`, `git ${what} hat nicht funktioniert`),
    evidence,
  }
}

export function noGit(): Problem {
  return {
    code: 'STW-R106',
    what: text('git is not installed on this machine', 'git ist auf diesem Rechner nicht installiert'),
    next: [text('apt-get install git', 'apt-get install git')],
  }
}

export function commandFailed(
  command: string,
  kind: 'commands' | 'test',
  why: Text,
  evidence: string,
): Problem {
  return {
    code: 'STW-R107',
    what:
      kind === 'test'
        ? text(`The tests failed: ${command}`, `Die Tests sind fehlgeschlagen: ${command}`)
        : text(`The build failed: ${command}`, `Der Bau ist fehlgeschlagen: ${command}`),
    why,
    next: [
      text(
        'It runs in a clean export of the commit: files that git ignores or that nobody added are not there',
        'Er läuft in einem sauberen Export des Commits: Dateien, die Git ignoriert oder die niemand hinzugefügt hat, fehlen dort',
      ),
    ],
    evidence,
  }
}

export function noOutput(output: string): Problem {
  return {
    code: 'STW-R108',
    what: text(`The build made no directory "${output}"`, `Der Bau hat kein Verzeichnis "${output}" erzeugt`),
    where: { file: output },
    next: [text('Check build.output and build.commands', 'build.output und build.commands prüfen')],
  }
}

export function emptyBundle(output: string): Problem {
  return {
    code: 'STW-R108',
    what: text(
      `There is no file in "${output}" that would go into the bundle`,
      `In "${output}" ist keine Datei, die ins Bundle käme`,
    ),
    where: { file: output },
    next: [text('Check build.output and build.exclude', 'build.output und build.exclude prüfen')],
  }
}

export function entryUnusable(entry: string, why: Text): Problem {
  return {
    code: 'STW-R109',
    what: text(
      `The entry file "${entry}" is not in the bundle`,
      `Die Einstiegsdatei "${entry}" ist nicht im Bundle`,
    ),
    where: { file: entry },
    why,
    next: [
      text(
        'Check build.commands, build.output and build.entries',
        'build.commands, build.output und build.entries prüfen',
      ),
    ],
  }
}

export function changedWhileRead(path: string): Problem {
  return {
    code: 'STW-R110',
    what: text(
      `The file "${path}" changed while it was read`,
      `Die Datei "${path}" hat sich beim Lesen verändert`,
    ),
    why: text(
      'Something that the build started is still writing',
      'Etwas, das der Bau gestartet hat, schreibt noch',
    ),
  }
}

export function cannotWrite(path: string, reason: string): Problem {
  return {
    code: 'STW-R111',
    what: text(`"${path}" cannot be written`, `"${path}" ist nicht beschreibbar`),
    where: { file: path },
    why: text(reason, reason),
    next: [text(`df -h ${path}`, `df -h ${path}`)],
  }
}

export function noSigningKey(path: string, reason: string): Problem {
  return {
    code: 'STW-R112',
    what: text(`The signing key "${path}" cannot be read`, `Der Signierschlüssel "${path}" ist nicht lesbar`),
    where: { file: path },
    why: text(reason, reason),
    next: [text('Check build.sign.key', 'build.sign.key prüfen')],
  }
}

export function cancelled(): Problem {
  return {
    code: 'STW-R113',
    what: text('The build was cancelled', 'Der Bau wurde abgebrochen'),
    why: text('No host was touched', 'Kein Host wurde berührt'),
  }
}
