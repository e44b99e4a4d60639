// Which names may exist in a bundle, and in which order they stand. The rules keep every tool on the way honest: tar,
// sha256sum -c, sh on the host, and a person who reads the list.
import { type Text, text } from '../../core/lang.ts'

/** The list of everything in the bundle; first entry of the archive, and part of every release on a host. */
export const manifestName = '.stellwerk-bundle.json'
/** Accepted by `sha256sum -c`; second entry of the archive. */
export const sumsName = 'SHA256SUMS'
/** Present when the bundle is signed; third entry of the archive. */
export const signatureName = 'SHA256SUMS.minisig'

/** Names that the bundle or the release on a host writes itself. `-` would make `sha256sum -c` read its input. */
const reserved = new Set([manifestName, sumsName, signatureName, '.stellwerk.json', '.stellwerk', '-'])

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\x00-\x1f\x7f]/

/** Why a path may not be in a bundle, or undefined when it may. Paths are relative, separated by "/". */
export function pathFault(path: string): Text | undefined {
  if (path === '') return text('the name is empty', 'der Name ist leer')
  if (path.startsWith('/')) return text('the path is absolute', 'der Pfad ist absolut')
  const unreadable = textFault(path)
  if (unreadable) return unreadable
  const segments = path.split('/')
  if (segments.some(segment => segment === '' || segment === '.' || segment === '..')) {
    return text(
      'the path holds an empty part, "." or ".."',
      'der Pfad enthält einen leeren Teil, "." oder ".."',
    )
  }
  if (segments.some(segment => Buffer.byteLength(segment) > 255) || Buffer.byteLength(path) > 4000) {
    return text(
      'the name is too long (255 bytes a part, 4000 in all)',
      'der Name ist zu lang (255 Bytes je Teil, 4000 insgesamt)',
    )
  }
  if (reserved.has(segments[0] ?? '')) {
    return text('the name is reserved for the release itself', 'der Name ist dem Release selbst vorbehalten')
  }
  return undefined
}

/** Why a name or a link's target cannot be written down, or undefined when it can. */
export function textFault(name: string): Text | undefined {
  if (control.test(name)) {
    return text(
      'the name holds a newline or another control character',
      'der Name enthält einen Zeilenumbruch oder ein anderes Steuerzeichen',
    )
  }
  // U+FFFD is what Node reads where the bytes on disk are not UTF-8; the manifest could not name such a file.
  if (!name.isWellFormed() || name.includes('\ufffd')) {
    return text('the name is not UTF-8', 'der Name ist kein UTF-8')
  }
  return undefined
}

/** Byte order, as `LC_ALL=C sort` has it; JavaScript's own order differs beyond U+FFFF. */
export function comparePaths(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** `a/b` for `a/b/c`; undefined at the top. */
export function parentOf(path: string): string | undefined {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? undefined : path.slice(0, slash)
}
