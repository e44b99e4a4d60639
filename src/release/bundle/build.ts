// From a commit to a bundle: clean export, build, tests, then one file that names everything in it.

import { join, resolve } from 'node:path'
import type { Build } from '../../config/schema/build.ts'
import { expand, references } from '../../config/variables.ts'
import { formatBytes } from '../../core/bytes.ts'
import type { Clock } from '../../core/clock.ts'
import { isoSeconds } from '../../core/iso-time.ts'
import { text } from '../../core/lang.ts'
import type { Result } from '../../core/result.ts'
import type { Secret } from '../../core/secret.ts'
import type { Emit } from '../../engine/events.ts'
import type { Host } from '../../engine/host.ts'
import { asResult, refuse, unwrap } from './boundary.ts'
import { runCommands } from './build-commands.ts'
import { cancelled, noSigningKey } from './build-problems.ts'
import type { Bundle } from './bundle.ts'
import { contentFault, contentWarnings } from './content-rules.ts'
import { exportSource, type Source } from './export.ts'
import { formatManifest, type Manifest, totalsOf } from './manifest.ts'
import { type SecretKey, sign } from './minisign.ts'
import { readSecretKey } from './minisign-key.ts'
import { openBundle } from './open.ts'
import { collect } from './output-directory.ts'
import { packBundle } from './pack.ts'
import { structureFault } from './structure.ts'
import { formatSums } from './sums.ts'
import { readVersion } from './version.ts'
import { inFolder, makeFolder, moveFile, readText } from './workspace.ts'

export interface BuildProps {
  readonly config: { readonly app: string; readonly build: Build }
  /** Directory of stellwerk.yaml: the export holds what is below it. */
  readonly directory: string
  /** A branch, tag or commit. Default: HEAD, whose working tree must then be clean. */
  readonly ref?: string
  /** Builds the working tree with its uncommitted and new files instead; recorded in the bundle. */
  readonly dirty: boolean
  /** Made when it does not exist. */
  readonly outDirectory: string
  /** For exports: outside the project, or its tools would find files that are not in the export. */
  readonly temporaryDirectory: string
  readonly now: Date
  readonly clock: Pick<Clock, 'elapsed'>
  /** This machine. */
  readonly here: Host
  readonly emit: Emit
  readonly signal: AbortSignal
  /** Values of secrets: put into build.env, and exported for commands that refer to `${NAME}`. Never in argv. */
  readonly secret?: (name: string) => string | undefined
  /** Scrubs secrets out of the output of commands. */
  readonly redact?: (line: string) => string
  /** Of the signing key. */
  readonly password?: Secret
}

/** Writes `<app>-<version>-<sha7>[-dirty].stw.tar.zst` into outDirectory, replacing an older one of that name, and opens
 *  it. The same commit gives the same bytes when its build commands do. */
export function buildBundle(props: BuildProps): Promise<Result<Bundle>> {
  return asResult(async () => {
    // Before the build, which may take minutes: a key that cannot be used is known now.
    const key = await signingKey(props)
    return await inFolder(props.temporaryDirectory, 'stellwerk-build-', folder => build(props, folder, key))
  })
}

async function build(props: BuildProps, temporary: string, key: SecretKey | undefined): Promise<Bundle> {
  const { app, build } = props.config
  const target = await makeFolder(join(temporary, 'export'))
  const source = await exportSource({ ...props, ref: props.ref ?? 'HEAD', temporary, target })
  const env = environment(build, props.secret ?? (() => undefined))
  const redact = props.redact ?? (line => line)
  await runCommands({ ...props, ...build, directory: target, env, redact })

  const root = join(target, build.output)
  const content = await collect(root, build.exclude, build.output)
  const manifest = describe(app, await readVersion(target, source.described), source, build, content)
  const fault = structureFault(manifest) ?? contentFault(manifest, build.output)
  if (fault) refuse(fault)
  for (const warning of contentWarnings(manifest))
    props.emit({ code: 'STW-E010', type: 'warning', text: warning })

  const bundle = await write(props, root, manifest, key)
  const { files, bytes } = manifest.totals
  const size = `${formatBytes(bytes)} -> ${formatBytes(bundle.archiveBytes)}`
  props.emit({
    code: 'STW-E009',
    type: 'note',
    text: text(
      `Bundle ${bundle.path}: ${files} files, ${size}`,
      `Bundle ${bundle.path}: ${files} Dateien, ${size}`,
    ),
  })
  return bundle
}

function environment(build: Build, secret: (name: string) => string | undefined): Record<string, string> {
  const names = [...build.commands, ...build.test].flatMap(references)
  const secrets = names.flatMap(name => {
    const value = secret(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const written = Object.entries(build.env).map(([name, value]) => [name, expand(value, secret)] as const)
  return Object.fromEntries([...secrets, ...written])
}

function describe(
  app: string,
  version: string,
  source: Source,
  build: Build,
  content: Pick<Manifest, 'files' | 'links' | 'directories'>,
): Manifest {
  return {
    schema: 'stellwerk.bundle/1',
    app,
    version,
    gitSha: source.gitSha,
    dirty: source.dirty,
    builtAt: isoSeconds(source.builtAt),
    entries: [...build.entries],
    totals: totalsOf(content),
    directories: content.directories,
    links: content.links,
    files: content.files,
  }
}

async function write(
  props: BuildProps,
  root: string,
  manifest: Manifest,
  key: SecretKey | undefined,
): Promise<Bundle> {
  const manifestText = formatManifest(manifest)
  const sums = formatSums(manifest, manifestText)
  const trusted = `${manifest.app} ${manifest.version} ${manifest.gitSha}${manifest.dirty ? ' dirty' : ''}`
  const signature = key ? { signature: sign(Buffer.from(sums), key, { trusted }) } : {}
  const path = join(props.outDirectory, fileName(manifest))
  await inFolder(props.outDirectory, '.building-', async folder => {
    const unfinished = join(folder, 'bundle')
    const head = { manifest: manifestText, sums, ...signature }
    try {
      await packBundle({ root, manifest, head, path: unfinished, signal: props.signal })
    } catch (error) {
      if (props.signal.aborted) refuse(cancelled())
      throw error
    }
    await moveFile(unfinished, path)
  })
  return unwrap(await openBundle(path, { trust: [] }))
}

function fileName(manifest: Pick<Manifest, 'app' | 'version' | 'gitSha' | 'dirty'>): string {
  return `${manifest.app}-${manifest.version}-${manifest.gitSha.slice(0, 7)}${manifest.dirty ? '-dirty' : ''}.stw.tar.zst`
}

async function signingKey({ config, directory, password }: BuildProps): Promise<SecretKey | undefined> {
  const named = config.build.sign?.key
  if (named === undefined) return undefined
  const path = resolve(directory, named)
  const file = await readText(path)
  if (!('content' in file)) return refuse(noSigningKey(path, file.code))
  return unwrap(await readSecretKey(file.content, password))
}
