// Processors, by /proc: the use between two looks, the load of the last minute, the cores this user may use.
import type { CpuCheck } from '../config/schema/check.ts'
import { type Text, text } from '../core/lang.ts'
import { cpuByHand } from './by-hand-host.ts'
import type { Attempt } from './context.ts'
import { atLeast, atMost, joinTexts, judged, unreadable } from './findings.ts'
import { type Said, seconds } from './host-script.ts'
import type { Probe } from './probe.ts'

export const cpuProbe: Probe<CpuCheck> = {
  place: () => 'host',
  ofHost: () => true,
  byHand: cpuByHand,
  describe: () => text('processors', 'Prozessoren'),
  script: { fragment: cpuFragment, judge: judgeCpu },
}

function cpuFragment({ maxPercent, over }: CpuCheck): string {
  const twice =
    maxPercent === undefined ? '' : `\nsleep ${seconds(over)}\ncat /proc/stat 2>&1 | sw_tell after`
  return `cat /proc/stat 2>&1 | sw_tell before${twice}
cat /proc/loadavg 2>&1 | sw_tell load
sw_say cores "$(nproc 2>/dev/null)"`
}

interface Ticks {
  readonly busy: number
  readonly all: number
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal; guests are part of user already. */
function parseTicks(output: string): Ticks | undefined {
  const numbers = /^cpu +([\d ]+)$/m.exec(output)?.[1]?.trim().split(/ +/).map(Number).slice(0, 8)
  if (numbers === undefined || numbers.length < 4) return undefined
  const all = numbers.reduce((sum, value) => sum + value, 0)
  return { all, busy: all - (numbers[3] ?? 0) - (numbers[4] ?? 0) }
}

function judgeCpu(check: CpuCheck, { values }: Said): Attempt {
  const cores = coresOf(values)
  if (cores === undefined) return unreadable('/proc/stat', values['before'] ?? '')
  const seen: Text[] = [text(`${cores} cores`, `${cores} Kerne`)]
  const missing: Text[] = []
  if (check.minCores !== undefined && cores < check.minCores) missing.push(atLeast(`${check.minCores}`))
  let percent: number | undefined
  if (check.maxPercent !== undefined) {
    percent = percentOf(values)
    if (percent === undefined) return unreadable('/proc/stat', values['after'] ?? '')
    seen.push(text(`${percent} % in use`, `${percent} % ausgelastet`))
    if (percent > check.maxPercent) missing.push(atMost(`${check.maxPercent} %`))
  }
  const load = /^(\d+\.\d+) /.exec(values['load'] ?? '')?.[1]
  if (check.maxLoad !== undefined) {
    if (load === undefined) return unreadable('/proc/loadavg', values['load'] ?? '')
    seen.push(text(`load ${load}`, `Last ${load}`))
    if (Number(load) / cores > check.maxLoad) {
      const most = check.maxLoad
      missing.push(text(`a load of at most ${most} for each core`, `eine Last von höchstens ${most} je Kern`))
    }
  }
  return judged(joinTexts(seen, ', ', ', '), missing, {
    cores,
    ...(percent === undefined ? {} : { percent }),
    ...(load === undefined ? {} : { load: Number(load) }),
  })
}

/** nproc knows what this user may use; without it all that there are. */
function coresOf(values: Said['values']): number | undefined {
  if (/^[1-9]\d*$/.test(values['cores'] ?? '')) return Number(values['cores'])
  const lines = (values['before'] ?? '').match(/^cpu\d+ /gm)
  return lines === null ? undefined : lines.length
}

function percentOf(values: Said['values']): number | undefined {
  const [before, after] = [parseTicks(values['before'] ?? ''), parseTicks(values['after'] ?? '')]
  if (before === undefined || after === undefined || after.all <= before.all) return undefined
  return Math.round(((after.busy - before.busy) / (after.all - before.all)) * 1000) / 10
}
