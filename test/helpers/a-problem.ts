import { text } from '../../src/core/lang.ts'
import type { Problem } from '../../src/core/problem.ts'

export function problem(code: string): Problem {
  return { code, what: text('something is wrong', 'etwas stimmt nicht') }
}
