// Files that rsync sends and fetches, because it knows no streams. What of a source has arrived stays for the next attempt, under
// its SHA-256; whoever works on it has moved it away first, so that two never write the same file.
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { text } from '../../../core/lang.ts'
import { ProblemError } from '../../../core/problem.ts'
import type { Source } from '../../destination.ts'
import { differs, refused } from '../problems.ts'
import { promisedBytes } from '../promised.ts'

/** A directory of one's own in the spool, removed when disposed of. */
export interface Work extends AsyncDisposable {
  readonly directory: string
}

export async function makeWork(spool: string): Promise<Work> {
  await mkdir(spool, { recursive: true, mode: 0o700 })
  const directory = await mkdtemp(join(spool, 'work-'))
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

export interface Spooling {
  readonly name: string
  readonly path: string
  readonly spool: string
  readonly source: Source
  readonly signal: AbortSignal
}

/** Brings the whole source into `file` and checks its SHA-256. Returns where the source was opened. */
export async function fetchSource(spooling: Spooling, file: string): Promise<number> {
  const { name, path, source, signal } = spooling
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await rename(waiting(spooling), file).catch(() => undefined)
  for (;;) {
    const lying = await stat(file).then(
      ({ size }) => size,
      () => 0,
    )
    const from = lying > source.bytes ? 0 : lying
    try {
      await pipeline(
        promisedBytes({ destination: name, path, source, from, signal }),
        createWriteStream(file, { mode: 0o600, flags: from === 0 ? 'w' : 'a' }),
      )
    } catch (error) {
      if (ProblemError.is(error)) throw error
      const why = `${spooling.spool}: ${error instanceof Error ? error.message : String(error)}`
      throw new ProblemError(refused(name, path, text(why, why)))
    }
    if ((await sha256Of(file)) === source.sha256) return from
    await rm(file)
    if (from === 0) throw new ProblemError(differs(name, path))
  }
}

/** Keeps what has arrived for the next attempt. */
export async function keep(spooling: Spooling, file: string): Promise<void> {
  await rename(file, waiting(spooling)).catch(() => undefined)
}

function waiting({ spool, source }: Spooling): string {
  return join(spool, `.part-${source.sha256}`)
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** Removes what waits for an attempt that does not come; returns how many. `before`: milliseconds since 1970. */
export async function sweepSpool(spool: string, before: number): Promise<number> {
  let swept = 0
  for (const entry of await readdir(spool).catch(() => [])) {
    const path = join(spool, entry)
    const found = await lstat(path).catch(() => undefined)
    if (!found || found.mtimeMs > before || !/^(work-|\.part-)/.test(entry)) continue
    // Under another name first: an attempt that begins now must not get half of it.
    const away = join(spool, `work-${randomBytes(6).toString('hex')}`)
    await rename(path, away).catch(() => undefined)
    await rm(away, { recursive: true, force: true })
    if (entry.startsWith('.part-')) swept += 1
  }
  return swept
}
