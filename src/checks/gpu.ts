// Graphics processors, by nvidia-smi. Without the tool, or when it cannot reach the driver, nobody knows: unknown.
import type { GpuCheck } from '../config/schema/check.ts'
import { type Text, text } from '../core/lang.ts'
import { words } from '../core/shell.ts'
import { gpuByHand } from './by-hand-host.ts'
import { type Attempt, attempt } from './context.ts'
import { atLeast, atMost, joinTexts, judged, unreadable } from './findings.ts'
import { type Said, seconds } from './host-script.ts'
import { match } from './matcher.ts'
import type { Probe } from './probe.ts'

export const gpuProbe: Probe<GpuCheck> = {
  place: () => 'host',
  ofHost: () => true,
  byHand: gpuByHand,
  describe: () => text('graphics processors', 'Grafikprozessoren'),
  script: { fragment: gpuFragment, judge: judgeGpu },
}

const columns = 'name,driver_version,memory.used,memory.total,temperature.gpu'

function gpuFragment({ timeout }: GpuCheck): string {
  const ask = words('nvidia-smi', `--query-gpu=${columns}`, '--format=csv,noheader,nounits')
  return `command -v nvidia-smi >/dev/null 2>&1 || { sw_say missing nvidia-smi; exit; }
sw_run ${seconds(timeout)} ${ask}`
}

export interface Gpu {
  readonly name: string
  readonly driver: string
  /** Share of the memory in use; undefined where the card does not tell. */
  readonly memoryPercent: number | undefined
  readonly temperature: number | undefined
}

/** One card a line; a value that a card does not tell is "[N/A]", "[Not Supported]" or "[Unknown Error]". */
function parseGpus(output: string): readonly Gpu[] | undefined {
  const gpus = output
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(parseGpu)
  const known = gpus.filter(gpu => gpu !== undefined)
  return known.length === gpus.length ? known : undefined
}

function parseGpu(line: string): Gpu | undefined {
  const fields = line.split(',').map(field => field.trim())
  if (fields.length < 5) return undefined
  const [driver = '', used = '', total = '', temperature = ''] = fields.slice(-4)
  const name = fields.slice(0, -4).join(', ')
  if (name === '' || ![used, total, temperature].every(field => /^\d+$|^\[.+\]$|^N\/A$/.test(field)))
    return undefined
  const number = (field: string) => (/^\d+$/.test(field) ? Number(field) : undefined)
  const [a, b] = [number(used), number(total)]
  return {
    name,
    driver,
    memoryPercent: a === undefined || b === undefined || b === 0 ? undefined : (a / b) * 100,
    temperature: number(temperature),
  }
}

function judgeGpu(check: GpuCheck, { values }: Said): Attempt {
  const output = values['out'] ?? ''
  // The driver answers, and has found none: that is knowledge.
  const none = /^No devices (were )?found/i.test(output.trim())
  if (!none && values['exit'] !== '0') {
    if (!values['exit'])
      return attempt('unknown', text('nvidia-smi did not end in time', 'nvidia-smi endete nicht rechtzeitig'))
    return unreadable('nvidia-smi', output.trim() === '' ? (values['err'] ?? '') : output)
  }
  const gpus = none ? [] : parseGpus(output)
  if (gpus === undefined || (gpus.length === 0 && !none)) return unreadable('nvidia-smi', output)
  const fitting = gpus.filter(gpu => fits(check, gpu))
  const details = { gpus: gpus.map(({ name }) => name).join('; '), count: fitting.length }
  const found =
    gpus.length === 0
      ? text('no graphics processor', 'kein Grafikprozessor')
      : joinTexts(gpus.map(describe), '; ', '; ')
  if (fitting.length < check.minCount) return judged(found, [wanted(check)], details)
  const missing = fitting.flatMap(gpu => limits(check, gpu))
  const untold = fitting.find(gpu => isUntold(check, gpu))
  if (missing.length === 0 && untold !== undefined) {
    return attempt(
      'unknown',
      text(`${untold.name} does not tell what is limited`, `${untold.name} verrät nicht, was begrenzt ist`),
      details,
    )
  }
  return judged(found, missing, details)
}

const asText = { source: 'text', redact: (input: string) => input } as const

function fits({ name: wantedName }: GpuCheck, { name }: Gpu): boolean {
  return wantedName === undefined || match(text('name', 'Name'), name, wantedName, asText) === undefined
}

function wanted({ minCount, name }: GpuCheck): Text {
  const least = atLeast(`${minCount}`)
  if (name === undefined) return least
  const rule = match(text('', ''), undefined, name, asText)
  const words = (sentence: string, after: string) =>
    sentence.slice(sentence.lastIndexOf(after) + after.length)
  return text(
    `${least.en} with the name ${words(rule?.en ?? '', 'expected ')}`,
    `${least.de} mit dem Namen ${words(rule?.de ?? '', 'erwartet ')}`,
  )
}

function limits({ maxMemoryPercent, maxTemperature, minDriver }: GpuCheck, gpu: Gpu): readonly Text[] {
  const { memoryPercent, temperature, driver } = gpu
  return [
    ...(maxMemoryPercent !== undefined && memoryPercent !== undefined && memoryPercent > maxMemoryPercent
      ? [atMost(`${maxMemoryPercent} %`)]
      : []),
    ...(maxTemperature !== undefined && temperature !== undefined && temperature > maxTemperature
      ? [atMost(`${maxTemperature} °C`)]
      : []),
    ...(minDriver !== undefined && isVersion(driver) && isOlder(driver, minDriver)
      ? [text(`driver ${minDriver} or newer`, `Treiber ${minDriver} oder neuer`)]
      : []),
  ]
}

function isUntold({ maxMemoryPercent, maxTemperature, minDriver }: GpuCheck, gpu: Gpu): boolean {
  return (
    (maxMemoryPercent !== undefined && gpu.memoryPercent === undefined) ||
    (maxTemperature !== undefined && gpu.temperature === undefined) ||
    (minDriver !== undefined && !isVersion(gpu.driver))
  )
}

function isVersion(driver: string): boolean {
  return /^\d+(\.\d+)*$/.test(driver)
}

/** Compared part by part: 550.9 is older than 550.54. */
function isOlder(version: string, than: string): boolean {
  const [a, b] = [version.split('.').map(Number), than.split('.').map(Number)]
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [one, other] = [a[index] ?? 0, b[index] ?? 0]
    if (one !== other) return one < other
  }
  return false
}

function describe({ name, driver, memoryPercent, temperature }: Gpu): Text {
  const told = [
    ...(memoryPercent === undefined
      ? []
      : [text(`${Math.ceil(memoryPercent)} % memory`, `${Math.ceil(memoryPercent)} % Speicher`)]),
    ...(temperature === undefined ? [] : [text(`${temperature} °C`, `${temperature} °C`)]),
    text(`driver ${driver}`, `Treiber ${driver}`),
  ]
  const all = joinTexts(told, ', ', ', ')
  return text(`${name} (${all.en})`, `${name} (${all.de})`)
}
