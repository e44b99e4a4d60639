// What a query of a drill must answer: a literal, or a comparison such as ">= 1". Whatever cannot be compared does not fit.

type Operator = '>=' | '<=' | '>' | '<' | '!='

export type Expectation =
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'comparison'; readonly operator: Operator; readonly value: string }

const number = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/
const integer = /^-?\d+$/

/** Undefined when it expects nothing, or compares by size with what is no number. */
export function parseExpectation(written: string): Expectation | undefined {
  const [, found, rest = ''] = /^\s*(>=|<=|!=|>|<)\s*(.*?)\s*$/s.exec(written) ?? []
  if (found === undefined) return written === '' ? undefined : { kind: 'literal', value: written }
  const operator = found as Operator
  if (rest === '' || (operator !== '!=' && !number.test(rest))) return undefined
  return { kind: 'comparison', operator, value: rest }
}

/** An empty answer (so is NULL shown) and NaN fit nothing. */
export function fits(expectation: Expectation, answer: string): boolean {
  if (answer.trim() === '' || /^[+-]?nan$/i.test(answer.trim())) return false
  if (expectation.kind === 'literal') return answer === expectation.value
  const { operator, value } = expectation
  const order = compare(answer.trim(), value)
  if (operator === '!=') return order === undefined ? answer !== value : order !== 0
  if (order === undefined) return false
  switch (operator) {
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '<':
      return order < 0
  }
}

// Whole numbers as they are: a count may be larger than a double can tell from its neighbour.
function compare(a: string, b: string): number | undefined {
  if (integer.test(a) && integer.test(b)) return sign(BigInt(a), BigInt(b))
  return number.test(a) && number.test(b) ? sign(Number(a), Number(b)) : undefined
}

function sign<T extends bigint | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
