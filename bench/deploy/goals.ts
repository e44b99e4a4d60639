// What the figures say: one row for each tool of a cell, and whether the goals are reached.
import { type Cell, type Goal, median } from '../report.ts'
import { type Figures, ratio } from './cell.ts'
import type { Start } from './start.ts'
import type { Size } from './workload.ts'

export interface Measured {
  readonly size: Size
  readonly hosts: number
  readonly rttMs: number
  readonly figures: readonly Figures[]
}

type Row = Readonly<Record<string, Cell>>

export function rowOf(cell: Measured, figures: Figures): Row {
  const { size, hosts, rttMs } = cell
  const { tool, version, deploys, rollbacks, memory, failed } = figures
  const place = { files: size.files, hosts, 'rtt ms': rttMs, tool: `${tool} ${version}`.trim() }
  if (failed !== undefined || deploys.length === 0) return { ...place, note: short(failed ?? 'not measured') }
  const walls = deploys.map(deploy => deploy.wall)
  const floor = cell.figures.find(other => other.tool === floorName)
  const middle = (pick: (deploy: Figures['deploys'][number]) => number) => median(deploys.map(pick))
  return {
    ...place,
    'deploy s': seconds(median(walls)),
    min: seconds(Math.min(...walls)),
    max: seconds(Math.max(...walls)),
    'x floor': rounded(ratio(walls, floor?.deploys.map(deploy => deploy.wall) ?? [])),
    'sessions/host': rounded(middle(deploy => deploy.sessions / hosts)),
    'connections/host': rounded(middle(deploy => deploy.connections / hosts)),
    'wire kB/host': Math.round(middle(deploy => deploy.bytes / hosts) / 1000),
    'live after s': seconds(middle(deploy => deploy.live)),
    'switch spread ms': Math.round(middle(deploy => deploy.spread)),
    'rollback s': seconds(median(rollbacks)),
    'x floor back': rounded(ratio(rollbacks, floor?.rollbacks ?? [])),
    'memory MB': Math.round(memory / 1e6),
    rounds: deploys.length,
  }
}

const floorName = 'bash floor'
const ownName = 'Stellwerk'

/** A goal whose figure is missing is not met. */
export function goalsOf(measured: readonly Measured[], start: Start): readonly Goal[] {
  const goals: Goal[] = []
  const add = (name: string, value: number | null, most: number, unit: string) =>
    goals.push({
      name,
      measured: rounded(value),
      goal: `<= ${most}${unit}`,
      met: value !== null && value <= most,
    })
  const addFaster = (where: string, value: number | null) =>
    goals.push({
      name: `times faster than Capistrano: ${where}`,
      measured: rounded(value),
      goal: '>= 5',
      met: value !== null && value >= 5,
    })
  for (const cell of measured.filter(({ rttMs }) => rttMs === 50)) {
    const where = `${cell.size.files} files, ${cell.hosts} ${cell.hosts === 1 ? 'host' : 'hosts'}, 50 ms`
    const own = figuresOf(cell, ownName)
    const floor = figuresOf(cell, floorName)
    const cap = figuresOf(cell, 'Capistrano')
    const sessions = own?.deploys.map(deploy => deploy.sessions / cell.hosts) ?? []
    add(`deploy, times the bash floor: ${where}`, ratio(walls(own), walls(floor)), 1.5, '')
    add(`round trips a host: ${where}`, sessions.length > 0 ? Math.max(...sessions) : null, 5, '')
    if (cap) addFaster(where, ratio(walls(cap), walls(own)))
    const back = own && own.rollbacks.length > 0 ? median(own.rollbacks) / 1000 : null
    add(`rollback: ${where}`, back, 1.5, ' s')
  }
  if (!measured.some(cell => figuresOf(cell, 'Capistrano'))) addFaster('it did not take part', null)
  add('stellwerk --version, over Node alone', start.difference, 60, ' ms')
  return goals
}

function figuresOf(cell: Measured, tool: string): Figures | undefined {
  return cell.figures.find(figures => figures.tool === tool)
}

function walls(figures: Figures | undefined): readonly number[] {
  return figures?.deploys.map(deploy => deploy.wall) ?? []
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100
}

function rounded(value: number | null): number | null {
  return value === null || Number.isNaN(value) ? null : Math.round(value * 100) / 100
}

function short(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 100)
}
