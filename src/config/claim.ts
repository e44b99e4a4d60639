// What a document claims at one key: where it stands, and the lines of it, for a report that holds them against what is true.
import { masked } from './mask.ts'
import { formatPath, type Path } from './path.ts'
import { readSource, type Source, spanAt, treeAt } from './source.ts'

export interface Claim {
  /** `checks.health`, as an environment's override has it when that is where it stands. */
  readonly key: string
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** The lines as written, without their common indentation; passwords in clear are stars. */
  readonly text: string
}

export type Claims = (path: Path) => Claim | undefined

/** A long one says enough with its first lines. */
const most = 12

/** Of one environment. A key that stands nowhere, because its default holds, is no claim of its own: its parent's is taken. */
export function claimsOf(file: string, content: string, environment: string): Claims {
  const source = readSource(file, content)
  const shown = masked(source).split('\n')
  return path => {
    if (source.fatal) return undefined
    const over: Path = ['environments', environment, 'override', ...path]
    if (treeAt(source.tree, over) !== undefined) return claimAt(source, shown, over)
    for (let length = path.length; length > 0; length--) {
      const at = path.slice(0, length)
      if (treeAt(source.tree, at) !== undefined) return claimAt(source, shown, at)
    }
    return undefined
  }
}

function claimAt(source: Source, shown: readonly string[], path: Path): Claim {
  const line = lineOf(source.text, spanAt(source.tree, path, 'key').start)
  const value = treeAt(source.tree, path)?.span
  const end = value === undefined ? line : lineOf(source.text, Math.max(value.start, value.end - 1))
  // An alias lies elsewhere, and a block ends before the next key begins.
  const lines = shown.slice(line - 1, Math.max(line, end)).map(one => one.trimEnd())
  while (lines.length > 1 && (lines.at(-1) === '' || lines.at(-1)?.trimStart().startsWith('#'))) lines.pop()
  const indent = Math.min(...lines.filter(one => one !== '').map(one => one.length - one.trimStart().length))
  const kept = lines.slice(0, most).map(one => one.slice(Number.isFinite(indent) ? indent : 0))
  return {
    key: formatPath(path),
    file: source.file,
    line,
    text: [...kept, ...(lines.length > most ? ['…'] : [])].join('\n'),
  }
}

function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}
