// Secrets in what git tracks (in the working tree, the index and the last commit), and the value of one secret in it and in what was
// built. What is found is told by place and rule, never by its text.
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { forms } from '../core/redact.ts'
import type { Host } from '../engine/host.ts'
import { blobId, readBlobs } from './git-blobs.ts'
import { trackedBy } from './git-tracked.ts'

export interface RepositoryProps {
  /** Directory of stellwerk.yaml. */
  readonly directory: string
  readonly here: Host
  readonly value: string
  /** Directories with what was built; one that does not exist holds nothing. */
  readonly built: readonly string[]
  /** Files, or directories of files, that may hold what looks like a secret. The value itself is looked for there too. */
  readonly ignore: readonly string[]
  readonly timeout: number
  readonly signal: AbortSignal
}

export type Found =
  | { readonly kind: 'scanned'; readonly files: number; readonly places: readonly string[] }
  | { readonly kind: 'no-git' }
  | { readonly kind: 'unread'; readonly path: string }

/** Longer ones are no text that somebody wrote. */
const longestText = 512_000
const longestFile = 64_000_000

export async function scanRepository(props: RepositoryProps): Promise<Found> {
  const tracked = await trackedBy(props)
  if (tracked === undefined) return { kind: 'no-git' }
  const search = await searcher(props)
  const absolute = (path: string) => join(props.directory, path)
  /** Ids of blobs that are not what lies in the working tree. */
  const others = new Map(tracked.head.map(({ path, id }) => [id, absolute(path)]))
  for (const { path, id, isLink } of tracked.index) {
    if (props.signal.aborted) return { kind: 'unread', path }
    const content = await contentOf(absolute(path), isLink)
    if (content === 'unread') return { kind: 'unread', path }
    if (content !== 'gone') await search.written(absolute(path), content)
    if (content === 'gone' || blobId(content, id) !== id) others.set(id, absolute(path))
  }
  const ids = [...others.keys()]
  const left = await readBlobs(ids, { ...props, longest: longestFile }, (id, content) =>
    search.written(others.get(id) ?? '', content, ' (git)'),
  )
  if (left !== undefined) return { kind: 'unread', path: relative(props.directory, others.get(left) ?? '') }
  const files = new Set(tracked.index.map(({ path }) => path)).size
  return searchBuilt(props, search, files)
}

async function searchBuilt(props: RepositoryProps, search: Searcher, tracked: number): Promise<Found> {
  let files = tracked
  for (const directory of props.built) {
    const built = await filesBelow(directory)
    if (built === 'unread') return { kind: 'unread', path: relative(props.directory, directory) }
    for (const path of built) {
      const content = props.signal.aborted ? 'unread' : await contentOf(path, false)
      if (content === 'unread') return { kind: 'unread', path: relative(props.directory, path) }
      if (content !== 'gone') search.built(path, content)
    }
    files += built.length
  }
  return { kind: 'scanned', files, places: [...new Set(search.places)] }
}

interface Searcher {
  readonly places: readonly string[]
  /** What somebody wrote: the value, and whatever looks like a secret. `mark` stands behind a place. */
  written(path: string, content: Buffer, mark?: string): Promise<void>
  built(path: string, content: Buffer): void
}

async function searcher({ directory, value, ignore }: RepositoryProps): Promise<Searcher> {
  const needles = forms([value]).map(form => Buffer.from(form))
  const lint = await linter()
  const places: string[] = []
  const built = (path: string, content: Buffer, mark = '') => {
    const at = needles.map(needle => content.indexOf(needle)).find(place => place >= 0)
    if (at !== undefined) places.push(`${relative(directory, path)}:${lineAt(content, at)}${mark}`)
  }
  return {
    places,
    built,
    written: async (path, content, mark = '') => {
      built(path, content, mark)
      const name = relative(directory, path)
      if (isIgnored(name, ignore) || content.length > longestText) return
      if (content.subarray(0, 8000).includes(0)) return
      for (const place of await lint(name, content.toString('utf8'))) places.push(`${place}${mark}`)
    },
  }
}

async function filesBelow(directory: string): Promise<readonly string[] | 'unread'> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true })
    return entries
      .filter(entry => entry.isFile() && !entry.parentPath.split('/').includes('node_modules'))
      .map(entry => join(entry.parentPath, entry.name))
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    // What was never built holds nothing; what may not be looked into may hold anything.
    return code === 'ENOENT' && path === directory ? [] : 'unread'
  }
}

async function contentOf(path: string, isLink: boolean): Promise<Buffer | 'gone' | 'unread'> {
  try {
    // Where it leads is all that git keeps of a link.
    if (isLink) return await readlink(path, { encoding: 'buffer' })
    const { size } = await stat(path)
    return size > longestFile ? 'unread' : await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    // A link that is none any more is looked for in git.
    const gone = code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR' || (isLink && code === 'EINVAL')
    return gone ? 'gone' : 'unread'
  }
}

function lineAt(content: Buffer, at: number): number {
  let lines = 1
  for (let index = content.indexOf(10); index >= 0 && index < at; index = content.indexOf(10, index + 1))
    lines += 1
  return lines
}

function isIgnored(name: string, ignore: readonly string[]): boolean {
  return ignore.some(path => name === path || name.startsWith(`${path.replace(/\/$/, '')}/`))
}

/** `path:line (rule)` of what looks like a secret. Loaded on use: its rules are heavy. */
async function linter(): Promise<(path: string, content: string) => Promise<readonly string[]>> {
  const { lintSource } = await import('@secretlint/core')
  const { creator } = await import('@secretlint/secretlint-rule-preset-recommend')
  const rules = [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }]
  return async (path, content) => {
    const { messages } = await lintSource({
      source: { filePath: path, content, contentType: 'text', ext: '' },
      options: { config: { rules } },
    })
    return messages.map(
      ({ loc, ruleId }) => `${path}:${loc.start.line} (${ruleId.replace(/^.*secretlint-rule-/, '')})`,
    )
  }
}
