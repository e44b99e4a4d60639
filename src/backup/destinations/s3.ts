// A bucket of an S3-compatible store. Objects appear whole or not at all, so nothing needs a rename to become visible.
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { DestinationConfig } from '../../config/schema/destination.ts'
import { systemClock } from '../../core/clock.ts'
import { text } from '../../core/lang.ts'
import { ProblemError } from '../../core/problem.ts'
import type { Destination, Entry } from '../destination.ts'
import { checkedDirectory, checkedPath, isPartial } from './path.ts'
import { missing } from './problems.ts'
import { wholeBody } from './s3/body.ts'
import { asking, isNamed, oddAnswer } from './s3/problems.ts'
import { sweepUploads } from './s3/sweep.ts'
import { type Bucket, put, upload } from './s3/upload.ts'

export interface S3Options {
  readonly name: string
  readonly config: Pick<
    Extract<DestinationConfig, { kind: 's3' }>,
    'bucket' | 'prefix' | 'endpoint' | 'region'
  >
  readonly accessKey: string
  readonly secretKey: string
}

export async function makeS3Destination(options: S3Options): Promise<Destination> {
  const sdk = await import('@aws-sdk/client-s3')
  const { name, config, accessKey, secretKey } = options
  const top = config.prefix.replace(/\/+$/, '')
  const client = new sdk.S3Client({
    region: config.region,
    // A server of one's own seldom has a name for each bucket.
    ...(config.endpoint && { endpoint: config.endpoint, forcePathStyle: true }),
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    // Stores other than AWS refuse the check sums that the SDK would add by itself; each part goes with its MD5.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 15_000, socketTimeout: 60_000 },
  })
  const bucket: Bucket = {
    name,
    bucket: config.bucket,
    address: config.endpoint ? new URL(config.endpoint).host : `s3.${config.region}.amazonaws.com`,
    secrets: [accessKey, secretKey],
    sdk,
    client,
    keyOf: path => [top, path].filter(part => part !== '').join('/'),
  }
  const Bucket = config.bucket
  const at = (path: string) => ({ Bucket, Key: bucket.keyOf(checkedPath(name, path)) })
  /** What is below a directory: '' is the top. */
  const below = (directory: string) => {
    const key = bucket.keyOf(directory)
    return key === '' ? '' : `${key}/`
  }

  async function list(directory: string): Promise<readonly Entry[]> {
    const Prefix = below(checkedDirectory(name, directory))
    const entries: Entry[] = []
    await asking(bucket, directory, async () => {
      for await (const page of pages(Prefix, '/')) {
        // A bucket has no directories, so they have no time either.
        for (const entry of page.CommonPrefixes ?? [])
          entries.push({ name: nameIn(Prefix, entry.Prefix), kind: 'directory', bytes: 0, changedAt: 0 })
        for (const { Key, Size = 0, LastModified } of page.Contents ?? [])
          entries.push({
            name: nameIn(Prefix, Key),
            kind: 'file',
            bytes: Size,
            changedAt: LastModified?.getTime() ?? 0,
          })
      }
    })
    // Some tools leave an empty object where they want a directory to be seen: it has no name.
    return entries.filter(entry => entry.name !== '' && !isPartial(entry.name))
  }

  /** Keys come URL-encoded, because XML cannot hold every name. */
  async function* pages(Prefix: string, Delimiter?: string) {
    const input = { Bucket, Prefix, EncodingType: 'url', ...(Delimiter && { Delimiter }) } as const
    for (let ContinuationToken: string | undefined; ; ) {
      const command = new sdk.ListObjectsV2Command({
        ...input,
        ...(ContinuationToken && { ContinuationToken }),
      })
      const page = await client.send(command)
      const plain = (key: string | undefined) =>
        page.EncodingType === 'url' ? decodeURIComponent((key ?? '').replaceAll('+', ' ')) : (key ?? '')
      yield {
        Contents: page.Contents?.map(entry => ({ ...entry, Key: plain(entry.Key) })),
        CommonPrefixes: page.CommonPrefixes?.map(entry => ({ Prefix: plain(entry.Prefix) })),
      }
      if (!page.IsTruncated) return
      if (!page.NextContinuationToken || page.NextContinuationToken === ContinuationToken)
        throw oddAnswer(bucket, text('a list breaks off', 'eine Liste bricht ab'))
      ContinuationToken = page.NextContinuationToken
    }
  }

  async function read(
    path: string,
    { from = 0, signal }: { from?: number; signal?: AbortSignal } = {},
  ): Promise<Readable> {
    const Range = from > 0 ? `bytes=${from}-` : undefined
    const command = new sdk.GetObjectCommand({ ...at(path), ...(Range && { Range }) })
    return asking(bucket, path, async () => {
      try {
        const answer = await client.send(command, { ...(signal && { abortSignal: signal }) })
        const { Body, ContentLength, ContentRange } = answer
        if (!(Body instanceof Readable) || ContentLength === undefined)
          throw oddAnswer(bucket, text('it does not say how long a file is', 'die Länge einer Datei fehlt'))
        if (from > 0 && !ContentRange?.startsWith(`bytes ${from}-`))
          throw oddAnswer(
            bucket,
            text('it gives other bytes than it was asked for', 'es kommen andere Bytes als verlangt'),
          )
          // A slow reader is not a silent store: from here on wholeBody watches.
        ;(Body as unknown as IncomingMessage).setTimeout(0)
        return wholeBody(bucket, path, Body, ContentLength, signal)
      } catch (error) {
        // Nothing is left from the very end on, which stores call an error.
        if (isNamed(error, 'InvalidRange') && (await sizeOf(path)) === from) return Readable.from([])
        throw error
      }
    })
  }

  async function sizeOf(path: string): Promise<number | undefined> {
    return (await client.send(new sdk.HeadObjectCommand(at(path)))).ContentLength
  }

  async function removeObject(path: string, key: string): Promise<void> {
    await asking(bucket, path, () => client.send(new sdk.DeleteObjectCommand({ Bucket, Key: key })))
  }

  /** Every key below a directory, partial ones too. */
  async function keysBelow(path: string) {
    const keys: { readonly key: string; readonly changedAt: number }[] = []
    await asking(bucket, path, async () => {
      // A note without a time is never too old.
      for await (const page of pages(below(path)))
        for (const { Key, LastModified } of page.Contents ?? [])
          keys.push({ key: Key, changedAt: LastModified?.getTime() ?? Number.POSITIVE_INFINITY })
    })
    return keys
  }

  return {
    name,
    title: `s3://${config.bucket}${top === '' ? '' : `/${top}`}${config.endpoint ? ` (${bucket.address})` : ''}`,
    list,
    read,
    async readText(path) {
      try {
        return await streamText(await read(path))
      } catch (error) {
        if (ProblemError.is(error) && error.problem.code === missing(name, path).code) return undefined
        throw error
      }
    },
    async writeText(path, content) {
      await put(bucket, checkedPath(name, path), Buffer.from(content))
    },
    async write(path, source, options = {}) {
      await upload(bucket, checkedPath(name, path), source, options)
    },
    /** Read back: the check sums that stores keep for an object of parts are not those of the file. */
    async hash(path, { signal } = {}) {
      const hash = createHash('sha256')
      let bytes = 0
      for await (const chunk of await read(path, { ...(signal && { signal }) })) {
        hash.update(chunk)
        bytes += chunk.length
      }
      return { sha256: hash.digest('hex'), bytes, how: 'read-back' }
    },
    async remove(path) {
      const { Key } = at(path)
      await removeObject(path, Key)
      // One by one: not every store knows how to remove many, and a set has few files.
      for (const { key } of await keysBelow(path)) await removeObject(path, key)
    },
    /** For documents: a store copies up to 5 GB at once. */
    async rename(from, to) {
      const [old, next] = [at(from), at(to)]
      const CopySource = [Bucket, ...old.Key.split('/')].map(encodeURIComponent).join('/')
      await asking(bucket, from, () => client.send(new sdk.CopyObjectCommand({ ...next, CopySource })))
      await removeObject(from, old.Key)
    },
    free: async () => undefined,
    sweep: async olderThanMs =>
      sweepUploads({
        bucket,
        below: below(''),
        keys: await keysBelow(''),
        before: systemClock.now().getTime() - olderThanMs,
      }),
    close: async () => client.destroy(),
  }
}

function nameIn(prefix: string, key: string | undefined): string {
  return (key ?? '').slice(prefix.length).replace(/\/$/, '')
}

async function streamText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
