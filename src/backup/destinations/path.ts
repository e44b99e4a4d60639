// Names below a destination: which are taken, and what a file is called while it is on its way.
import { ProblemError } from '../../core/problem.ts'
import { pathRefused } from './problems.ts'

/** The path as it is; throws ProblemError when it could leave the destination or is no name that every file system takes. */
export function checkedPath(destination: string, path: string): string {
  const segments = path.split('/')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  const bad = segments.some(segment => /^\.{0,2}$|[\0-\x1f\x7f]/.test(segment))
  if (bad) throw new ProblemError(pathRefused(destination, path))
  return path
}

/** The same, and '' for the top. */
export function checkedDirectory(destination: string, path: string): string {
  return path === '' ? '' : checkedPath(destination, path)
}

/** Directory of a path; '' at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

export function partialPath(path: string, sha256: string): string {
  const at = path.lastIndexOf('/') + 1
  return `${path.slice(0, at)}.part-${sha256.slice(0, 12)}-${path.slice(at)}`
}

export function isPartial(name: string): boolean {
  return /^\.part-[0-9a-f]{12}-/.test(name)
}
