// One JSON object a line on standard output, with the level words that a search for errors expects.
import type { Settings } from './settings.ts'

export type Level = 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL'
export type Log = (level: Level, event: string, details?: Readonly<Record<string, unknown>>) => void

export function makeLog(name: string, settings: Pick<Settings, 'release'>): Log {
  return (level, event, details = {}) => {
    const at = new Date().toISOString()
    console.log(JSON.stringify({ at, level, process: name, release: settings.release, event, ...details }))
  }
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
