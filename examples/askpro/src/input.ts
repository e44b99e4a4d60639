// What clients send is checked here by hand; a refusal names every wrong field at once.
export interface FieldProblem {
  readonly field: string
  readonly message: string
}

export class InvalidInput extends Error {
  readonly problems: readonly FieldProblem[]

  constructor(problems: readonly FieldProblem[]) {
    super('invalid input')
    this.problems = problems
  }
}

/** Reads fields of a JSON object; `done` throws InvalidInput when any was wrong. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>
  readonly #problems: FieldProblem[] = []

  constructor(input: unknown) {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      throw new InvalidInput([{ field: '', message: 'must be a JSON object' }])
    }
    this.#values = { ...input }
  }

  text(field: string, pattern: RegExp, message: string): string {
    const value = this.#values[field]
    if (typeof value === 'string' && pattern.test(value)) return value
    this.#problems.push({ field, message })
    return ''
  }

  optionalText(field: string, pattern: RegExp, message: string): string | undefined {
    return this.#values[field] === undefined ? undefined : this.text(field, pattern, message)
  }

  texts(field: string, maxItems: number, maxLength: number): readonly string[] {
    const value = this.#values[field]
    const fits = (item: unknown): item is string => typeof item === 'string' && item.length <= maxLength
    if (Array.isArray(value) && value.length > 0 && value.length <= maxItems && value.every(fits))
      return value
    this.#problems.push({
      field,
      message: `must hold 1 to ${maxItems} texts of at most ${maxLength} characters`,
    })
    return []
  }

  optionalId(field: string): number | null {
    const value = this.#values[field]
    if (value === undefined || value === null) return null
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
    this.#problems.push({ field, message: 'must be the id of a row' })
    return null
  }

  /** An instant in ISO 8601 with its zone; returned in UTC. */
  instant(field: string): string {
    const value = this.#values[field]
    const zoned = typeof value === 'string' && /^\d{4}-\d\d-\d\dT.+(Z|[+-]\d\d:\d\d)$/.test(value)
    const date = new Date(zoned ? value : Number.NaN)
    if (!Number.isNaN(date.getTime())) return date.toISOString()
    this.#problems.push({
      field,
      message: 'must be an ISO 8601 time with a zone, such as 2026-11-21T09:30:00+01:00',
    })
    return ''
  }

  done(): void {
    if (this.#problems.length > 0) throw new InvalidInput(this.#problems)
  }
}
