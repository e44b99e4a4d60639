// Tools of the database contract: runs fragments, damages dumps, hides and fakes programs, watches command lines.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Access } from '../../src/databases/access.ts'
import type { DumpProps } from '../../src/databases/engine.ts'
import { type DatabaseFacts, type DumpFormat, parseFacts } from '../../src/databases/facts.ts'
import { type Packing, packedEnding, streamLibrary } from '../../src/databases/stream.ts'
import { type FragmentOptions, type FragmentResult, runFragment } from '../rigs/fragment.ts'
import type { DatabaseUnderTest } from './database-contract.ts'

const execute = promisify(execFile)

export type Pack = `${Packing['compression']}${'' | '+age'}`

export interface Dumped {
  readonly result: FragmentResult
  /** The packed dump. */
  readonly file: string
  readonly facts: DatabaseFacts
  readonly format: DumpFormat
  readonly pack: Pack
}

export interface Bench extends AsyncDisposable {
  readonly directory: string
  /** What `query` takes for the live database. */
  readonly liveName: string
  /** Path for the outputs of a fragment. */
  path(name: string): string
  clear(): Promise<void>
  /** Outputs that are there now. */
  left(): Promise<readonly string[]>
  mode(file: string): Promise<string>
  edit(file: string, change: (content: string) => string): Promise<void>
  run(fragment: string, options?: FragmentOptions & { readonly pack?: Pack }): Promise<FragmentResult>
  dump(
    props: Partial<Pick<DumpProps, 'format' | 'fingerprint' | 'schemaVersion'>> & {
      readonly pack?: Pack
      readonly shell?: string
      readonly env?: Readonly<Record<string, string>>
    },
  ): Promise<Dumped>
  restore(
    dumped: Pick<Dumped, 'file' | 'format' | 'pack'>,
    target: string,
    options?: FragmentOptions & { readonly owners?: boolean },
  ): Promise<FragmentResult>
  facts(access: Access, shell?: string): Promise<DatabaseFacts>
  /** What the engine's query answers on a target, without the newline that ends it. */
  value(target: string | undefined, sql: string): Promise<string>
}

export async function makeBench(db: DatabaseUnderTest): Promise<Bench> {
  const directory = await mkdtemp(join(tmpdir(), 'database-bench-'))
  const outputs = join(directory, 'out')
  const { stdout: identity } = await execute('age-keygen', [])
  const recipient = /age1\w+/.exec(identity)?.[0] ?? ''
  const packing = (pack: Pack): Packing => ({
    compression: pack.replace('+age', '') as Packing['compression'],
    recipients: pack.endsWith('+age') ? [recipient] : [],
  })
  const path = (name: string) => join(outputs, name)
  const liveName = db.access.kind === 'sqlite' ? db.access.file : db.access.database
  let count = 0

  const run: Bench['run'] = async (fragment, { pack = 'zstd', ...options } = {}) => {
    if (db.password !== undefined && fragment.includes(db.password))
      throw new Error('the password is in the text of the fragment')
    return await runFragment(streamLibrary(packing(pack)) + fragment, { env: db.env, identity, ...options })
  }
  async function readFacts(result: FragmentResult, out: string): Promise<DatabaseFacts> {
    const content = await readFile(`${out}.facts`, 'utf8').catch(() => '')
    const facts = result.code === 0 ? parseFacts(content) : undefined
    if (facts === undefined) throw new Error(`no facts: ${JSON.stringify(result)}\n${content.slice(0, 2000)}`)
    return facts
  }
  const bench: Bench = {
    directory,
    liveName,
    path,
    run,
    clear: async () => {
      await rm(outputs, { recursive: true, force: true })
      await mkdir(outputs)
    },
    left: () => readdir(outputs),
    mode: async file => ((await stat(file)).mode & 0o777).toString(8),
    edit: async (file, change) => await writeFile(file, change(await readFile(file, 'latin1')), 'latin1'),
    dump: async ({
      pack = 'zstd',
      shell = 'sh',
      env = db.env,
      format = db.formats[0] ?? 'plain',
      ...props
    }) => {
      const out = path(`db-${++count}.dump`)
      const fragment = db.engine.dump({ access: db.access, out, format, fingerprint: 'content', ...props })
      const result = await run(fragment, { pack, shell, env })
      return {
        result,
        file: out + packedEnding(packing(pack)),
        facts: await readFacts(result, out),
        format,
        pack,
      }
    },
    restore: async ({ file, format, pack }, target, { owners = true, ...options } = {}) =>
      await run(db.engine.restore({ access: db.access, target, from: file, format, owners, timeout: 100 }), {
        ...options,
        pack,
      }),
    facts: async (access, shell = 'sh') => {
      const out = path(`facts-${++count}`)
      return await readFacts(
        await run(db.engine.facts({ access, out, fingerprint: 'content' }), { shell }),
        out,
      )
    },
    value: async (target, sql) => {
      const result = await run(db.engine.query(db.access, target ?? liveName, sql))
      if (result.code !== 0) throw new Error(`the query failed: ${JSON.stringify(result)}`)
      return result.stdout.replace(/\n$/, '')
    },
    [Symbol.asyncDispose]: async () => {
      await rm(directory, { recursive: true, force: true })
    },
  }
  await bench.clear()
  return bench
}

/** A copy of a dump that is cut after a share of its bytes, or has one byte in its middle turned over. */
export async function damaged(file: string, harm: number | 'flip'): Promise<string> {
  const content = await readFile(file)
  // The ending stays: it tells the packing.
  const copy = file.replace(/([^/]*)$/, 'damaged-$1')
  await writeFile(copy, content)
  if (harm === 'flip') {
    const middle = Math.floor(content.length / 2)
    content[middle] = (content[middle] ?? 0) ^ 0xff
    await writeFile(copy, content)
  } else await truncate(copy, Math.floor(content.length * harm))
  return copy
}

const path = () => (process.env['PATH'] ?? '').split(delimiter)

/** A PATH where these programs do not exist and all others do. */
export async function withoutTools(directory: string, names: readonly string[]): Promise<string> {
  const place = await mkdtemp(join(directory, 'path-'))
  for (const from of path())
    for (const name of await readdir(from).catch(() => []))
      if (!names.includes(name)) await symlink(join(from, name), join(place, name)).catch(() => undefined)
  return place
}

/** A PATH where `name` runs as it is when asked for its version or help, and otherwise ends with `ending` after the first
 *  bytes of its output. */
export async function fakeTool(directory: string, name: string, ending: string): Promise<string> {
  const place = await mkdtemp(join(directory, 'path-'))
  const { stdout } = await execute('sh', ['-c', 'command -v "$1"', 'sh', name])
  await writeFile(
    join(place, name),
    `#!/bin/sh
case "$*" in *--version* | *--help*) exec ${stdout.trim()} "$@" ;; esac
${stdout.trim()} "$@" | head -c 100
${ending}
`,
    { mode: 0o755 },
  )
  return [place, ...path()].join(delimiter)
}

/** A PATH whose programs write down their command lines before they run. */
export async function recordingPath(
  directory: string,
): Promise<{ readonly path: string; commandLines(): Promise<readonly string[]> }> {
  const place = await mkdtemp(join(directory, 'path-'))
  const real = await withoutTools(directory, [])
  const log = join(directory, 'command-lines')
  await writeFile(log, '')
  const recorder = join(directory, 'recorder')
  await writeFile(recorder, `#!/bin/sh\nprintf '%s\\n' "$0 $*" >>${log}\nexec ${real}/"\${0##*/}" "$@"\n`, {
    mode: 0o755,
  })
  for (const name of await readdir(real)) await symlink(recorder, join(place, name))
  return { path: place, commandLines: async () => (await readFile(log, 'utf8')).split('\n') }
}
