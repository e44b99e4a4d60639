// The directory that becomes a bundle, on this machine's disk: listed, checked and hashed. Links are never followed.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from '../../core/lang.ts'
import { refusedPath } from './archive-problems.ts'
import { errno, refuse } from './boundary.ts'
import { changedWhileRead, noOutput } from './build-problems.ts'
import { matcher } from './glob.ts'
import type { BundleFile, BundleLink } from './manifest.ts'
import { comparePaths, pathFault } from './path-rules.ts'

export interface Collected {
  readonly files: BundleFile[]
  readonly links: BundleLink[]
  readonly directories: string[]
}

/** Enough to keep the disk busy while one core hashes. */
const parallel = 8

/** Everything below `root` that no pattern excludes, sorted. Throws a ProblemError for what no bundle can hold. */
export async function collect(root: string, exclude: readonly string[], output: string): Promise<Collected> {
  const excluded = matcher(exclude)
  const found = { files: [] as string[], links: [] as BundleLink[], directories: [] as string[] }
  const todo = ['']
  for (let directory = todo.pop(); directory !== undefined; directory = todo.pop()) {
    for (const entry of await list(join(root, directory), output)) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`
      if (excluded(path)) continue
      // Before anything is read: a name that is not UTF-8 does not lead back to its file.
      const fault = pathFault(path)
      if (fault) refuse(refusedPath(path, fault))
      if (entry.isDirectory()) {
        found.directories.push(path)
        todo.push(path)
      } else if (entry.isSymbolicLink()) found.links.push({ path, target: await readlink(join(root, path)) })
      else if (entry.isFile()) found.files.push(path)
      else
        refuse(
          refusedPath(
            path,
            text('it is a socket, a pipe or a device', 'es ist ein Socket, eine Pipe oder ein Gerät'),
          ),
        )
    }
  }
  return {
    files: await hashed(root, found.files.toSorted(comparePaths)),
    links: found.links.toSorted((a, b) => comparePaths(a.path, b.path)),
    directories: found.directories.toSorted(comparePaths),
  }
}

async function list(directory: string, output: string) {
  try {
    return await readdir(directory, { withFileTypes: true })
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return refuse(noOutput(output))
    throw error
  }
}

async function hashed(root: string, paths: readonly string[]): Promise<BundleFile[]> {
  const files: BundleFile[] = []
  let next = 0
  async function work(): Promise<void> {
    for (let index = next++; index < paths.length; index = next++) {
      const path = paths[index]
      if (path !== undefined) files[index] = await describe(root, path)
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return files
}

async function describe(root: string, path: string): Promise<BundleFile> {
  const found = await lstat(join(root, path))
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of readFileOf(root, path, found.size)) {
    hash.update(chunk)
    size += chunk.length
  }
  if (size !== found.size) refuse(changedWhileRead(path))
  return { path, size, sha256: hash.digest('hex'), mode: found.mode & 0o100 ? '0555' : '0444' }
}

/** A stream costs more than its content where the content is small, and a build output is mostly small files. */
const small = 1024 * 1024

export async function* readFileOf(
  root: string,
  path: string,
  size: number,
): AsyncGenerator<Buffer, void, undefined> {
  if (size <= small) yield await readFile(join(root, path))
  else yield* createReadStream(join(root, path), { highWaterMark: 256 * 1024 })
}
