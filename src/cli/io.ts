// The terminal, or what stands for it. stdout is for results, stderr for progress, warnings and errors.
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Whether a person sits at each stream. */
  readonly tty: { readonly in: boolean; readonly out: boolean; readonly err: boolean }
  readonly color: { readonly out: boolean; readonly err: boolean }
  readonly columns: () => number
  /** Asks a person; undefined when nobody can answer. */
  ask(question: string): Promise<string | undefined>
}
