// All it takes to start one process of a service: plain data inside a step.
import type { ProcessService } from '../../config/schema/service.ts'

export type Slot = 0 | 1

export interface ProcessSpec {
  readonly service: string
  readonly slot: Slot
  /** Absent: a worker, ready when it has lived for a second. */
  readonly port?: number
  readonly release: string
  readonly command: string
  /** Values may hold `${NAME}` of a secret. */
  readonly env: Readonly<Record<string, string>>
  /** Names of the secrets that env and command refer to. */
  readonly secrets: readonly string[]
  /** Milliseconds until it must listen. */
  readonly ready: number
  readonly stop: StopSpec
  readonly restart: ProcessService['restart']
  readonly log: ProcessService['log']
}

export interface StopSpec {
  readonly signal: ProcessService['stop']['signal']
  /** Milliseconds, then KILL. */
  readonly timeout: number
}

/** Whole seconds, at least one: sh counts in seconds. */
export function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000))
}

/** As /proc/net/tcp writes a port. */
export function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}
