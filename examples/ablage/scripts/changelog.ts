// Ends with 1 unless CHANGELOG.md says something about the version of package.json, and says it first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const changes = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
const [newest = ''] = changes.split(/^## /m).slice(1)
const [title = '', ...lines] = newest.split('\n')
const said = lines.filter(line => line.startsWith('- '))

if (title.trim() === version && said.length > 0) console.log(`${version}: ${said.join(' ')}`)
else {
  console.error(
    `CHANGELOG.md begins with "${title.trim()}" and ${said.length} lines, package.json says ${version}`,
  )
  process.exitCode = 1
}
