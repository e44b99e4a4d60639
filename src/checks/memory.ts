// Working memory, by /proc/meminfo: MemAvailable is what the kernel says a new process could get without swapping.
import type { MemoryCheck } from '../config/schema/check.ts'
import { formatBytes } from '../core/bytes.ts'
import { text } from '../core/lang.ts'
import { memoryByHand } from './by-hand-host.ts'
import type { Attempt } from './context.ts'
import { atLeast, atMost, judged, unreadable } from './findings.ts'
import type { Said } from './host-script.ts'
import type { Probe } from './probe.ts'

export const memoryProbe: Probe<MemoryCheck> = {
  place: () => 'host',
  ofHost: () => true,
  byHand: memoryByHand,
  describe: () => text('memory', 'Arbeitsspeicher'),
  script: { fragment: () => 'cat /proc/meminfo 2>&1 | sw_tell meminfo', judge: judgeMemory },
}

function judgeMemory(check: MemoryCheck, { values }: Said): Attempt {
  const output = values['meminfo'] ?? ''
  const bytes = (key: string) => {
    const amount = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(output)?.[1]
    return amount === undefined ? undefined : Number(amount) * 1024
  }
  const [total, available] = [bytes('MemTotal'), bytes('MemAvailable')]
  if (total === undefined || total === 0 || available === undefined)
    return unreadable('/proc/meminfo', output)
  const percent = ((total - available) / total) * 100
  const seen = text(
    `${formatBytes(available)} of ${formatBytes(total)} available (${Math.ceil(percent)} % in use)`,
    `${formatBytes(available)} von ${formatBytes(total)} verfügbar (${Math.ceil(percent)} % belegt)`,
  )
  const { minAvailable, maxUsedPercent } = check
  const missing = [
    ...(minAvailable !== undefined && available < minAvailable ? [atLeast(formatBytes(minAvailable))] : []),
    ...(maxUsedPercent !== undefined && percent > maxUsedPercent ? [atMost(`${maxUsedPercent} %`)] : []),
  ]
  return judged(seen, missing, { available, total, percent: Math.round(percent * 10) / 10 })
}
