// One group of rows: a workload, a number of hosts and a round trip time, for all tools in turn. What is compared is
// measured within the same minutes, because the machine is not ours alone.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { median } from '../report.ts'
import { startFleet } from './fleet.ts'
import { peakMemory, type Sample, sample } from './measure.ts'
import type { Ready, Tool } from './tool.ts'
import type { Workload } from './workload.ts'

export interface CellProps {
  readonly directory: string
  readonly workload: Workload
  readonly hosts: number
  readonly rttMs: number
  /** With the rounds of each; not more than the workload has versions. */
  readonly tools: readonly { readonly tool: Tool; readonly version: string; readonly rounds: number }[]
  readonly progress: (line: string) => void
}

export interface Figures {
  readonly tool: string
  readonly version: string
  /** Why there are no figures. */
  readonly failed?: string
  readonly deploys: readonly Sample[]
  /** Milliseconds. */
  readonly rollbacks: readonly number[]
  /** Bytes, while all files travel. */
  readonly memory: number
}

interface Runner {
  readonly props: CellProps['tools'][number]
  readonly name: string
  ready?: Ready
  failed?: string
  memory: number
  readonly deploys: Sample[]
  readonly rollbacks: number[]
}

export async function measureCell(props: CellProps): Promise<readonly Figures[]> {
  const { directory, workload, hosts, rttMs, progress } = props
  mkdirSync(directory, { recursive: true })
  await using fleet = await startFleet(directory, hosts, rttMs)
  const runners = props.tools.map(
    (tool): Runner => ({
      props: tool,
      name: tool.tool.name.replace(' ', '-'),
      memory: 0,
      deploys: [],
      rollbacks: [],
    }),
  )

  async function each(label: string, action: (runner: Runner, ready: Ready) => Promise<void>, round = 0) {
    for (const runner of runners) {
      if (runner.failed !== undefined || !runner.ready || round > runner.props.rounds) continue
      progress(
        `${workload.size.files} files, ${hosts} hosts, ${rttMs} ms: ${label}, ${runner.props.tool.name}`,
      )
      try {
        await action(runner, runner.ready)
      } catch (error) {
        runner.failed = (error as Error).message
      }
    }
  }

  for (const runner of runners) {
    const own = join(directory, runner.name)
    mkdirSync(own)
    const root = fleet.rootFor(runner.name)
    runner.ready = await runner.props.tool.prepare({ directory: own, root, fleet, workload })
  }
  // Every file travels, and memory is looked at, which costs time: this run is in no other figure.
  await each('first', async (runner, ready) => {
    runner.memory = await peakMemory(ready.deploy(workload.first))
  })
  for (const [index, version] of workload.next.entries()) {
    const label = `round ${index + 1}`
    await each(
      label,
      async ({ name, deploys }, ready) => {
        deploys.push(await sample(fleet, name, ready.deploy(version), version.name))
      },
      index + 1,
    )
    await each(
      `${label}, back`,
      async ({ name, rollbacks }, ready) => {
        rollbacks.push((await sample(fleet, name, ready.rollback(), workload.first.name)).wall)
      },
      index + 1,
    )
  }
  return runners.map(({ props: { tool, version }, failed, deploys, rollbacks, memory }) => ({
    tool: tool.name,
    version,
    deploys,
    rollbacks,
    memory,
    ...(failed === undefined ? {} : { failed }),
  }))
}

/** Median over pairs of the same round: what a busy moment does to both is no difference between them. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number | null {
  const pairs = ours.slice(0, theirs.length).map((value, index) => value / (theirs[index] ?? Number.NaN))
  return pairs.length === 0 ? null : median(pairs)
}
