// Makes public/build from web/: assets get a name with their content hash, so browsers keep them for ever and the page
// of one release never loads the files of another. Reads the migrations too, so that a wrong name stops the build.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { readMigrations } from '../src/migrations.ts'

/** Returns the name of each asset in `output`, which is made anew. */
export function buildAssets(source: string, output: string): Readonly<Record<string, string>> {
  rmSync(output, { recursive: true, force: true })
  mkdirSync(output, { recursive: true })
  const names: Record<string, string> = {}
  let page = readFileSync(join(source, 'index.html'), 'utf8')
  for (const name of ['app.css', 'app.js']) {
    const body = readFileSync(join(source, name))
    const digest = createHash('sha256').update(body).digest()
    const hashed = `${basename(name, extname(name))}-${digest.toString('hex').slice(0, 12)}${extname(name)}`
    writeFileSync(join(output, hashed), body)
    names[name] = hashed
    if (!page.includes(`"${name}"`)) throw new Error(`web/index.html does not use ${name}`)
    page = page.replace(`"${name}"`, `"/build/${hashed}" integrity="sha256-${digest.toString('base64')}"`)
  }
  writeFileSync(join(output, 'index.html'), page)
  writeFileSync(join(output, 'manifest.json'), `${JSON.stringify(names, null, 2)}\n`)
  return names
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const migrations = readMigrations(join(root, 'migrations'), 'sqlite')
  readMigrations(join(root, 'migrations'), 'mysql')
  const names = buildAssets(join(root, 'web'), join(root, 'public/build'))
  console.log(`built ${Object.values(names).join(', ')}; ${migrations.length} migrations`)
}
