// Questions to git on this machine, as scripts of the local host: `git` reads the repository, never writes to it.
import { join } from 'node:path'
import { quote, words } from '../../core/shell.ts'
import type { Execution, Host } from '../../engine/host.ts'
import { refuse } from './boundary.ts'
import { cancelled, gitFailed, noCommit, noGit } from './build-problems.ts'
import { readText } from './workspace.ts'

export interface GitProps {
  readonly here: Host
  /** The project, at or below the top of the repository. Answers are limited to it and relative to it. */
  readonly directory: string
  /** A directory for answers of any length. */
  readonly temporary: string
  readonly signal: AbortSignal
}

export interface Commit {
  readonly sha: string
  readonly time: Date
}

/** Long enough for `git archive` of a large repository with LFS; git has no reason to wait for a person. */
const timeout = 10 * 60_000

// A hook or an alias that calls Stellwerk sets these, and they would win over the directory.
const clean = `unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX GIT_OBJECT_DIRECTORY
LC_ALL=C GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0
export LC_ALL GIT_OPTIONAL_LOCKS GIT_TERMINAL_PROMPT`

export async function insideRepository(props: GitProps): Promise<boolean> {
  const result = await run(props, 'git rev-parse --is-inside-work-tree')
  if (succeeded(result)) return true
  if (result.stderr.includes('not a git repository')) return false
  return refuseGit('rev-parse', result)
}

/** Refuses a name that is not a commit. */
export async function findCommit(props: GitProps, ref: string): Promise<Commit> {
  if (ref.startsWith('-') || ref === '') refuse(noCommit(ref))
  const result = await run(
    props,
    `sha=$(git rev-parse --verify --quiet ${quote(`${ref}^{commit}`)}) || exit 9
git show -s --format='%H %ct' "$sha"`,
  )
  if (result.ending.kind === 'exit' && result.ending.code === 9) return refuse(noCommit(ref))
  const match = /^([0-9a-f]{40,64}) (\d+)\n/.exec(result.stdout)
  if (!succeeded(result) || !match) return refuseGit('show', result)
  return { sha: match[1] ?? '', time: new Date(Number(match[2]) * 1000) }
}

/** Changed and new files that git does not ignore. `except`: pathspecs. */
export function changedPaths(props: GitProps, except: readonly string[]): Promise<string[]> {
  return list(props, 'status', [
    'status',
    '--porcelain',
    '-z',
    '--untracked-files=normal',
    '--no-renames',
    '--',
    '.',
    ...except,
  ])
}

export async function submodulesOf(props: GitProps, sha: string): Promise<string[]> {
  return gitlinks(await list(props, 'ls-tree', ['ls-tree', '-r', '-z', sha]))
}

/** In the index, for a build of the working tree. */
export async function submodulesNow(props: GitProps): Promise<string[]> {
  return gitlinks(await list(props, 'ls-files', ['ls-files', '-s', '-z', '--', '.']))
}

/** Files of the working tree that git knows or would add. */
export async function filesNow(props: GitProps, except: readonly string[]): Promise<string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '.', ...except]
  return [...new Set(await list(props, 'ls-files', args))]
}

/** First line of every file that Git LFS keeps elsewhere. */
export const lfsMarker = 'version https://git-lfs.github.com/spec/v1'

/** Files of the commit that hold the marker somewhere. Whether one is still a pointer after the export is another question. */
export async function lfsCandidates(props: GitProps, sha: string): Promise<string[]> {
  const found = await list(
    props,
    'grep',
    ['grep', '-z', '-l', '-I', '-F', '-e', lfsMarker, sha, '--', '.'],
    1,
  )
  return found.map(path => path.slice(sha.length + 1))
}

/** `v1.2.3-4-gabc1234`, or the short id. */
export async function describeCommit(props: GitProps, sha: string): Promise<string> {
  const result = await run(props, words('git', 'describe', '--tags', '--always', '--abbrev=7', sha))
  return succeeded(result) ? result.stdout.trim() : refuseGit('describe', result)
}

/** Unpacks the commit into `target`. Attributes count: export-ignore, export-subst, line ends, LFS. */
export async function exportCommit(props: GitProps, sha: string, target: string): Promise<void> {
  const archive = join(props.temporary, 'source.tar')
  const result = await run(
    props,
    `${words('git', 'archive', '--format=tar', `--output=${archive}`, sha)}
${words('tar', '-x', '-o', '-f', archive, '-C', target)}
${words('rm', '-f', archive)}`,
  )
  if (!succeeded(result)) refuseGit('archive', result)
}

/** `emptyCode`: the exit code that means "nothing found". */
async function list(
  props: GitProps,
  what: string,
  args: readonly string[],
  emptyCode = 0,
): Promise<string[]> {
  const file = join(props.temporary, 'list')
  const result = await run(props, `${words('git', ...args)} >${quote(file)}`)
  if (!succeeded(result) && !(result.ending.kind === 'exit' && result.ending.code === emptyCode))
    return refuseGit(what, result)
  const answer = await readText(file)
  if (!('content' in answer)) return refuse(gitFailed(what, answer.code))
  return answer.content.split('\0').filter(line => line !== '')
}

function gitlinks(lines: readonly string[]): string[] {
  return lines.filter(line => line.startsWith('160000 ')).map(line => line.slice(line.indexOf('\t') + 1))
}

function run(props: GitProps, script: string): Promise<Execution> {
  return props.here.run(`${clean}\ncd ${quote(props.directory)}\n${script}`, {
    timeout,
    signal: props.signal,
  })
}

function succeeded(result: Execution): boolean {
  return result.ending.kind === 'exit' && result.ending.code === 0
}

function refuseGit(what: string, { ending, stderr }: Execution): never {
  if (ending.kind === 'aborted') return refuse(cancelled())
  if (ending.kind === 'exit' && ending.code === 127) return refuse(noGit())
  const reason = ending.kind === 'exit' ? '' : `${ending.kind}${'why' in ending ? `: ${ending.why}` : ''}\n`
  return refuse(gitFailed(what, `${reason}${stderr}`.trim()))
}
