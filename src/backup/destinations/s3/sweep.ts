// Ends uploads that nobody goes on with. Their parts are in no list, but cost as much as files.
import { text } from '../../../core/lang.ts'
import { isPartial } from '../path.ts'
import { asking, isNamed, oddAnswer } from './problems.ts'
import { type Bucket, partsOf } from './upload.ts'

export interface Sweep {
  readonly bucket: Bucket
  /** Prefix of everything that belongs to the destination. */
  readonly below: string
  /** All keys there. */
  readonly keys: readonly { readonly key: string; readonly changedAt: number }[]
  /** Milliseconds since 1970: what was touched since then stays. */
  readonly before: number
}

/** How many files were on their way and are no more. */
export async function sweepUploads({ bucket, below, keys, before }: Sweep): Promise<number> {
  const { sdk, client } = bucket
  const Bucket = bucket.bucket
  const swept = new Set<string>()
  const alive = new Set<string>()
  for (const { Key, UploadId, Initiated } of await uploadsBelow(bucket, below)) {
    if (!Key || !UploadId || !Initiated)
      throw oddAnswer(
        bucket,
        text('an unfinished upload has no name or time', 'einem unfertigen Upload fehlt Name oder Zeit'),
      )
    const parts = (await partsOf(bucket, Key, UploadId)) ?? []
    const touched = [Initiated, ...parts.map(part => part.LastModified ?? Initiated)]
    if (touched.some(time => time.getTime() > before)) {
      alive.add(Key)
      continue
    }
    await asking(bucket, Key, async () => {
      try {
        await client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
      } catch (error) {
        if (!isNamed(error, 'NoSuchUpload')) throw error
      }
    })
    swept.add(Key)
  }
  for (const { key, changedAt } of keys) {
    const at = key.lastIndexOf('/') + 1
    const file = key.slice(at)
    if (!isPartial(file) || changedAt > before) continue
    // The note counts as one with its upload; it is as old as the first part, whatever came later.
    const target = key.slice(0, at) + file.replace(/^\.part-[0-9a-f]{12}-/, '')
    if (alive.has(target)) continue
    await asking(bucket, key, () => client.send(new sdk.DeleteObjectCommand({ Bucket, Key: key })))
    swept.add(target)
  }
  return swept.size
}

async function uploadsBelow(bucket: Bucket, below: string) {
  const input = { Bucket: bucket.bucket, Prefix: below }
  const all = []
  for (let marker = {}; ; ) {
    const command = new bucket.sdk.ListMultipartUploadsCommand({ ...input, ...marker })
    const page = await asking(bucket, below, () => bucket.client.send(command))
    all.push(...(page.Uploads ?? []))
    if (!page.IsTruncated) return all
    if (!page.NextKeyMarker) throw oddAnswer(bucket, text('a list breaks off', 'eine Liste bricht ab'))
    marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
  }
}
