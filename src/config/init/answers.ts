// What `init` knows about a project before it writes the file. Everything has a default found in the directory; a person
// may change each of them.
import type { Lang } from '../../core/lang.ts'

export type ProjectKind = 'node' | 'static' | 'php' | 'python' | 'compose'

/** Text of a file by its relative path, or undefined. */
export type Read = (path: string) => string | undefined

/** One service of a compose file. */
export interface ComposeService {
  /** As in the compose file. */
  readonly name: string
  readonly after: readonly string[]
  /** First published port, when there is one. */
  readonly port?: number
}

/** A database that a backup can save; its sign-in is for a person to write. */
export type FoundDatabase =
  | {
      readonly kind: 'postgres' | 'mysql' | 'mariadb'
      readonly database: string
      /** Published by a container. */
      readonly port?: number
    }
  /** `file`: below the project, and below <root>/shared. */
  | { readonly kind: 'sqlite'; readonly file: string }

export interface Answers {
  readonly app: string
  readonly language: Lang
  readonly timezone: string
  /** As for ssh; absent: this machine. */
  readonly address?: string
  /** Directory of the app on the host. */
  readonly root: string
  /** For the first line, so that editors complete and check; absent: no such line. */
  readonly schema?: string
  readonly commands: readonly string[]
  readonly test: readonly string[]
  readonly output: string
  readonly exclude: readonly string[]
  readonly entries: readonly string[]
  readonly sharedDirectories: readonly string[]
  readonly sharedFiles: readonly string[]
  /** Directories inside the shared ones that must be there. */
  readonly skeleton: readonly string[]
  readonly prepare: readonly string[]
  /** Absent: unknown, or there is none. */
  readonly database?: FoundDatabase
  readonly migrate?: string
  /** Foreground command of the web process; node and python. */
  readonly start?: string
  /** compose: images are built on the host, not pulled. */
  readonly builds?: boolean
  /** Only for compose. */
  readonly services: readonly ComposeService[]
}
