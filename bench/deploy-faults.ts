// `npm run bench -- deploy-faults`: every broken deployment of the list, where it was stopped, what was said, and how long users could
// have seen it. --markdown prints the rows as docs/explanation/faults.md shows them; --shop, --serviceheft and --ablage: only these stages.

import type { Verdict } from '../test/rigs/deploy-fault.ts'
import { type FaultRow, shortfalls, stages } from '../test/rigs/deploy-faults.ts'
import { type BenchReport, type Cell, type Goal, machine } from './report.ts'

export const flags = ['--markdown', ...stages.map(({ stage }) => `--${stage}`)]

export async function run({ flags: given }: { flags: readonly string[] }): Promise<BenchReport> {
  const rows: Record<string, Cell>[] = []
  const lacking: string[] = []
  let open = 0
  const some = stages.filter(({ stage }) => given.includes(`--${stage}`))
  for (const { stage, rows: faults, open: raise } of some.length > 0 ? some : stages) {
    progress(`stage ${stage}`)
    await using opened = await raise()
    for (const fault of faults) {
      const verdict = await opened.attempt(fault.id)
      const wrong = shortfalls(fault, verdict)
      lacking.push(...wrong.map(words => `${fault.id}: ${words}`))
      if (fault.phase === 'never') open += 1
      const row = rowOf(stage, fault, verdict)
      rows.push(row)
      progress(
        `  ${fault.id} | ${Object.values(row).join(' | ')}${wrong.map(words => ` | NOT: ${words}`).join('')}`,
      )
    }
  }
  const goals: Goal[] = [
    {
      name: 'rows that end as they say',
      measured: rows.length - lacking.length,
      goal: `${rows.length}`,
      met: lacking.length === 0,
    },
    {
      name: 'broken deployments stopped or undone',
      measured: rows.length - open,
      goal: '40 or more',
      met: rows.length - open >= 40,
    },
  ]
  if (given.includes('--markdown')) process.stdout.write(`${markdown(rows)}\n`)
  return { bench: 'deploy-faults', machine: machine(), rows, goals }
}

function rowOf(stage: string, fault: FaultRow, verdict: Verdict): Record<string, Cell> {
  return {
    stage,
    incident: fault.incident,
    made: fault.made,
    phase: verdict.phase,
    said:
      verdict.phase === 'never'
        ? `not stopped: ${fault.why}`
        : `${verdict.code} ${short(words(fault, verdict))}`,
    'users could see it': seenBy(fault, verdict),
    seconds: Number(verdict.seconds.toFixed(1)),
  }
}

function seenBy({ reaches }: FaultRow, { phase, seen, open }: Verdict): string {
  if (phase === 'never') return 'until somebody looks'
  if (seen.bad > 0)
    return `for ${seconds(seen.exposed)}, ${seen.bad} answers: ${reaches ?? 'nothing says why'}`
  if (seen.pages > 0) return 'no: maintenance page'
  return open === 0 ? 'no' : 'no: held meanwhile'
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** Where a command only "ended with exit code 1", the line of its output that says why. */
function words({ says }: FaultRow, { said, evidence }: Verdict): string {
  const line = says.test(said) ? undefined : evidence.split('\n').find(text => says.test(text))
  return line === undefined ? said : `${said}: ${line.trim()}`
}

/** One line, without what differs from run to run. */
function short(said: string): string {
  const line = said.replaceAll(/\s+/g, ' ').replaceAll(/\/(?:tmp|work|home)\/[^\s":,]*\/([^\s"/:,]+)/g, '$1')
  return line.length > 170 ? `${line.slice(0, 169)}…` : line
}

function markdown(rows: readonly Record<string, Cell>[]): string {
  const keys = ['incident', 'made', 'phase', 'said', 'users could see it']
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const cell = (value: Cell | undefined) =>
    String(value ?? '')
      .replaceAll('|', '\\|')
      .replaceAll('<', '&lt;')
  return [
    line(keys),
    line(keys.map(() => '---')),
    ...rows.map(row => line(keys.map(key => cell(row[key])))),
  ].join('\n')
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}
