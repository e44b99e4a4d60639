// Findings become Problems with a place in the file: sorted by position, each one once.
import { masked } from './mask.ts'
import type { Path } from './path.ts'
import type { ConfigProblem, Finding } from './problems.ts'
import { type Source, type Span, spanAt, treeAt } from './source.ts'

/** `from`: the path of an override that lies over the document. A value that it sets is found there. */
export function locate(source: Source, findings: readonly Finding[], from?: Path): ConfigProblem[] {
  if (findings.length === 0) return []
  const text = masked(source)
  const starts = lineStarts(text)
  return merge(
    findings.map(item => toProblem({ file: source.file, text }, starts, item, spanOf(source, item, from))),
  )
}

/** Joins problems that were located one by one: sorted by position, each one once. */
export function merge(...lists: readonly (readonly ConfigProblem[])[]): ConfigProblem[] {
  const seen = new Set<string>()
  return lists
    .flat()
    .sort((a, b) => a.where.line - b.where.line || a.where.column - b.where.column)
    .filter(problem => {
      const key = `${problem.where.line}:${problem.where.column} ${problem.code} ${problem.what.en}`
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
}

function spanOf(source: Source, { place }: Finding, from: Path | undefined): Span {
  if ('start' in place) return place
  const overridden = from && [...from, ...place.path]
  const exists =
    overridden !== undefined && place.path.length > 0 && treeAt(source.tree, overridden) !== undefined
  return spanAt(source.tree, exists ? overridden : place.path, place.on)
}

function toProblem(
  source: Pick<Source, 'file' | 'text'>,
  starts: readonly number[],
  { fault }: Finding,
  span: Span,
): ConfigProblem {
  const start = Math.min(span.start, source.text.length)
  const number = lineOf(starts, start)
  const lineStart = starts[number - 1] ?? 0
  const line = source.text.slice(lineStart, (starts[number] ?? source.text.length + 1) - 1).replace(/\r$/, '')
  const column = Math.min(start - lineStart, line.length)
  const width = Math.max(1, Math.min(span.end - lineStart, line.length) - column)
  return {
    ...fault,
    where: { file: source.file, line: number, column: column + 1 },
    excerpt: { text: line, width },
  }
}

/** Offset of the first character of each line. */
function lineStarts(text: string): number[] {
  const starts = [0]
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1))
    starts.push(index + 1)
  return starts
}

/** The line, from 1 on, that holds an offset. */
function lineOf(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle
  }
  return low + 1
}
