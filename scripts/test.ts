// `npm test`: the checks, then the tests against real servers. `npm test -- <path or vitest option>` runs only the tests
// that match. Long test files take turns, but with STELLWERK_FULL=1. The last line is the sum; a run that proved nothing
// is a failure.
import { globSync } from 'node:fs'
import { basename, relative } from 'node:path'
import { check } from './check.ts'
import { installCommand, preparePackages } from './debian.ts'
import { exampleTests, type Part, root, sentence, steadyTests, sum, tests } from './tally.ts'
import { resting } from './turns.ts'

const args = process.argv.slice(2)
const rest = args.length > 0 || process.env['STELLWERK_FULL'] === '1' ? [] : resting(new Date())
const parts: Part[] = []
const notSteady: string[] = []

const missing = preparePackages()
if (missing.length > 0) {
  const output = `these Debian packages are missing: ${missing.join(' ')}\n  ${installCommand(missing)}`
  console.error(output)
  parts.push({ name: 'packages', ms: 0, output, passed: 0, failed: 1, skipped: 0 })
} else {
  if (args.length > 0) parts.push(await tests('unit', args, true))
  else {
    parts.push(...(await check()))
    for (const name of examples()) {
      const part = await exampleTests(name)
      if (part.failed > 0) console.log(part.output)
      parts.push(part)
    }
  }
  for (const project of ['contract', 'scenario']) {
    if (args.length > 0) parts.push(await tests(project, args, true))
    else {
      const [part, unsteady] = await steadyTests(project, rest)
      parts.push(part)
      notSteady.push(...unsteady)
    }
  }
}

const total = sum(parts)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
console.log('')
for (const part of parts)
  console.log(`${part.name.padEnd(16)}${(part.ms / 1000).toFixed(1).padStart(7)} s  ${sentence(part)}`)
if (rest.length > 0)
  console.log(
    `resting today: ${rest.length} long test files that take turns; STELLWERK_FULL=1 npm test runs all\n  ${rest.join('\n  ')}`,
  )
for (const file of notSteady)
  console.log(`unsteady: ${relative(root, file)} was red beside others and green alone`)
console.log(sentence(total))

/** Examples that bring tests of their own. */
function examples(): readonly string[] {
  return globSync('examples/*/tests', { cwd: root })
    .map(path => basename(path.slice(0, -'/tests'.length)))
    .sort()
}
