// What nvidia-smi says. This app reads scans on the CPU; the numbers are watched because the document asks for them, on machines
// that have a card.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Settings } from './settings.ts'

const execute = promisify(execFile)

export interface GpuMemory {
  readonly status: 'gesund' | 'warnung' | 'kritisch' | 'unbekannt'
  readonly gpu_available: boolean
  readonly name?: string
  readonly total_memory_gb: number
  readonly used_memory_gb: number
  readonly available_memory_gb: number
  readonly usage_percent: number
  readonly limit_gb: number
  readonly is_critical: boolean
  readonly cleanup_recommended: boolean
}

export async function gpuMemory({
  tools,
  gpuLimitGb,
}: Pick<Settings, 'tools' | 'gpuLimitGb'>): Promise<GpuMemory> {
  const query = ['--query-gpu=name,memory.used,memory.total', '--format=csv,noheader,nounits']
  const output = await execute(tools.nvidiaSmi, query, { timeout: 4_000 }).then(
    ({ stdout }) => stdout,
    () => '',
  )
  const [name = '', used = '', total = ''] = (output.split('\n')[0] ?? '').split(',').map(part => part.trim())
  const [usedGb, totalGb] = [Number(used) / 1024, Number(total) / 1024]
  if (name === '' || !(totalGb > 0)) return none(gpuLimitGb)
  const percent = (usedGb / totalGb) * 100
  const critical = usedGb > gpuLimitGb || percent >= 85
  return {
    status: critical ? 'kritisch' : percent >= 75 ? 'warnung' : 'gesund',
    gpu_available: true,
    name,
    total_memory_gb: round(totalGb),
    used_memory_gb: round(usedGb),
    available_memory_gb: round(totalGb - usedGb),
    usage_percent: round(percent),
    limit_gb: gpuLimitGb,
    is_critical: critical,
    cleanup_recommended: percent >= 75,
  }
}

function none(limit: number): GpuMemory {
  return {
    status: 'unbekannt',
    gpu_available: false,
    total_memory_gb: 0,
    used_memory_gb: 0,
    available_memory_gb: 0,
    usage_percent: 0,
    limit_gb: limit,
    is_critical: false,
    cleanup_recommended: false,
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
