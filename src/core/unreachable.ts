/** Closes a switch over a union: a new member is a compile error here, and a bug if it ever arrives at run time. */
export function unreachable(value: never): never {
  throw new Error(`unreachable value: ${JSON.stringify(value)}`)
}
