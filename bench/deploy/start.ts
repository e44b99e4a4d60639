// How much longer `stellwerk --version` takes than Node alone.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median } from '../report.ts'
import type { Program } from './program.ts'

export interface Start {
  /** Milliseconds, medians. */
  readonly node: number
  readonly program: number
  readonly difference: number
}

const pairs = 41

export async function measureStart(program: Program, directory: string): Promise<Start> {
  mkdirSync(directory)
  const empty = join(directory, 'empty.js')
  writeFileSync(empty, '')
  const env = { ...process.env, XDG_CACHE_HOME: directory }
  const time = (...words: string[]) => {
    const begin = performance.now()
    spawnSync(program.node, words, { env, stdio: 'ignore' })
    return performance.now() - begin
  }
  time(program.file, '--version')
  const bare: number[] = []
  const ours: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    bare.push(time(empty))
    ours.push(time(program.file, '--version'))
  }
  const differences = ours.map((value, index) => value - (bare[index] ?? Number.NaN))
  return { node: median(bare), program: median(ours), difference: median(differences) }
}
