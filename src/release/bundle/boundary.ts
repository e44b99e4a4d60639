// Where thrown Problems become values: the public functions of this folder wrap their work in `asResult`.
import { type Problem, ProblemError } from '../../core/problem.ts'
import { err, ok, type Result } from '../../core/result.ts'

/** Runs the work; a ProblemError becomes an error value, everything else stays a bug and is thrown on. */
export async function asResult<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work())
  } catch (error) {
    if (ProblemError.is(error)) return err(error.problem)
    throw error
  }
}

/** The value, or its Problem thrown. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new ProblemError(result.error)
}

export function refuse(problem: Problem): never {
  throw new ProblemError(problem)
}

/** The `code` of a Node system error (`ENOENT`, `ENOSPC`), or undefined. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
