// Makes web/dist from web/: one script, one style sheet, both named by their hash, so that browsers keep them for ever and the page of
// one release never loads the files of another. Reads the migrations too, so that a wrong name stops the build.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { readMigrations } from '../src/migrations.ts'

const root = join(import.meta.dirname, '..')

/** Returns the names of the assets in `output`, which is made anew. */
export async function buildPage(output: string): Promise<readonly string[]> {
  rmSync(output, { recursive: true, force: true })
  mkdirSync(output, { recursive: true })
  const result = await build({
    entryPoints: [join(root, 'web/main.js'), join(root, 'web/style.css')],
    outdir: join(output, 'assets'),
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    metafile: true,
    logLevel: 'silent',
    absWorkingDir: root,
  })
  let page = readFileSync(join(root, 'web/index.html'), 'utf8')
  const names: string[] = []
  for (const [file, { entryPoint }] of Object.entries(result.metafile.outputs)) {
    if (entryPoint === undefined) continue
    const source = basename(entryPoint)
    if (!page.includes(`"${source}"`)) throw new Error(`web/index.html does not use ${source}`)
    page = page.replace(`"${source}"`, `"/assets/${basename(file)}"`)
    names.push(basename(file))
  }
  writeFileSync(join(output, 'index.html'), page)
  return names
}

if (import.meta.main) {
  const migrations = readMigrations(root)
  const names = await buildPage(join(root, 'web/dist'))
  console.log(`built ${names.join(', ')}; ${migrations.length} migrations`)
}
