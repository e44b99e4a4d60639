// Folders and small files of a build on this machine's disk.
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errno, refuse } from './boundary.ts'
import { cannotWrite } from './build-problems.ts'

/** Runs the work with a new empty folder below `parent` (made when missing) and removes the folder in any case. A disk
 *  that is full or read-only is a ProblemError that names `parent`. */
export async function inFolder<T>(
  parent: string,
  prefix: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await writing(parent, anyReason, async () => {
    await mkdir(parent, { recursive: true })
    return await mkdtemp(join(parent, prefix))
  })
  try {
    return await writing(parent, /^(ENOSPC|EDQUOT|EROFS)$/, () => work(folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export async function makeFolder(path: string): Promise<string> {
  await mkdir(path)
  return path
}

/** Replaces `to`: readers see the old file or the new one. */
export async function moveFile(from: string, to: string): Promise<void> {
  await rename(from, to)
}

/** The text, or the system's code (`ENOENT`) when it cannot be read. */
export async function readText(
  path: string,
): Promise<{ readonly content: string } | { readonly code: string }> {
  try {
    return { content: await readFile(path, 'utf8') }
  } catch (error) {
    return { code: errno(error) ?? String(error) }
  }
}

const anyReason = /^E[A-Z]+$/

async function writing<T>(place: string, codes: RegExp, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = errno(error)
    if (code !== undefined && codes.test(code)) return refuse(cannotWrite(place, code))
    throw error
  }
}
