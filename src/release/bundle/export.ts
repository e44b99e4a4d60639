// The source of a build in a directory of its own: one commit, clean; or the working tree, when asked for by name.
import { copyFile, cp, lstat, mkdir, open, readlink, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { text } from '../../core/lang.ts'
import { refusedPath } from './archive-problems.ts'
import { errno, refuse } from './boundary.ts'
import { dirtyTree, dirtyWithRef, lfsPointer, noRepository, submodule } from './build-problems.ts'
import {
  changedPaths,
  describeCommit,
  exportCommit,
  filesNow,
  findCommit,
  type GitProps,
  insideRepository,
  lfsCandidates,
  lfsMarker,
  submodulesNow,
  submodulesOf,
} from './git.ts'
import { pathFault } from './path-rules.ts'

export interface Source {
  /** Forty zeros outside a repository. */
  readonly gitSha: string
  readonly dirty: boolean
  /** The commit's time; for a working tree `now`, because nobody can build it again. */
  readonly builtAt: Date
  /** `git describe`; undefined outside a repository. */
  readonly described?: string
}

export interface ExportProps extends GitProps {
  readonly ref: string
  readonly dirty: boolean
  /** Where bundles are written: never part of a bundle, never a reason to call a tree dirty. */
  readonly outDirectory: string
  readonly now: Date
  /** Exists and is empty. */
  readonly target: string
}

const noCommitId = '0'.repeat(40)
const bundles = '*.stw.tar.zst'
const special = text('it is a socket, a pipe or a device', 'es ist ein Socket, eine Pipe oder ein Gerät')

export async function exportSource(props: ExportProps): Promise<Source> {
  if (props.dirty && props.ref !== 'HEAD') refuse(dirtyWithRef(props.ref))
  if (!(await insideRepository(props))) {
    if (!props.dirty) refuse(noRepository(props.directory))
    await copyDirectory(props)
    return { gitSha: noCommitId, dirty: true, builtAt: props.now }
  }
  const commit = await findCommit(props, props.ref)
  const described = await describeCommit(props, commit.sha)
  const changed = props.ref === 'HEAD' ? await changedPaths(props, exceptions(props)) : []
  if (changed.length > 0 && !props.dirty) refuse(dirtyTree(changed))
  if (changed.length > 0) await copyWorkingTree(props)
  else await exportClean(props, commit.sha)
  await refusePointers(props, commit.sha)
  // A tree without changes is the commit, whatever was asked for.
  const dirty = changed.length > 0
  return { gitSha: commit.sha, dirty, builtAt: dirty ? props.now : commit.time, described }
}

async function exportClean(props: ExportProps, sha: string): Promise<void> {
  const [first] = await submodulesOf(props, sha)
  if (first !== undefined) refuse(submodule(first))
  await exportCommit(props, sha, props.target)
}

async function copyWorkingTree(props: ExportProps): Promise<void> {
  const [first] = await submodulesNow(props)
  if (first !== undefined) refuse(submodule(first))
  for (const path of await filesNow(props, exceptions(props))) {
    // git names a repository inside the repository with a slash at the end, and none of its files.
    if (path.endsWith('/')) refuse(submodule(path))
    const fault = pathFault(path)
    if (fault) refuse(refusedPath(path, fault))
    await copyOne(path, join(props.directory, path), join(props.target, path))
  }
}

/** A file that was deleted but is still in the index is left out: that is what the tree says. */
async function copyOne(path: string, from: string, to: string): Promise<void> {
  const found = await lstat(from).catch(error =>
    errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR' ? undefined : Promise.reject(error),
  )
  if (!found) return
  await mkdir(dirname(to), { recursive: true })
  if (found.isSymbolicLink()) await symlink(await readlink(from), to)
  else if (found.isFile()) {
    await copyFile(from, to).catch(error => {
      if (errno(error) !== 'EACCES') throw error
      refuse(refusedPath(path, text('this user may not read it', 'dieser Benutzer darf es nicht lesen')))
    })
  } else refuse(refusedPath(path, special))
}

async function copyDirectory(props: ExportProps): Promise<void> {
  const filter = (source: string) =>
    source !== props.outDirectory && basename(source) !== '.git' && !source.endsWith(bundles.slice(1))
  try {
    await cp(props.directory, props.target, { recursive: true, verbatimSymlinks: true, filter })
  } catch (error) {
    const path = error instanceof Error && 'path' in error ? String(error.path) : props.directory
    if (!errno(error)?.startsWith('ERR_FS_CP_')) throw error
    refuse(refusedPath(path, special))
  }
}

async function refusePointers(props: ExportProps, sha: string): Promise<void> {
  for (const path of await lfsCandidates(props, sha)) {
    const file = await open(join(props.target, path)).catch(() => undefined)
    if (!file) continue
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(lfsMarker.length), 0)
      if (buffer.toString('utf8', 0, bytesRead) === lfsMarker) refuse(lfsPointer(path))
    } finally {
      await file.close()
    }
  }
}

function exceptions(props: ExportProps): string[] {
  const inside = relative(props.directory, props.outDirectory)
  const below = inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`)
  return [`:(exclude)${bundles}`, ...(below ? [`:(exclude,literal)${inside}`] : [])]
}
