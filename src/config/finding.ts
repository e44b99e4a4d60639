// What is wrong and where, before and after it is located in the file.
import type { Text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import type { Path } from './path.ts'

/** A Problem of the config, with the line it is about, so that it can be shown without the file. */
export interface ConfigProblem extends Problem {
  readonly where: { readonly file: string; readonly line: number; readonly column: number }
  /** The line of the file and how many columns of it to mark, from `where.column` on; at least one. */
  readonly excerpt: { readonly text: string; readonly width: number }
}

/** What is wrong, not yet where. */
export interface Fault {
  readonly code: string
  readonly what: Text
  readonly why?: Text
  readonly next?: readonly Text[]
}

/** Where: offsets into the text, or a path in the config and whether its key or its value is meant. */
export type Place =
  | { readonly start: number; readonly end: number }
  | { readonly path: Path; readonly on: 'key' | 'value' }

export interface Finding {
  readonly fault: Fault
  readonly place: Place
}

export function finding(fault: Fault, place: Place): Finding {
  return { fault, place }
}

/** Those of `findings` that are not at the place of one of `others`: a variable that is not set explains why its value
 *  has the wrong form. */
export function elsewhere(findings: readonly Finding[], others: readonly Finding[]): Finding[] {
  const taken = places(others)
  return findings.filter(item => !isAt(item, taken))
}

/** The paths of findings, to ask `isAt` about. */
export function places(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.flatMap(({ place }) => ('path' in place ? [JSON.stringify(place.path)] : [])))
}

export function isAt({ place }: Finding, taken: ReadonlySet<string>): boolean {
  return 'path' in place && taken.has(JSON.stringify(place.path))
}
