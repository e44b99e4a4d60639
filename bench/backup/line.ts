// One large file over a line with 50 ms round trip: our upload beside OpenSSH's own client, in turns.
import { createCipheriv, createHash } from 'node:crypto'
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeSftpDestination } from '../../src/backup/destinations/sftp.ts'
import { startDelayProxy } from '../../test/rigs/delay-proxy.ts'
import type { Nas } from '../../test/rigs/nas.ts'
import { median } from '../report.ts'
import { sshOptions } from './tools.ts'
import { measure } from './usage.ts'

export interface LineFigures {
  readonly ownMs: number
  readonly openSshMs: number
  /** Median over pairs of the same round. */
  readonly ratio: number
}

export async function measureLine(
  directory: string,
  nas: Nas,
  { megabytes, rounds, rttMs }: { megabytes: number; rounds: number; rttMs: number },
): Promise<LineFigures> {
  const file = join(directory, 'file')
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, 1), Buffer.alloc(16))
  writeFileSync(file, cipher.update(Buffer.alloc(megabytes << 20)))
  const source = {
    bytes: megabytes << 20,
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    open: async (from: number) => createReadStream(file, { start: from, highWaterMark: 1 << 18 }),
  }
  await using proxy = await startDelayProxy()
  const { port } = await proxy.add({ host: '127.0.0.1', port: nas.port }, rttMs)
  const own: number[] = []
  const theirs: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const begin = performance.now()
    const destination = makeSftpDestination({ name: 'nas', config: { ...nas.config, port }, home: '/' })
    await destination.write(`line/own-${round}`, source)
    await destination.close()
    own.push(performance.now() - begin)
    await destination.remove(`line/own-${round}`)
    await destination.close()
    const put = `echo 'put ${file} volume1/openssh' | sftp -q ${sshOptions(nas, port)} -b - ${nas.user}@127.0.0.1 >/dev/null`
    theirs.push((await measure(put, { cwd: directory })).wallMs)
  }
  return {
    ownMs: median(own),
    openSshMs: median(theirs),
    ratio: median(theirs.map((ms, index) => ms / (own[index] ?? Number.NaN))),
  }
}
