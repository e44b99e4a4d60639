// node src/jobs.ts length    prints {"wartend","in_arbeit","laenge","angehalten"}; 0 when nothing is left to do, else 3
// node src/jobs.ts pause     workers finish what they have and take nothing new
// node src/jobs.ts resume    they take jobs again
// node src/jobs.ts requeue   what workers have at hand waits again, for a worker that does not come back
import { join } from 'node:path'
import { reason } from './log.ts'
import { giveBackAll, pauseQueue, queueLength } from './queue.ts'
import { Redis } from './redis.ts'
import { loadSettings } from './settings.ts'

async function main(word: string | undefined): Promise<number> {
  const redis = new Redis(loadSettings(join(import.meta.dirname, '..'), process.env).redisUrl)
  try {
    if (word === 'length') {
      const length = await queueLength(redis)
      console.log(JSON.stringify(length))
      return length.laenge === 0 ? 0 : 3
    }
    if (word === 'pause' || word === 'resume') {
      await pauseQueue(redis, word === 'pause')
      return 0
    }
    if (word === 'requeue') {
      console.log(JSON.stringify({ zurueckgestellt: await giveBackAll(redis) }))
      return 0
    }
    throw new Error('usage: jobs.ts length|pause|resume|requeue')
  } finally {
    redis.close()
  }
}

try {
  process.exitCode = await main(process.argv[2])
} catch (error) {
  console.error(reason(error))
  process.exitCode = 2
}
