// How the tools of a database reach it, as data of a plan: passwords are references, never values.

export interface ServerAccess {
  readonly kind: 'postgres' | 'mysql'
  readonly address: string
  readonly port?: number
  /** Instead of address and port. PostgreSQL: the directory of the socket; MySQL: its file. */
  readonly socket?: string
  readonly database: string
  readonly user?: string
  /** May hold ${NAME} of a secret; the step exports it, the fragment writes it into a file of mode 0600 below $sw_tmp. */
  readonly password?: string
  /** The role that creates and renames databases; the one above when absent. */
  readonly admin?: { readonly user?: string; readonly password?: string }
}

export interface FileAccess {
  readonly kind: 'sqlite'
  /** Absolute path on the host. */
  readonly file: string
  /** A Node with node:sqlite for a host without the program sqlite3. */
  readonly node?: string
}

export type Access = (ServerAccess | FileAccess) & {
  /** Secrets the configuration knows: which `${...}` are references. */
  readonly known: readonly string[]
}

/** Every value of an access that may refer to a secret; see `referenced` of core/shell-value.ts. */
export function secretValues(access: Access): readonly string[] {
  if (access.kind === 'sqlite') return []
  return [access.password ?? '', access.admin?.password ?? '']
}
