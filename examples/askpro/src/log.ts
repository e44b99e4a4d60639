// One JSON object a line on standard output; whoever starts the process keeps and rotates it.
import type { Settings } from './settings.ts'

export type Log = (entry: Readonly<Record<string, unknown>>) => void

export function makeLog(process_: string, settings: Settings): Log {
  return entry => {
    console.log(
      JSON.stringify({
        at: new Date().toISOString(),
        process: process_,
        release: settings.release,
        ...entry,
      }),
    )
  }
}
