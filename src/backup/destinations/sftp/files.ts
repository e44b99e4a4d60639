// The file operations a destination needs, on absolute or home-relative paths of the server.
import type { FileEntryWithStats, Stats } from 'ssh2'
import type { Connection } from './connection.ts'

/** Answers of a server, by the protocol. */
export const status = { missing: 2, denied: 3, failure: 4, unsupported: 8 } as const

export function statusOf(error: unknown): number | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'number' ? code : undefined
}

/** Undefined when there is nothing; rejects for every other failure. */
export function statOf({ ask, sftp }: Connection, path: string): Promise<Stats | undefined> {
  return unlessMissing(ask<Stats>(done => sftp.lstat(path, done)))
}

/** Entries of a directory; undefined when there is none. */
export async function entriesOf(
  { ask, sftp }: Connection,
  path: string,
): Promise<FileEntryWithStats[] | undefined> {
  const all = await unlessMissing(ask<FileEntryWithStats[]>(done => sftp.readdir(path, done)))
  return all?.filter(({ filename }) => filename !== '.' && filename !== '..')
}

export function openFile({ ask, sftp }: Connection, path: string, flags: 'r' | 'w'): Promise<Buffer> {
  // For writing: at any position, without cutting off what lies there.
  const mode = flags === 'r' ? 1 : 2 | 8
  return ask<Buffer>(done => sftp.open(path, mode, { mode: 0o600 }, done))
}

export async function sizeOf({ ask, sftp }: Connection, handle: Buffer): Promise<number> {
  return (await ask<Stats>(done => sftp.fstat(handle, done))).size
}

export function closeFile({ ask, sftp }: Connection, handle: Buffer): Promise<void> {
  return ask(done => sftp.close(handle, done))
}

/** With all directories above it. */
export async function makeDirectory(connection: Connection, path: string): Promise<void> {
  const segments = path.split('/')
  for (let count = 1; count <= segments.length; count++) {
    const prefix = segments.slice(0, count).join('/')
    if (prefix === '') continue
    const { ask, sftp } = connection
    await ask(done => sftp.mkdir(prefix, { mode: 0o700 }, done)).catch(async (error: unknown) => {
      // Servers differ in what they answer to a directory that is there.
      const there = await ask<Stats>(done => sftp.stat(prefix, done)).catch(() => undefined)
      if (!there?.isDirectory()) throw error
    })
  }
}

/** Replaces what has the new name. */
export async function renameFile({ ask, sftp }: Connection, from: string, to: string): Promise<void> {
  if (await offered(() => ask(done => sftp.ext_openssh_rename(from, to, done)))) return
  await ask(done => sftp.rename(from, to, done)).catch(async (error: unknown) => {
    // The plain rename of the protocol refuses to replace: a moment without either is what such a server can do at best.
    if (statusOf(error) === status.missing) throw error
    await ask(done => sftp.unlink(to, done))
    await ask(done => sftp.rename(from, to, done))
  })
}

export async function syncFile({ ask, sftp }: Connection, handle: Buffer): Promise<void> {
  await offered(() => ask(done => sftp.ext_openssh_fsync(handle, done)))
}

interface FileSystem {
  readonly f_bavail: number | bigint
  readonly f_frsize: number | bigint
}

/** Free bytes where the path is; undefined when the server does not say. */
export async function freeAt({ ask, sftp }: Connection, path: string): Promise<number | undefined> {
  let found: FileSystem | undefined
  await offered(async () => {
    found = await ask<FileSystem>(done => sftp.ext_openssh_statvfs(path, done))
  })
  return found && Number(found.f_bavail) * Number(found.f_frsize)
}

/** A file, or a directory with all that is in it; a link itself, not what it points to. */
export async function removeAll(connection: Connection, path: string): Promise<void> {
  const { ask, sftp } = connection
  const there = await statOf(connection, path)
  if (!there) return
  if (!there.isDirectory()) {
    await unlessMissing(ask(done => sftp.unlink(path, done)))
    return
  }
  for (const { filename } of (await entriesOf(connection, path)) ?? [])
    await removeAll(connection, `${path}/${filename}`)
  await unlessMissing(ask(done => sftp.rmdir(path, done)))
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (statusOf(error) === status.missing) return undefined
    throw error
  })
}

/** False when the server has no such extension. */
async function offered(request: () => Promise<void>): Promise<boolean> {
  try {
    await request()
    return true
  } catch (error) {
    const unknown = error instanceof Error && error.message.startsWith('Server does not support')
    if (unknown || statusOf(error) === status.unsupported) return false
    throw error
  }
}
