// The faults that ever made a backup worthless, each done to a tool on a Site. A tool passes when it said so, or had nothing to say
// because its new backup is good all the same, and when the older good backup is still there.
import { open, rm, stat, truncate } from 'node:fs/promises'
import { dyingDump, oldDump, type RunEnd, type RunOptions, type Site, type Subject } from './backup-site.ts'

export interface Verdict {
  /** reported: it said so. whole: there was nothing to say. silent: neither. absent: it has no such thing. */
  readonly answer: 'reported' | 'whole' | 'silent' | 'absent'
  readonly olderKept: boolean
  /** What it said. */
  readonly said: string
}

export interface Fault {
  readonly name: string
  run(site: Site, subject: Subject): Promise<Verdict>
}

export function passes({ answer, olderKept }: Verdict): boolean {
  return (answer === 'reported' || answer === 'whole') && olderKept
}

export const faults: readonly Fault[] = [
  failing('wrong database', () => ({ database: 'nowhere' })),
  failing('dump tool killed', async site => ({ path: await site.fake('pg_dump', dyingDump) })),
  whileUploading('tool killed while it uploads', (_, running) => running.kill()),
  whileUploading('network cut while it uploads', site => site.line.cut()),
  {
    name: 'destination full',
    async run(site, subject) {
      await subject.reset()
      const filled = await site.fillNas()
      const end = await subject.start().ended
      await filled[Symbol.asyncDispose]()
      return judge(subject, end)
    },
  },
  {
    name: 'disk here full',
    async run(site, subject) {
      await subject.reset()
      // Who needs no room here has nothing to say.
      return judge(subject, await subject.start({ room: site.smallDisk }).ended)
    },
  },
  damage('one byte changed at the destination', async file => {
    await using handle = await open(file, 'r+')
    const at = Math.floor((await handle.stat()).size / 2)
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at)
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at)
  }),
  ...[30, 60, 95].map(percent =>
    damage(`cut at ${percent} % at the destination`, async file =>
      truncate(file, Math.floor(((await stat(file)).size * percent) / 100)),
    ),
  ),
  damage('part deleted at the destination', file => rm(file)),
  failing('older client than server', async site => ({ path: await site.fake('pg_dump', oldDump) })),
  failing('tables without rows', () => ({ database: 'empty' })),
  failing('directory without files', site => ({ files: site.emptyFiles })),
  {
    name: 'SQLite with a busy writer',
    async run(site, subject) {
      await subject.reset()
      await using _ = await site.writeBusily()
      return judge(subject, await subject.start({ what: 'sqlite' }).ended, 'sqlite')
    },
  },
  {
    name: 'two at once',
    async run(_, subject) {
      await subject.reset()
      const ends = await Promise.all([subject.start().ended, subject.start().ended])
      const good = ends.find(({ code }) => code === 0)
      const refused = ends.find(({ code }) => code !== 0)
      const whole = good !== undefined && (await subject.newestWhole())
      return {
        answer: whole ? 'whole' : refused ? 'reported' : 'silent',
        olderKept: await subject.olderIntact(),
        said: refused?.said ?? 'both went through',
      }
    },
  },
  {
    name: 'clock two days ahead, then right again',
    async run(_, subject) {
      await subject.reset()
      const ahead = await subject.start({ clock: '+2d' }).ended
      const back = ahead.code === 0 ? await subject.start().ended : ahead
      return judge(subject, back)
    },
  },
  {
    name: 'twenty failed nights, then retention',
    async run(_, subject) {
      await subject.reset()
      return judge(subject, await subject.badNights())
    },
  },
]

async function judge(subject: Subject, end: RunEnd, what?: RunOptions['what']): Promise<Verdict> {
  const olderKept = await subject.olderIntact()
  const { said } = end
  if (end.code !== 0) return { answer: 'reported', olderKept, said }
  return { answer: (await subject.newestWhole(what)) ? 'whole' : 'silent', olderKept, said }
}

/** A run that must not end well, whatever lies there afterwards. */
function failing(name: string, options: (site: Site) => RunOptions | Promise<RunOptions>): Fault {
  return {
    name,
    async run(site, subject) {
      await subject.reset()
      const { code, said } = await subject.start(await options(site)).ended
      return { answer: code === 0 ? 'silent' : 'reported', olderKept: await subject.olderIntact(), said }
    },
  }
}

/** Harm in the middle of the upload; and the run after it must not be blocked by what is left. */
function whileUploading(name: string, harm: (site: Site, running: { kill(): void }) => unknown): Fault {
  return {
    name,
    async run(site, subject) {
      await subject.reset()
      const running = subject.start()
      await running.uploading
      await site.line.stall()
      await harm(site, running)
      await site.line.resume()
      const end = await running.ended
      const verdict = await judge(subject, end)
      const next = await subject.start().ended
      if (next.code === 0) return verdict
      return { ...verdict, answer: 'silent', said: `the next run is blocked: ${next.said}` }
    },
  }
}

/** Harm to a backup that was good: whoever asks must learn of it. */
function damage(name: string, harm: (file: string) => Promise<unknown>): Fault {
  return {
    name,
    async run(_, subject) {
      await subject.reset()
      const made = await subject.start().ended
      if (made.code !== 0) throw new Error(`the healthy run failed: ${made.said}`)
      await harm(await subject.newestData())
      const proof = await subject.prove()
      const olderKept = await subject.olderIntact()
      if (!proof) return { answer: 'absent', olderKept, said: 'knows no sums' }
      return { answer: proof.code === 0 ? 'silent' : 'reported', olderKept, said: proof.said }
    },
  }
}
