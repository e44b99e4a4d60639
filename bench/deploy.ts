// `npm run bench -- deploy`: Stellwerk beside a script by hand, Capistrano, Ansible and shipit, on real sshd hosts.
//   --quick  1000 files on one host, the script by hand and Stellwerk only
//   --full   10 000 files on thirty hosts too
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figures, measureCell } from './deploy/cell.ts'
import { goalsOf, type Measured, rowOf } from './deploy/goals.ts'
import { ansible, capistrano, floor, shipit } from './deploy/peers.ts'
import { installProgram } from './deploy/program.ts'
import { measureStart } from './deploy/start.ts'
import { stellwerk } from './deploy/stellwerk.ts'
import type { Tool } from './deploy/tool.ts'
import { makeWorkload, type Size } from './deploy/workload.ts'
import { type Bench, type BenchReport, machine } from './report.ts'

interface Cell {
  readonly hosts: number
  readonly rttMs: number
  /** Rounds of the floor and of Stellwerk. */
  readonly rounds: number
  /** Rounds of the peers; 0: it does not take part. Ansible takes half a minute for what takes others two seconds. */
  readonly capistrano: number
  readonly others: number
}

interface Part {
  readonly size: Size
  readonly cells: readonly Cell[]
}

const small: Size = { files: 1000, bytes: 16_000_000 }
const large: Size = { files: 10_000, bytes: 160_000_000 }

const quick: readonly Part[] = [
  { size: small, cells: [{ hosts: 1, rttMs: 50, rounds: 3, capistrano: 0, others: 0 }] },
]

const usual: readonly Part[] = [
  {
    size: small,
    cells: [
      { hosts: 1, rttMs: 50, rounds: 5, capistrano: 3, others: 1 },
      { hosts: 1, rttMs: 0, rounds: 3, capistrano: 1, others: 1 },
      { hosts: 5, rttMs: 50, rounds: 3, capistrano: 1, others: 1 },
      { hosts: 5, rttMs: 0, rounds: 2, capistrano: 0, others: 0 },
      { hosts: 30, rttMs: 50, rounds: 2, capistrano: 1, others: 0 },
      { hosts: 30, rttMs: 0, rounds: 1, capistrano: 0, others: 0 },
    ],
  },
  {
    size: large,
    cells: [
      { hosts: 1, rttMs: 50, rounds: 3, capistrano: 1, others: 0 },
      { hosts: 1, rttMs: 0, rounds: 2, capistrano: 0, others: 0 },
      { hosts: 5, rttMs: 50, rounds: 1, capistrano: 0, others: 0 },
    ],
  },
]

const thirtyLarge: Part = {
  size: large,
  cells: [{ hosts: 30, rttMs: 50, rounds: 2, capistrano: 0, others: 0 }],
}

export const flags: Bench['flags'] = ['--quick', '--full']

export async function run({ flags }: { readonly flags: readonly string[] }): Promise<BenchReport> {
  const parts = flags.includes('--quick') ? quick : flags.includes('--full') ? [...usual, thirtyLarge] : usual
  const directory = mkdtempSync(join(tmpdir(), 'swbench-'))
  try {
    return await measure(directory, parts)
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function measure(directory: string, parts: readonly Part[]): Promise<BenchReport> {
  progress('bundling the program')
  const program = await installProgram(join(directory, 'program'))
  const start = await measureStart(program, join(directory, 'start'))
  const own = [floor, stellwerk(program)]
  const peers = [capistrano, ansible, shipit(join(directory, 'shipit'))]
  const turnsOf = (cell: Cell) =>
    [
      ...own.map(tool => ({ tool, rounds: cell.rounds })),
      ...peers.map(tool => ({ tool, rounds: tool === capistrano ? cell.capistrano : cell.others })),
    ].filter(turn => turn.rounds > 0)
  const all = new Set(parts.flatMap(part => part.cells.flatMap(cell => turnsOf(cell).map(turn => turn.tool))))
  const known = await versionsOf([...all])
  const measured: Measured[] = []
  for (const [number, { size, cells }] of parts.entries()) {
    progress(`making ${size.files} files and their versions`)
    const place = join(directory, String(number))
    mkdirSync(place)
    const workload = await makeWorkload(place, size, Math.max(...cells.map(cell => cell.rounds)), program)
    for (const cell of cells) {
      const { hosts, rttMs } = cell
      const turns = turnsOf(cell)
      const able = turns.filter(turn => known.get(turn.tool)?.ok)
      const directory = join(place, `${hosts}-${rttMs}`)
      const tools = able.map(turn => ({ ...turn, version: known.get(turn.tool)?.text ?? '' }))
      const figures = await measureCell({ directory, workload, hosts, rttMs, tools, progress })
      const absent = turns
        .filter(turn => !able.includes(turn))
        .map(({ tool }) => missing(tool, known.get(tool)?.text))
      measured.push({ size, hosts, rttMs, figures: [...figures, ...absent] })
      // Thirty hosts keep many releases, and the disk may be small.
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
    }
    rmSync(place, { recursive: true, force: true, maxRetries: 5 })
  }
  return {
    bench: 'deploy',
    machine: machine(),
    rows: measured.flatMap(cell => cell.figures.map(figures => rowOf(cell, figures))),
    goals: goalsOf(measured, start),
  }
}

function missing(tool: Tool, why = ''): Figures {
  return { tool: tool.name, version: '', failed: why, deploys: [], rollbacks: [], memory: 0 }
}

async function versionsOf(tools: readonly Tool[]): Promise<ReadonlyMap<Tool, { ok: boolean; text: string }>> {
  const found = new Map<Tool, { ok: boolean; text: string }>()
  for (const tool of tools) {
    const version = await tool.version().then(
      text => ({ ok: true, text }),
      (error: Error) => ({ ok: false, text: error.message.split('\n')[0] ?? '' }),
    )
    found.set(tool, version)
    progress(version.ok ? `${tool.name} ${version.text}` : `${tool.name} cannot take part: ${version.text}`)
  }
  return found
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}
