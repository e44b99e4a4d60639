// npm run bench -- <name> [--json] [the bench's own flags]: side-by-side measurements. Prints a table, or one JSON document with --json.
import { type Bench, type BenchReport, formatTable } from './report.ts'

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  router: () => import('./router.ts'),
  backup: () => import('./backup.ts'),
  faults: () => import('./faults.ts'),
  'deploy-faults': () => import('./deploy-faults.ts'),
  // Its file is looked up when asked for, so that one bench does not need the other's peers.
  deploy: () => import(new URL('./deploy.ts', import.meta.url).href) as Promise<Bench>,
}

async function main(words: readonly string[]): Promise<number> {
  const json = words.includes('--json')
  const [name, ...flags] = words.filter(word => word !== '--json')
  const load = name === undefined ? undefined : benches[name]
  const bench = await load?.()
  if (bench === undefined || flags.some(flag => !bench.flags?.includes(flag))) {
    const own = bench?.flags?.map(flag => ` [${flag}]`).join('') ?? ''
    process.stderr.write(`usage: npm run bench -- <${Object.keys(benches).join('|')}> [--json]${own}\n`)
    return 2
  }
  const report = await bench.run({ json, flags })
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : text(report))
  return 0
}

function text(report: BenchReport): string {
  const goals = report.goals.map(({ name, measured, goal, met }) => ({
    goal: name,
    measured,
    wanted: goal,
    met: met ? 'yes' : 'NO',
  }))
  return `${report.bench} on ${report.machine}\n\n${formatTable(report.rows)}\n\n${formatTable(goals)}\n`
}

process.exitCode = await main(process.argv.slice(2))
