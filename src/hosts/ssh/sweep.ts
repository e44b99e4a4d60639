// Removes control sockets that nobody serves: what kill -9 of an ssh leaves behind. A served socket is never touched; the
// ssh behind it ends by itself when its program is gone.
import { readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'

/** Names as control-master.ts gives them: a socket that ssh is still creating has a longer name and is left alone. */
const socketName = /^[0-9a-f]{12}$/

/** Any other error says nothing about whether somebody listens. */
const absent: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT'])

/** Removes dead control sockets in `directory`; other files stay. Safe beside other programs that use it. */
export async function sweepControlDirectory(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  const paths = names.filter(name => socketName.test(name)).map(name => join(directory, name))
  await Promise.all(paths.map(async path => ((await isServed(path)) ? undefined : rm(path, { force: true }))))
}

/** Whether a process listens at the socket `path`. */
export function isServed(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(!absent.has(error.code ?? '')))
  })
}
