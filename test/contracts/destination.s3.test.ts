// A bucket, against a server that speaks multipart uploads, pages and ranges.
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { makeS3Destination } from '../../src/backup/destinations/s3.ts'
import { type S3Rig, startS3 } from '../rigs/s3.ts'
import { destinationContract } from './destination-contract.ts'

function connect(store: S3Rig, more: Partial<{ bucket: string; accessKey: string; prefix: string }> = {}) {
  return makeS3Destination({
    name: 'offsite',
    config: {
      bucket: more.bucket ?? store.bucket,
      prefix: more.prefix ?? 'production/',
      endpoint: store.endpoint,
      region: 'eu-central-1',
    },
    accessKey: more.accessKey ?? store.accessKey,
    secretKey: store.secretKey,
  })
}

// Two on a page: every list of the contract takes several.
destinationContract('S3', async () => {
  const store = await startS3({ page: 2 })
  const destination = await connect(store)
  return {
    destination,
    how: 'read-back',
    another: () => connect(store),
    age: async ms => store.age(ms),
    // No cut: a request that breaks is sent again, see below.
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
})

const content = randomBytes(12_000_000)

function sourceOf(bytes: Buffer, sha256 = createHash('sha256').update(bytes).digest('hex')) {
  return { bytes: bytes.length, sha256, open: async (from: number) => Readable.from([bytes.subarray(from)]) }
}

describe('S3', () => {
  it('keeps to its prefix', async () => {
    await using store = await startS3()
    const [one, two] = [await connect(store, { prefix: 'one' }), await connect(store, { prefix: 'one-two' })]
    await one.writeText('a', '1')
    await two.writeText('a', '2')

    await one.remove('a')

    expect(store.keys()).toEqual(['one-two/a'])
    expect(await one.list('')).toEqual([])
  })

  it('says what is wrong with the bucket, the keys and the address, and prints no key', async () => {
    await using store = await startS3()
    const failures = [
      connect(store, { bucket: 'none' }),
      connect(store, { accessKey: 'UNKNOWNACCESSKEY' }),
      makeS3Destination({
        name: 'offsite',
        config: { bucket: 'b', prefix: '', endpoint: 'http://127.0.0.1:1', region: 'r' },
        accessKey: store.accessKey,
        secretKey: store.secretKey,
      }),
    ]

    const problems = await Promise.all(
      failures.map(async made =>
        (await made).readText('a').catch((error: { problem: object }) => error.problem),
      ),
    )

    expect(problems).toMatchObject([{ code: 'STW-B281' }, { code: 'STW-B282' }, { code: 'STW-B285' }])
    expect(JSON.stringify(problems)).not.toMatch(/rig-secret-key|UNKNOWNACCESSKEY/)
  })

  it('sends a part again that the store was too busy for', async () => {
    await using store = await startS3()
    const there = await connect(store)
    store.fail(request => request.includes('partNumber=2'), 2)

    await there.write('busy', sourceOf(content))

    expect((await buffer(await there.read('busy'))).equals(content)).toBe(true)
    expect(store.keys()).toEqual(['production/busy'])
    expect(store.uploads()).toEqual([])
  })

  it('goes on in another process, with the parts that arrived', async () => {
    await using store = await startS3()
    store.fail(request => request.includes('partNumber=3'), 9, 'AccessDenied')
    await expect((await connect(store)).write('dump', sourceOf(content))).rejects.toMatchObject({
      problem: { code: 'STW-B283' },
    })
    expect(store.uploads()).toEqual(['production/dump'])
    store.fail(() => false, 0)
    const before = store.requests.length

    await (await connect(store)).write('dump', sourceOf(content))

    const sent = store.requests.slice(before).filter(request => request.includes('partNumber='))
    expect(sent.map(request => /partNumber=(\d)/.exec(request)?.[1])).toEqual(['3'])
    expect(await (await connect(store)).hash('dump')).toMatchObject({ sha256: sourceOf(content).sha256 })
  })

  it('begins anew when the store has dropped the unfinished upload', async () => {
    await using store = await startS3()
    const there = await connect(store)
    store.fail(request => request.includes('partNumber=3'), 9, 'AccessDenied')
    await expect(there.write('dump', sourceOf(content))).rejects.toBeDefined()
    store.fail(() => false, 0)
    const note = store.keys().find(key => key.includes('.part-')) ?? ''
    const kept = await there.readText(note.replace('production/', ''))
    await there.sweep(0)
    await there.writeText(note.replace('production/', ''), kept ?? '')

    await there.write('dump', sourceOf(content))

    expect(await there.hash('dump')).toMatchObject({ sha256: sourceOf(content).sha256 })
  })

  it('sweeps an upload without a note', async () => {
    await using store = await startS3()
    const there = await connect(store)
    store.fail(request => request.includes('partNumber=3'), 9, 'AccessDenied')
    await expect(there.write('set/dump', sourceOf(content))).rejects.toBeDefined()
    await there.remove('set')
    expect(store.uploads()).toEqual(['production/set/dump'])

    expect(await there.sweep(3_600_000)).toBe(0)
    expect(await there.sweep(0)).toBe(1)

    expect(store.uploads()).toEqual([])
  })

  it('never takes the end of the connection for the end of a file', async () => {
    await using store = await startS3()
    const there = await connect(store)
    await there.write('dump', sourceOf(content))
    let got = 0

    const failure = await (async () => {
      for await (const chunk of await there.read('dump')) {
        got += chunk.length
        store.cut()
      }
    })().catch((error: unknown) => error)

    expect(failure).toMatchObject({ problem: { code: 'STW-B285' } })
    expect(got).toBeLessThan(content.length)
  })

  it('gets over a connection that breaks while it writes', async () => {
    await using store = await startS3()
    const there = await connect(store)
    const source = sourceOf(content)
    const cutting = {
      ...source,
      open: async () =>
        Readable.from([content.subarray(0, 6_000_000), content.subarray(6_000_000)]).on('data', store.cut),
    }

    await there.write('dump', cutting)

    expect(await there.hash('dump')).toMatchObject({ sha256: source.sha256 })
  })
})
