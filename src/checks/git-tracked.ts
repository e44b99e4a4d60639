// What git tracks: the files of the index, and the blobs of the last commit that are others there.
import { quote } from '../core/shell.ts'
import type { Host } from '../engine/host.ts'

export interface TrackedFile {
  /** From the directory that was asked about. */
  readonly path: string
  /** Of the blob. */
  readonly id: string
  readonly isLink: boolean
}

export interface Tracked {
  readonly index: readonly TrackedFile[]
  readonly head: readonly TrackedFile[]
}

interface Asking {
  readonly directory: string
  readonly here: Host
  readonly timeout: number
  readonly signal: AbortSignal
}

/** undefined: git does not say, or says that it tracks nothing. */
export async function trackedBy({ directory, here, timeout, signal }: Asking): Promise<Tracked | undefined> {
  // All of the repository, which may begin above this directory. Asked twice: the end of a pipe tells nothing of git. Before the
  // first commit there is no HEAD.
  const lines = "tr '\\n\\000' '\\001\\n'"
  const index = 'git ls-files -s -z -- :/'
  const head = 'git diff-index --cached --no-renames --no-abbrev -z HEAD --'
  const script = `cd ${quote(directory)} || exit
${index} >/dev/null && ${index} | ${lines} && echo index || exit
if git rev-parse -q --verify HEAD >/dev/null; then ${head} >/dev/null && ${head} | ${lines} || exit; fi
echo head
git rev-parse --is-inside-work-tree && git rev-parse --show-cdup`
  const said: string[] = []
  const { ending } = await here.run(script, {
    timeout,
    signal,
    onLine: (line, stream) => {
      if (stream === 'stdout') said.push(line.replaceAll('\u0001', '\n'))
    },
  })
  const up = said.pop()
  if (ending.kind !== 'exit' || ending.code !== 0 || said.pop() !== 'true' || said.pop() !== 'head')
    return undefined
  const middle = said.indexOf('index')
  const files = said.slice(0, middle).flatMap(indexed)
  // An empty list is no proof of anything.
  return files.length === 0 ? undefined : { index: files, head: committed(said.slice(middle + 1), up ?? '') }
}

/** A submodule has no blob, and its files are its own. */
const submodule = '160000'
const link = '120000'
const nothing = '000000'

/** `<mode> <id> <stage>\t<path>`; anything else becomes a file that cannot be read. */
function indexed(line: string): readonly TrackedFile[] {
  const match = /^(\d{6}) ([0-9a-f]+) \d\t(.*)$/s.exec(line)
  const [, mode = '', id = '', path = line] = match ?? []
  return mode === submodule ? [] : [{ path, id, isLink: mode === link }]
}

/** `:<mode> <mode in the index> <id> <id in the index> <status>`, then the path from the top. */
function committed(lines: readonly string[], up: string): readonly TrackedFile[] {
  return lines.flatMap((line, at) => {
    const match = /^:(\d{6}) \d{6} ([0-9a-f]+) [0-9a-f]+ [A-Z]/.exec(at % 2 === 0 ? line : '')
    const [, mode = nothing, id = ''] = match ?? []
    if (mode === nothing || mode === submodule) return []
    return [{ path: `${up}${lines[at + 1] ?? ''}`, id, isLink: mode === link }]
  })
}
