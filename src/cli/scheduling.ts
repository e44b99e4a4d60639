// What the commands about the schedule share: its entries, and what this machine remembers of them.
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { type Entry, type Memory, parseMemory, withEntries } from '../backup/schedule-memory.ts'
import { parseSchedule } from '../backup/schedule-words.ts'
import type { Config } from '../config/config.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { noBackup } from '../procedures/backup.ts'
import type { Context } from './context.ts'
import { loadConfig } from './loading.ts'
import type { LoadedConfig } from './wiring.ts'

export interface Scheduled {
  readonly config: Config
  readonly entries: readonly Entry[]
  /** Absolute path of stellwerk.yaml. */
  readonly file: string
}

/** The file and its entries; no host is asked. `needed`: without any entry there is nothing to do. */
export async function loadSchedule(
  context: Context,
  needed = true,
): Promise<Result<Scheduled, readonly Problem[]>> {
  const loaded = await loadConfig(context)
  if (!loaded.ok) return loaded
  const entries = entriesOf(loaded.value, needed)
  if (!entries.ok) return entries
  const { config, file } = loaded.value
  return ok({ config, entries: entries.value, file: resolve(context.wiring.cwd, file) })
}

function entriesOf({ config }: LoadedConfig, needed: boolean): Result<readonly Entry[], readonly Problem[]> {
  const { backup } = config
  if (!backup) return err([noBackup(config)])
  const entries: Entry[] = []
  const problems: Problem[] = []
  for (const [name, written] of Object.entries(backup.schedule)) {
    const schedule = parseSchedule(written)
    if (schedule.ok) entries.push({ name, schedule: schedule.value })
    else problems.push(schedule.error)
  }
  if (needed && entries.length === 0 && problems.length === 0) problems.push(nothingScheduled(config))
  return problems.length > 0 ? err(problems) : ok(entries)
}

function nothingScheduled(config: Config): Problem {
  return {
    code: 'STW-B541',
    what: text(
      `backup.schedule of ${config.app} is empty, so nothing is ever due`,
      `backup.schedule von ${config.app} ist leer, also ist nie etwas fällig`,
    ),
    next: [text('stellwerk explain backup.schedule', 'stellwerk explain backup.schedule')],
  }
}

/** One memory for each file and environment. */
function memoryName({ config, file }: Scheduled): string {
  const place = createHash('sha256').update(file).digest('hex').slice(0, 8)
  return `schedule/${config.app}_${config.environment.name}_${place}.json`
}

/** Undefined when there is none, or none that can be read: then counting begins anew. */
export async function recallSchedule(context: Context, scheduled: Scheduled): Promise<Memory | undefined> {
  const content = await context.wiring.recall(memoryName(scheduled))
  return content === undefined ? undefined : parseMemory(content)
}

/** The same with all entries of the file. What is new is written at once, or it would be new for ever. */
export async function rememberEntries(context: Context, scheduled: Scheduled): Promise<Result<Memory>> {
  const before = await recallSchedule(context, scheduled)
  const memory = withEntries(before, scheduled.entries, context.wiring.clock.now())
  const names = (of: Memory | undefined) => Object.keys(of?.entries ?? {}).join()
  if (names(before) === names(memory)) return ok(memory)
  const kept = await rememberSchedule(context, scheduled, memory)
  return kept.ok ? ok(memory) : kept
}

export async function rememberSchedule(
  context: Context,
  scheduled: Scheduled,
  memory: Memory,
): Promise<Result<void>> {
  return context.wiring.remember(memoryName(scheduled), `${JSON.stringify(memory, undefined, 2)}\n`)
}
