// `npm run check`: everything that needs no server. One line a part, and the output of what failed.
import { availableParallelism } from 'node:os'
import { type Part, tests, tool } from './tally.ts'

// The longest first: the others fit beside it. Architecture is one of the unit tests.
const parts: readonly (() => Promise<Part>)[] = [
  () => tests('unit', [], false),
  () => tool('types', 'tsc', ['--noEmit', '--pretty', 'false']),
  () => tool('unused', 'knip', ['--no-progress', '--no-config-hints']),
  () => tool('format and lint', 'biome', ['check', '--max-diagnostics=12', '--diagnostic-level=warn', '.']),
  () => tool('docs', 'node', ['scripts/docs.ts', '--check']),
]

export async function check(): Promise<readonly Part[]> {
  const waiting = [...parts]
  const done: Part[] = []
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const part = await next()
      done.push(part)
      console.log(line(part))
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker))
  for (const part of done) if (part.failed > 0) console.log(`\n--- ${part.name}\n${part.output.trimEnd()}\n`)
  return done
}

function line({ name, ms, failed }: Part): string {
  return `${(failed > 0 ? 'FAILED' : 'ok').padEnd(7)}${name.padEnd(16)}${(ms / 1000).toFixed(1).padStart(6)} s`
}

if (import.meta.main) {
  const done = await check()
  const total = done.reduce((passed, part) => passed + part.passed, 0)
  process.exitCode = total === 0 || done.some(part => part.failed > 0) ? 1 : 0
}
