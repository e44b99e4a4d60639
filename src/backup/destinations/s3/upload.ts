// One file into a bucket: as parts, several at a time, under its final name, which shows the object only when it is whole. What
// lets it go on where an attempt broke off is a small document beside it, `.part-<hash>-<name>`, that names the unfinished upload.
import { createHash } from 'node:crypto'
import type { CompletedPart, Part, S3Client } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { text } from '../../../core/lang.ts'
import { ProblemError } from '../../../core/problem.ts'
import type { Source, WriteOptions } from '../../destination.ts'
import { partialPath } from '../path.ts'
import { incomplete } from '../problems.ts'
import { promisedBytes } from '../promised.ts'
import { asking, isNamed, oddAnswer, type Store } from './problems.ts'

export interface Bucket extends Store {
  readonly sdk: typeof import('@aws-sdk/client-s3')
  readonly client: S3Client
  keyOf(path: string): string
}

/** Parts on their way; one more is being filled. That is all the memory a file of up to 47 GB takes. */
const atOnce = 3
/** What every store takes as a part that is not the last one. */
const smallestPart = 5 * 1024 * 1024
/** A store takes 10 000. */
const mostParts = 9000

const note = z.object({
  upload: z.string().min(1),
  sha256: z.string(),
  bytes: z.number(),
  partBytes: z.number().int().min(1),
})
type Note = z.infer<typeof note>

interface Work {
  readonly bucket: Bucket
  readonly path: string
  readonly source: Source
  readonly signal: AbortSignal
  readonly onProgress: (done: number) => void
}

/** Rejects with ProblemError; then there is no new object. */
export async function upload(
  bucket: Bucket,
  path: string,
  source: Source,
  options: WriteOptions,
): Promise<void> {
  const over = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal
  const work = { bucket, path, source, signal, onProgress: options.onProgress ?? (() => {}) }
  const partBytes = Math.max(smallestPart, Math.ceil(source.bytes / mostParts))
  try {
    await (source.bytes <= partBytes ? putWhole(work) : putParts(work, partBytes))
  } finally {
    // What is still on its way when one part has failed must not go on behind the caller's back.
    over.abort()
  }
}

/** With its MD5, which every store checks: what was changed on the way is not taken. */
export async function put(
  bucket: Bucket,
  path: string,
  content: Buffer,
  signal?: AbortSignal,
): Promise<void> {
  const Key = bucket.keyOf(path)
  const command = new bucket.sdk.PutObjectCommand({
    Bucket: bucket.bucket,
    Key,
    Body: content,
    ContentMD5: md5(content).toString('base64'),
  })
  await asking(bucket, path, () => bucket.client.send(command, { ...(signal && { abortSignal: signal }) }))
}

async function putWhole({ bucket, path, source, signal, onProgress }: Work): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of promisedBytes({ destination: bucket.name, path, source, from: 0, signal }))
    chunks.push(chunk)
  await put(bucket, path, Buffer.concat(chunks), signal)
  onProgress(source.bytes)
}

async function putParts(work: Work, partBytes: number): Promise<void> {
  const { bucket, path, source, signal } = work
  const { note, parts } = (await unfinished(work)) ?? (await begin(work, partBytes))
  const sent = await sendParts(work, note, parts)
  await complete(work, note, sent)
  await bucket.client
    .send(
      new bucket.sdk.DeleteObjectCommand({
        Bucket: bucket.bucket,
        Key: bucket.keyOf(partialPath(path, source.sha256)),
      }),
      { abortSignal: signal },
    )
    // The file is there; the document points nowhere and is swept.
    .catch(() => undefined)
}

/** The upload that an earlier attempt with the same bytes has left, with its parts from the first on. */
async function unfinished(work: Work): Promise<{ note: Note; parts: readonly Part[] } | undefined> {
  const { bucket, path, source, signal } = work
  const found = await noteAt(bucket, partialPath(path, source.sha256), signal)
  if (found?.sha256 !== source.sha256 || found.bytes !== source.bytes) return undefined
  const parts = await partsOf(bucket, bucket.keyOf(path), found.upload, signal)
  if (!parts) return undefined
  // A part of another size, or a gap, ends what can be used.
  const whole = parts.findIndex(({ PartNumber, Size }, i) => PartNumber !== i + 1 || Size !== found.partBytes)
  return { note: found, parts: whole < 0 ? parts : parts.slice(0, whole) }
}

async function begin(work: Work, partBytes: number): Promise<{ note: Note; parts: readonly Part[] }> {
  const { bucket, path, source, signal } = work
  const command = new bucket.sdk.CreateMultipartUploadCommand({
    Bucket: bucket.bucket,
    Key: bucket.keyOf(path),
  })
  const { UploadId } = await asking(bucket, path, () => bucket.client.send(command, { abortSignal: signal }))
  if (!UploadId)
    throw oddAnswer(
      bucket,
      text('an upload that was begun has no id', 'ein begonnener Upload hat keine Kennung'),
    )
  const made = { upload: UploadId, sha256: source.sha256, bytes: source.bytes, partBytes }
  await put(bucket, partialPath(path, source.sha256), Buffer.from(JSON.stringify(made)), signal)
  return { note: made, parts: [] }
}

async function sendParts(work: Work, { upload, partBytes }: Note, lying: readonly Part[]) {
  const { bucket, path, signal, onProgress } = work
  const sent: CompletedPart[] = lying.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))
  const onTheirWay = new Set<Promise<void>>()
  const from = lying.length * partBytes
  let done = from
  let failure: unknown
  const send = async (content: Buffer, number: number) => {
    const command = new bucket.sdk.UploadPartCommand({
      Bucket: bucket.bucket,
      Key: bucket.keyOf(path),
      UploadId: upload,
      PartNumber: number,
      Body: content,
      ContentMD5: md5(content).toString('base64'),
    })
    const { ETag } = await asking(bucket, path, () => bucket.client.send(command, { abortSignal: signal }))
    sent[number - 1] = { PartNumber: number, ETag }
    done += content.length
    onProgress(done)
  }
  try {
    for await (const { content, number } of parts(work, from, partBytes, lying.length)) {
      const sending = send(content, number)
        .catch((error: unknown) => {
          failure ??= error
        })
        .finally(() => onTheirWay.delete(sending))
      onTheirWay.add(sending)
      if (onTheirWay.size >= atOnce) await Promise.race(onTheirWay)
      if (failure !== undefined) break
    }
  } finally {
    // Parts that arrive are not sent again, whatever stopped the others.
    await Promise.all(onTheirWay)
  }
  if (failure !== undefined) throw failure
  return sent
}

/** Cuts the source into parts. Each is copied together in place, so that one part's memory is all it takes. */
async function* parts(work: Work, from: number, partBytes: number, before: number) {
  const { bucket, path, source, signal } = work
  let number = before
  let at = from
  let filled = 0
  let content = Buffer.allocUnsafeSlow(Math.min(partBytes, source.bytes - at))
  for await (const chunk of promisedBytes({ destination: bucket.name, path, source, from, signal })) {
    for (let used = 0; used < chunk.length; ) {
      const size = chunk.copy(content, filled, used)
      used += size
      filled += size
      if (filled < content.length) continue
      number += 1
      at += filled
      yield { content, number }
      filled = 0
      content = Buffer.allocUnsafeSlow(Math.min(partBytes, source.bytes - at))
    }
  }
}

async function complete(work: Work, { upload }: Note, parts: readonly CompletedPart[]): Promise<void> {
  const { bucket, path, source, signal } = work
  const where = { Bucket: bucket.bucket, Key: bucket.keyOf(path) }
  const command = new bucket.sdk.CompleteMultipartUploadCommand({
    ...where,
    UploadId: upload,
    MultipartUpload: { Parts: [...parts] },
  })
  await asking(bucket, path, async () => {
    try {
      await bucket.client.send(command, { abortSignal: signal })
    } catch (error) {
      // A lost answer is asked for again, and the upload is over by then. What lies there tells whether it is ours.
      if (!isNamed(error, 'NoSuchUpload')) throw error
      const { ETag } = await bucket.client.send(new bucket.sdk.HeadObjectCommand(where))
      if (bare(ETag) !== wholeTag(parts)) throw error
    }
    const { ContentLength } = await bucket.client.send(new bucket.sdk.HeadObjectCommand(where))
    if (ContentLength === source.bytes) return
    await bucket.client.send(new bucket.sdk.DeleteObjectCommand(where))
    throw new ProblemError(incomplete(bucket.name, path))
  })
}

/** As S3 names an object that was made of parts. */
function wholeTag(parts: readonly CompletedPart[]): string {
  const tags = parts.map(({ ETag }) => Buffer.from(bare(ETag), 'hex'))
  return `${md5(Buffer.concat(tags)).toString('hex')}-${parts.length}`
}

function bare(tag: string | undefined): string {
  return (tag ?? '').replaceAll('"', '')
}

function md5(content: Buffer): Buffer {
  return createHash('md5').update(content).digest()
}

/** The document of an unfinished upload; undefined when there is none that can be understood. */
async function noteAt(bucket: Bucket, path: string, signal?: AbortSignal): Promise<Note | undefined> {
  const command = new bucket.sdk.GetObjectCommand({ Bucket: bucket.bucket, Key: bucket.keyOf(path) })
  return asking(bucket, path, async () => {
    try {
      const { Body } = await bucket.client.send(command, { ...(signal && { abortSignal: signal }) })
      return note.safeParse(JSON.parse((await Body?.transformToString()) ?? '')).data
    } catch (error) {
      if (isNamed(error, 'NoSuchKey', 'SyntaxError')) return undefined
      throw error
    }
  })
}

/** All parts of an unfinished upload, in order; undefined when the store has forgotten it. */
export async function partsOf(
  bucket: Bucket,
  key: string,
  upload: string,
  signal?: AbortSignal,
): Promise<readonly Part[] | undefined> {
  const where = { Bucket: bucket.bucket, Key: key, UploadId: upload }
  const found: Part[] = []
  return asking(bucket, key, async () => {
    try {
      // Not the SDK's own paging: it goes by the marker, which stores give on the last page as well, and never ends.
      for (let marker = {}; ; ) {
        const command = new bucket.sdk.ListPartsCommand({ ...where, ...marker })
        const page = await bucket.client.send(command, { ...(signal && { abortSignal: signal }) })
        found.push(...(page.Parts ?? []))
        if (!page.IsTruncated) return found
        if (!page.NextPartNumberMarker || !page.Parts?.length)
          throw oddAnswer(bucket, text('a list breaks off', 'eine Liste bricht ab'))
        marker = { PartNumberMarker: page.NextPartNumberMarker }
      }
    } catch (error) {
      if (isNamed(error, 'NoSuchUpload')) return undefined
      throw error
    }
  })
}
