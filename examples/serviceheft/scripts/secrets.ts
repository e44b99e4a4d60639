// Ends with 1 unless every secret that the app reads stands in .env.example, below a line that says what it is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const settings = readFileSync(join(root, 'src/settings.ts'), 'utf8')
const lines = readFileSync(join(root, '.env.example'), 'utf8').split('\n')
const secrets = new Set(settings.match(/\bLTC_[A-Z_]*(?:KEY|TOKEN|SECRET|PASSWORD)\b/g))

/** The comment above the line of this variable, or above the lines right before it. */
function said(name: string): string | undefined {
  const at = lines.findIndex(line => line.replace(/^#/, '').startsWith(`${name}=`))
  const above = lines.slice(0, Math.max(0, at)).toReversed()
  return above.slice(0, above.indexOf('')).find(line => line.startsWith('# '))
}

for (const name of secrets) {
  const comment = said(name)
  if (comment === undefined) {
    console.error(`${name} has no line with a comment in .env.example`)
    process.exitCode = 1
  } else console.log(`${name} ${comment}`)
}
