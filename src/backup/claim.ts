// A second for a set whose files are told apart by their time alone. Several apps may keep their sets side by side and begin at the
// same moment, as schedules do: each puts down a file first and looks then, so of two at least one sees the other and takes a later second.
import type { Destination } from './destination.ts'
import type { Naming } from './naming.ts'
import { setId } from './set.ts'

export interface Claim {
  readonly id: string
  /** The set lies there or never will. Never rejects: what stays counts for nothing and is swept with what is incomplete. */
  release(): Promise<void>
}

export interface ClaimProps {
  /** Those that answer. */
  readonly destinations: readonly Destination[]
  readonly naming: Naming & Required<Pick<Naming, 'claim'>>
  readonly class: string
  readonly now: Date
  readonly random: (bytes: number) => Uint8Array
}

/** Rejects with ProblemError when a destination does not take it. */
export async function claimSecond(props: ClaimProps): Promise<Claim> {
  const { destinations, naming, random } = props
  const content = `${naming.owner.app} ${naming.owner.environment} is about to store a set of this second.\n`
  for (let at = props.now.getTime(); ; ) {
    const id = setId(new Date(at), new Uint8Array(2))
    at += 1000
    if (await isTouched(props, id)) continue
    const path = naming.path(props.class, id, naming.claim.fileOf(id))
    const release = async () => {
      await Promise.all(destinations.map(there => there.remove(path).catch(() => undefined)))
    }
    try {
      await Promise.all(destinations.map(there => there.writeText(path, content)))
      if (!(await isTouched(props, id))) return { id, release }
    } catch (error) {
      await release()
      throw error
    }
    await release()
    // Two that saw each other must not meet again in the next second.
    at += 1000 * ((random(1)[0] ?? 0) % 5)
  }
}

async function isTouched(
  { destinations, naming, class: setClass }: ClaimProps,
  id: string,
): Promise<boolean> {
  const own = naming.claim.fileOf(id)
  const found = await Promise.all(
    destinations.map(async there => {
      const entries = await there.list(naming.classDirectory(setClass))
      return entries.some(({ name }) => name !== own && naming.claim.touches(id, name))
    }),
  )
  return found.includes(true)
}
