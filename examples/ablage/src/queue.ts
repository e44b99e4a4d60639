// The queue between backend and workers: one list that waits, one list for each worker with what it has at hand. A job leaves the
// second list only when it is done, so nothing is lost when a worker is killed.
import type { Redis, Reply } from './redis.ts'

const waiting = 'ablage:warteschlange'
const paused = 'ablage:angehalten'
const handPrefix = 'ablage:in-arbeit:'
const beatPrefix = 'ablage:worker:'

export interface QueueLength {
  readonly wartend: number
  readonly in_arbeit: number
  /** Both. */
  readonly laenge: number
  /** Workers finish what they have and take nothing new. */
  readonly angehalten: boolean
}

export async function enqueue(redis: Redis, documentId: string): Promise<void> {
  await redis.send('LPUSH', waiting, documentId)
}

/** Waits up to a second for a job; undefined when there was none. It is at hand until `complete` or `giveBack`. */
export async function claim(redis: Redis, worker: string): Promise<string | undefined> {
  const job = await redis.send('BLMOVE', waiting, handPrefix + worker, 'RIGHT', 'LEFT', 1)
  return typeof job === 'string' ? job : undefined
}

export async function complete(redis: Redis, worker: string, documentId: string): Promise<void> {
  await redis.send('LREM', handPrefix + worker, 1, documentId)
}

/** Everything at hand goes back to the front of those that wait; how many that were. */
export async function giveBack(redis: Redis, worker: string): Promise<number> {
  for (let count = 0; ; count += 1) {
    const moved = await redis.send('LMOVE', handPrefix + worker, waiting, 'LEFT', 'RIGHT')
    if (moved === null) return count
  }
}

export async function giveBackAll(redis: Redis): Promise<number> {
  const counts = await Promise.all(
    (await keys(redis, handPrefix)).map(key => giveBack(redis, key.slice(handPrefix.length))),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

export async function queueLength(redis: Redis): Promise<QueueLength> {
  const hands = await Promise.all((await keys(redis, handPrefix)).map(key => redis.send('LLEN', key)))
  const [length, stopped] = await Promise.all([redis.send('LLEN', waiting), isPaused(redis)])
  const atHand = hands.reduce<number>((sum, count) => sum + Number(count), 0)
  return {
    wartend: Number(length),
    in_arbeit: atHand,
    laenge: Number(length) + atHand,
    angehalten: stopped,
  }
}

export async function pauseQueue(redis: Redis, on: boolean): Promise<void> {
  if (on) await redis.send('SET', paused, new Date().toISOString())
  else await redis.send('DEL', paused)
}

export async function isPaused(redis: Redis): Promise<boolean> {
  return (await redis.send('EXISTS', paused)) === 1
}

export interface Beat {
  readonly worker: string
  readonly release: string
  readonly at: string
}

/** A worker that says nothing for `life` milliseconds is none. */
export async function beat(redis: Redis, { worker, release }: Omit<Beat, 'at'>, life: number): Promise<void> {
  const value = JSON.stringify({ worker, release, at: new Date().toISOString() })
  await redis.send('SET', beatPrefix + worker, value, 'PX', life)
}

export async function forget(redis: Redis, worker: string): Promise<void> {
  await redis.send('DEL', beatPrefix + worker)
}

export async function workers(redis: Redis): Promise<readonly Beat[]> {
  const values = await Promise.all((await keys(redis, beatPrefix)).map(key => redis.send('GET', key)))
  return values.filter((value): value is string => typeof value === 'string').map(value => JSON.parse(value))
}

async function keys(redis: Redis, prefix: string): Promise<readonly string[]> {
  const found: string[] = []
  let cursor: Reply = '0'
  do {
    const reply: Reply = await redis.send('SCAN', String(cursor), 'MATCH', `${prefix}*`, 'COUNT', 100)
    if (!Array.isArray(reply)) break
    cursor = reply[0] ?? '0'
    if (Array.isArray(reply[1])) found.push(...reply[1].map(String))
  } while (cursor !== '0')
  return [...new Set(found)]
}
