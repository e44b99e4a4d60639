// Crashes at chosen points of a run, seen in the journals on the hosts: the one clock that a run and its crash share.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Ended } from './command-line.ts'
import { full } from './full.ts'
import type { Running, Story } from './story.ts'

export interface Crash {
  /** false: the command came to its end before that many records were written. */
  readonly hit: boolean
  readonly ended: Ended
  /** The record that was last on its host when the harm was done. */
  readonly last: string
}

/** Starts a command and does `harm` (default: kill -9) as soon as all hosts together have `records` more journal records
 *  than before, then waits for the command's end. */
export async function crashAt(
  story: Story,
  words: readonly [string, ...string[]],
  records: number,
  harm: (running: Running) => unknown = running => running.kill('SIGKILL'),
): Promise<Crash> {
  const journals = watchJournals(story)
  const before = journals.count()
  const crash = await crashOnce(story, words, () => journals.count() - before >= records, harm)
  return { ...crash, last: journals.last() }
}

/** The same as soon as something else is true. */
export async function crashOnce(
  story: Story,
  words: readonly [string, ...string[]],
  isTime: () => boolean,
  harm: (running: Running) => unknown = running => running.kill('SIGKILL'),
): Promise<Omit<Crash, 'last'>> {
  const running = story.start(...words)
  let over = false
  const ended = running.ended.finally(() => {
    over = true
  })
  let hit = false
  while (!over && !hit) {
    hit = isTime()
    if (!hit) await new Promise(resolve => setTimeout(resolve, 1))
  }
  if (hit) await harm(running)
  return { hit, ended: await ended }
}

/** Complete records in the journals of all runs on all hosts. */
export function countRecords(story: Story): number {
  return watchJournals(story).count()
}

// Synchronous: the crash must not come later than it has to. A journal only grows, so its size tells whether to read it.
function watchJournals(story: Story): { count(): number; last(): string } {
  const known = new Map<string, { size: number; lines: number }>()
  let last = ''
  function read(path: string): number {
    const size = orElse(0, () => statSync(path).size)
    const before = known.get(path)
    if (before?.size === size) return before.lines
    const lines = orElse('', () => readFileSync(path, 'utf8'))
      .split('\n')
      .slice(0, -1)
    known.set(path, { size, lines: lines.length })
    last = lines.at(-1) ?? last
    return lines.length
  }
  return {
    count: () =>
      story.hosts
        .flatMap(({ root }) => [join(root, '.stellwerk/runs'), join(root, 'backups/.stellwerk/runs')])
        .flatMap(runs => orElse([], () => readdirSync(runs)).map(run => join(runs, run, 'journal.jsonl')))
        .reduce((sum, path) => sum + read(path), 0),
    last: () =>
      `${/"type":"([^"]*)"/.exec(last)?.[1] ?? ''} ${/"step":"([^"]*)"/.exec(last)?.[1] ?? ''}`.trim(),
  }
}

function orElse<T>(other: T, action: () => T): T {
  try {
    return action()
  } catch {
    return other
  }
}

/** All points in the full mode (STELLWERK_FULL=1), else about `count` of them: evenly spread, and others each day. */
export function sample(points: readonly number[], count: number): readonly number[] {
  if (full) return points
  const every = Math.max(1, Math.round(points.length / count))
  const first = Math.floor(Date.now() / 86_400_000) % every
  return points.filter((_, index) => index % every === first)
}
