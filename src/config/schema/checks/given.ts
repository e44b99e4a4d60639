// What a check needs of the rest of the file. Procedures look it up when they make a plan; nobody writes it.

export interface Given {
  /** Script for the host, or for the machine the check looks at: prints what is judged. */
  readonly script?: string
  /** Whether the script of a log heeds any moment; otherwise only that of the switch. */
  readonly cuts?: boolean
  /** Secrets the script reads from its environment. */
  readonly secrets?: readonly string[]
  /** Variables a service gets from the file, with references to secrets in them. */
  readonly variables?: Readonly<Record<string, string>>
  /** File on this machine that a secret comes from. */
  readonly file?: string
  /** Units and services that are the app's own. */
  readonly own?: readonly string[]
  /** Directories with what was built, on this machine. */
  readonly built?: readonly string[]
}
