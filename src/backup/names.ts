// The two ways to name what lies at a destination.

import type { Naming, PartName } from './naming.ts'
import { datedNaming } from './naming-dated.ts'
import { setsNaming } from './naming-sets.ts'
import type { Manifest } from './set.ts'

export type NamingKind = 'sets' | 'dated'

export interface NamingProps {
  readonly app: string
  readonly environment: string
  /** Kinds of part that its sets have only one of: then `dated` leaves the store out of the file's name. */
  readonly alone?: readonly PartName['of'][]
}

export function namingFor(kind: NamingKind, props: NamingProps): Naming {
  return kind === 'sets' ? setsNaming(props) : datedNaming(props)
}

/** How a set was named, told by its parts. */
export function namingOfSet(manifest: Manifest): Naming {
  const dated = manifest.parts.every(({ file }) => file.startsWith('backup-'))
  return namingFor(dated ? 'dated' : 'sets', manifest)
}
