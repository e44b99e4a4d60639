// What is deployed: an application of equal files, and versions of it in each of which another 1 % of the files is changed.
// Each version lies there as a tree (with SHA256SUMS), as a tag of a git repository and as a bundle, so that every tool
// starts from what it starts from in use.
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execute, type Program } from './program.ts'

export interface Size {
  readonly files: number
  /** All files together. */
  readonly bytes: number
}

export interface Version {
  /** Tag in the repository, and the content of release.txt in the tree. */
  readonly name: string
  readonly tree: string
  readonly bundle: string
}

export interface Workload {
  readonly size: Size
  readonly repository: string
  /** What the others differ from; deployed before anything is measured. */
  readonly first: Version
  readonly next: readonly Version[]
}

const stride = 100

/** `count` versions beside the first one. `program` builds the bundles. */
export async function makeWorkload(
  directory: string,
  size: Size,
  count: number,
  program: Program,
): Promise<Workload> {
  const repository = join(directory, 'repository')
  const paths = Array.from({ length: size.files }, (_, i) => `app/${Math.floor(i / 50)}/file-${i}.txt`)
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(repository, path)), { recursive: true })
    writeFileSync(join(repository, path), content)
  }
  const git = (...words: string[]) => execute('git', ['-C', repository, ...identity, ...words])
  write('stellwerk.yaml', buildConfig)
  await git('init', '--quiet', '--initial-branch=main')

  async function commit(name: string, changed: readonly string[], from?: Version): Promise<Version> {
    // Half of it is redundant, as in source code and web pages.
    for (const path of changed) write(path, randomBytes(size.bytes / size.files / 2).toString('hex'))
    write('release.txt', `${name}\n`)
    await git('add', 'app', 'release.txt', 'stellwerk.yaml')
    await git('commit', '--quiet', '-m', name)
    await git('tag', name)
    const tree = join(directory, 'trees', name)
    // rsync compares times: what did not change keeps its own, as in a checkout that is updated in place.
    const copy = (source: string, to: string) =>
      cpSync(source, to, { recursive: true, preserveTimestamps: true })
    if (from) copy(from.tree, tree)
    for (const path of from ? changed : ['app']) copy(join(repository, path), join(tree, path))
    copy(join(repository, 'release.txt'), join(tree, 'release.txt'))
    await execute('sh', [
      '-c',
      `cd "$1" && find . -type f ! -name SHA256SUMS -exec sha256sum {} + >"$1.sums" && mv "$1.sums" SHA256SUMS`,
      'sh',
      tree,
    ])
    const built = await execute(program.node, [program.file, 'build', '--ref', name, '--json'], repository)
    return { name, tree, bundle: pathIn(built) }
  }

  const first = await commit('v0', paths)
  const next: Version[] = []
  for (let number = 1; number <= count; number++) {
    await git('checkout', '--quiet', '--force', 'v0')
    next.push(
      await commit(
        `v${number}`,
        paths.filter((_, i) => i % stride === number % stride),
        first,
      ),
    )
  }
  return { size, repository, first, next }
}

const identity = ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.org', '-c', 'gc.auto=0']

const buildConfig = `version: 1
app: bench
build: { entries: [release.txt], exclude: [stellwerk.yaml] }
verify: { identity: { waived: nothing serves here } }
environments: { production: { root: /srv/bench, hosts: { here: local } } }
`

function pathIn(output: string): string {
  const last = output.trim().split('\n').at(-1) ?? ''
  const document: { path?: unknown } = JSON.parse(output.trimStart().startsWith('{\n') ? output : last)
  if (typeof document.path !== 'string') throw new Error(`no bundle was built: ${output}`)
  return document.path
}
