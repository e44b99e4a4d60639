// A backup as a person makes it with the database's own tools. Nothing here is run; guides print it.
import { quote } from '../../core/shell.ts'
import type { DatabaseStep } from './database.ts'
import type { FilesStep } from './files.ts'

/** The password comes from ~/.pgpass or ~/.my.cnf: in an argument everybody on the machine could read it. */
export function databaseByHand({ access, directory, store }: DatabaseStep): readonly string[] {
  const out = (ending: string) => quote(`${directory}/${store}-by-hand.${ending}`)
  if (access.kind === 'sqlite')
    return [`sqlite3 ${quote(access.file)} ".backup ${out('sqlite').replaceAll("'", '')}"`]
  const at = access.socket === undefined ? access.address : access.socket
  const port = access.port === undefined ? '' : ` ${access.kind === 'mysql' ? '-P' : '-p'} ${access.port}`
  if (access.kind === 'postgres') {
    const user = access.user === undefined ? '' : ` -U ${quote(access.user)}`
    return [`pg_dump -h ${quote(at)}${port}${user} -Fc -f ${out('dump')} ${quote(access.database)}`]
  }
  const user = access.user === undefined ? '' : ` -u ${quote(access.user)}`
  const host = access.socket === undefined ? `-h ${quote(at)}` : `-S ${quote(at)}`
  return [
    `mysqldump ${host}${port}${user} --single-transaction --routines --triggers -r ${out('sql')} ${quote(access.database)}`,
  ]
}

export function filesByHand({ root, directory, store, paths, exclude }: FilesStep): readonly string[] {
  const out = quote(`${directory}/${store}-by-hand.tar.gz`)
  const without = exclude.map(pattern => ` --exclude=${quote(pattern)}`).join('')
  return [`tar -C ${quote(root)} -czf ${out}${without} ${paths.map(quote).join(' ')}`]
}
