// Bundles what is published: dist/cli.js with its chunks (the program) and dist/router.mjs (the embedded proxy, one file that
// runs on a host's own Node 20 or newer). The program is split where it says `import()`, so that a command loads its own code
// only: `--version` on a quiet machine costs 13 ms over bare Node, against 20 ms as one file of the same 1.9 MB.
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import type { Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')
const out = join(root, 'dist')

interface Bundle {
  readonly name: string
  readonly entry: string
  readonly target: string
  readonly split: boolean
}

const bundles: readonly Bundle[] = [
  { name: 'cli.js', entry: 'src/wire.ts', target: 'node24', split: true },
  { name: 'router.mjs', entry: 'src/traffic/router/main.ts', target: 'node20', split: false },
]

// Bundled CommonJS code asks for Node's modules with `require`, and for its place, which an ES module does not have.
const banner = `import { createRequire as stwCreateRequire } from 'node:module'; const require = stwCreateRequire(import.meta.url), __dirname = import.meta.dirname;`

// The S3 client brings ten ways to search a machine for keys; ours are named in stellwerk.yaml. Some come without a licence text.
const noSearchForKeys: Plugin = {
  name: 'no-search-for-keys',
  setup({ onResolve, onLoad }) {
    const namespace = 'no-search-for-keys'
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({ path, namespace }))
    onLoad({ filter: /.*/, namespace }, () => ({
      contents: `export const defaultProvider = () => async () => { throw new Error('no keys were given') }`,
    }))
  },
}

// playwright-core reads two files beside it when it starts; a bundle has nothing beside it.
const playwrightAsOne: Plugin = {
  name: 'playwright-as-one',
  setup({ onLoad }) {
    onLoad({ filter: /playwright-core\/lib\/coreBundle\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8')
      for (const file of ['package.json', 'browsers.json']) {
        const asked = new RegExp(`require\\([\\w.]+\\.join\\(packageRoot, "${file}"\\)\\)`)
        if (!asked.test(contents)) throw new Error(`playwright-core no longer asks for its ${file} as it did`)
        contents = contents.replace(asked, () => readFileSync(join(dirname(path), '..', file), 'utf8').trim())
      }
      return { contents, loader: 'js' }
    })
  },
}

const esbuild = await import('esbuild').catch(() => undefined)
if (esbuild === undefined) {
  // `npm ci --omit=dev` runs this too; the source runs as it is, so there is nothing to stop for.
  console.error('build: esbuild is not installed, nothing is bundled')
} else {
  try {
    await build(esbuild)
  } catch (error) {
    // esbuild has already shown each of its errors with its place; a stack would bury them.
    if (!(error instanceof Error && 'errors' in error)) throw error
    console.error('build: failed')
    process.exitCode = 1
  }
}

async function build(bundler: typeof import('esbuild')): Promise<void> {
  const started = performance.now()
  mkdirSync(out, { recursive: true })
  const inputs = new Set<string>()
  for (const { name, entry, target, split } of bundles) {
    if (!existsSync(join(root, entry))) {
      rmSync(join(out, name), { force: true })
      console.error(`build: ${name} left out, ${entry} does not exist`)
      continue
    }
    const aside = join(out, `.new-${process.pid}`)
    const { metafile } = await bundler.build({
      absWorkingDir: root,
      entryPoints: { [basename(name, extname(name))]: entry },
      outExtension: { '.js': extname(name) },
      outdir: aside,
      splitting: split,
      chunkNames: 'chunks/[hash]',
      bundle: true,
      platform: 'node',
      format: 'esm',
      target,
      mainFields: ['module', 'main'],
      banner: { js: banner },
      // Names stay readable: a stack trace in a bug report must mean something.
      minifyWhitespace: true,
      minifySyntax: true,
      charset: 'utf8',
      legalComments: 'none',
      // Compiled parts of ssh2, which does without them where they are not.
      external: ['cpu-features', '*.node'],
      plugins: [noSearchForKeys, playwrightAsOne],
      metafile: true,
      logLevel: 'warning',
    })
    const bytes = Object.values(metafile.outputs).reduce((total, output) => total + output.bytes, 0)
    publish(aside, name, split)
    for (const input of Object.keys(metafile.inputs)) inputs.add(input)
    console.error(`build: dist/${name} ${(bytes / 1000).toFixed(0)} kB`)
  }
  writeFileSync(join(out, 'THIRD-PARTY.txt'), licences(inputs))
  console.error(`build: ${Math.round(performance.now() - started)} ms`)
}

/** Moves the entry last: a command that starts meanwhile finds the old program or the new one, whole. */
function publish(aside: string, name: string, split: boolean): void {
  const files = globSync('**/*.*', { cwd: aside })
  const chunks = files.filter(file => file !== name)
  for (const file of [...chunks, name]) {
    mkdirSync(dirname(join(out, file)), { recursive: true })
    renameSync(join(aside, file), join(out, file))
  }
  rmSync(aside, { recursive: true })
  if (!split) return
  for (const file of globSync('chunks/*', { cwd: out })) if (!chunks.includes(file)) rmSync(join(out, file))
}

/** The licence text of every package with code in a bundle. Throws when one has none: it could not be shipped. */
function licences(inputs: ReadonlySet<string>): string {
  const packages = new Set<string>()
  // A package that bundles others itself brings their licences beside each of its files.
  const inside = new Set(
    [...inputs].map(input => `${input}.LICENSE`).filter(file => existsSync(join(root, file))),
  )
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)
    if (match?.[1]) packages.add(match[1])
  }
  const texts = [...packages].sort().map(directory => {
    const path = join(root, directory)
    const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
    const file = readdirSync(path).find(entry => /^licen[cs]e/i.test(entry))
    if (file === undefined) throw new Error(`${directory} is bundled but brings no licence text`)
    const text = readFileSync(join(path, file), 'utf8').trim()
    return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${text}\n`
  })
  const bundled = [...inside]
    .sort()
    .map(file => `${file}\n\n${readFileSync(join(root, file), 'utf8').trim()}\n`)
  const head = 'Stellwerk is distributed with code of the following packages.\n'
  return [head, ...texts, ...bundled].join(`\n${'-'.repeat(80)}\n\n`)
}
