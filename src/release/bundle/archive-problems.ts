// What can be wrong with a bundle that comes from elsewhere. Each text names the file it is about.
import { type Text, text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { manifestName, signatureName, sumsName } from './path-rules.ts'

const again = text('Build the bundle again: stellwerk build', 'Das Bundle neu bauen: stellwerk build')
const fetchAgain = text(
  'Copy the bundle again from where it was built, and compare sha256sum on both sides',
  'Das Bundle noch einmal von seiner Quelle kopieren und sha256sum auf beiden Seiten vergleichen',
)

export function archiveUnreadable(path: string, why: Text): Problem {
  return {
    code: 'STW-R120',
    what: text(`The bundle "${path}" cannot be read`, `Das Bundle "${path}" ist nicht lesbar`),
    where: { file: path },
    why,
    next: [fetchAgain, again],
  }
}

export function archiveMalformed(why: Text): Problem {
  return {
    code: 'STW-R121',
    what: text('The archive is not a bundle of Stellwerk', 'Das Archiv ist kein Bundle von Stellwerk'),
    why,
    next: [again],
  }
}

export function manifestUnreadable(source: string, why: Text): Problem {
  return {
    code: 'STW-R122',
    what: text(
      `The manifest in "${source}" is not usable`,
      `Das Manifest in "${source}" ist nicht brauchbar`,
    ),
    where: { file: source },
    why,
    next: [again],
  }
}

export function refusedPath(path: string, why: Text): Problem {
  return {
    code: 'STW-R123',
    what: text(`${show(path)} may not be in a bundle`, `${show(path)} darf nicht in einem Bundle sein`),
    why,
  }
}

export function refusedLink(path: string, target: string, why: Text): Problem {
  return {
    code: 'STW-R124',
    what: text(
      `The link ${show(path)} -> ${show(target)} may not be in a bundle`,
      `Der Link ${show(path)} -> ${show(target)} darf nicht in einem Bundle sein`,
    ),
    why,
    next: [
      text(
        'Let the link point to a relative path inside the release, or exclude it under build.exclude; data that outlives a release belongs under release.shared',
        'Den Link auf einen relativen Pfad im Release zeigen lassen oder unter build.exclude ausschließen; Daten, die ein Release überdauern, gehören unter release.shared',
      ),
    ],
  }
}

export function wrongTotals(): Problem {
  return {
    code: 'STW-R122',
    what: text(
      `The totals in ${manifestName} do not fit its lists`,
      `Die Summen in ${manifestName} passen nicht zu seinen Listen`,
    ),
    next: [again],
  }
}

/** Manifest and SHA256SUMS are two views of one list; a bundle in which they differ was changed by hand. */
export function sumsDiffer(path: string): Problem {
  return {
    code: 'STW-R125',
    what: text(
      `${sumsName} and ${manifestName} disagree about ${show(path)}`,
      `${sumsName} und ${manifestName} widersprechen sich bei ${show(path)}`,
    ),
    why: text('The bundle was changed after it was built', 'Das Bundle wurde nach dem Bau verändert'),
    next: [fetchAgain, again],
  }
}

export function sumsUnreadable(): Problem {
  return {
    code: 'STW-R125',
    what: text(`${sumsName} is not a list of sha256sum`, `${sumsName} ist keine Liste von sha256sum`),
    why: text(
      'A line is malformed, or a name appears twice',
      'Eine Zeile ist fehlerhaft, oder ein Name kommt zweimal vor',
    ),
    next: [fetchAgain, again],
  }
}

export function unsigned(): Problem {
  return {
    code: 'STW-R126',
    what: text('The bundle is not signed', 'Das Bundle ist nicht signiert'),
    why: text(
      `Trusted keys are set, so ${signatureName} must be in the bundle`,
      `Es sind vertraute Schlüssel gesetzt, also muss ${signatureName} im Bundle sein`,
    ),
    next: [
      text(
        'Set build.sign.key and build again: stellwerk build',
        'build.sign.key setzen und neu bauen: stellwerk build',
      ),
    ],
  }
}

export function fileDiffers(path: string, why: Text): Problem {
  return {
    code: 'STW-R127',
    what: text(
      `The file ${show(path)} is not what the manifest says`,
      `Die Datei ${show(path)} ist nicht, was das Manifest sagt`,
    ),
    why,
    next: [fetchAgain, again],
  }
}

export function fileMissing(path: string): Problem {
  return {
    code: 'STW-R128',
    what: text(`The file ${show(path)} is missing in the archive`, `Die Datei ${show(path)} fehlt im Archiv`),
    next: [fetchAgain, again],
  }
}

export function fileAdditional(path: string): Problem {
  return {
    code: 'STW-R129',
    what: text(
      `The archive holds ${show(path)}, which the manifest does not list at this place`,
      `Das Archiv enthält ${show(path)}, was das Manifest an dieser Stelle nicht aufführt`,
    ),
    next: [fetchAgain, again],
  }
}

/** JSON quoting: a name from an untrusted archive must not write to the terminal. */
function show(path: string): string {
  return JSON.stringify(path.length > 300 ? `${path.slice(0, 300)}…` : path)
}
