// A small S3 server for tests, because none of npm lists unfinished uploads. What a client may rely on is as in the real thing:
// PUT with Content-MD5, GET with ranges, HEAD, DELETE, copy, ListObjectsV2 with delimiter and pages, multipart uploads (order,
// ETags, smallest part, pages of parts and of uploads), and the XML errors. Left out: signatures (only the access key is
// looked at), versions, checksums beyond MD5, virtual-host addresses.
//   await using store = await startS3({ page: 3 })
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export interface S3Options {
  /** Entries on a page of a list, at most. */
  readonly page?: number
}

export interface S3Rig extends AsyncDisposable {
  readonly endpoint: string
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  /** Method and path of every request. */
  readonly requests: readonly string[]
  keys(): readonly string[]
  /** Keys of unfinished uploads. */
  uploads(): readonly string[]
  /** Makes everything look this much older. */
  age(ms: number): void
  /** Ends all connections. */
  cut(): void
  /** Answers the next requests that match with an error: 503 SlowDown unless told otherwise. */
  fail(matches: (request: string) => boolean, times: number, code?: string): void
}

interface Stored {
  readonly file: string
  readonly bytes: number
  readonly etag: string
  changedAt: number
}

interface Upload {
  readonly id: string
  readonly key: string
  initiated: number
  readonly parts: Map<number, Stored>
}

class Fault extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string = code) {
    super(message)
    this.status = status
    this.code = code
  }
}

const smallestPart = 5 * 1024 * 1024

export async function startS3({ page = 1000 }: S3Options = {}): Promise<S3Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'stw-s3-'))
  const bucket = 'backups'
  const accessKey = 'RIGACCESSKEY'
  const objects = new Map<string, Stored>()
  const uploads = new Map<string, Upload>()
  const sockets = new Set<Socket>()
  const requests: string[] = []
  let failing: { matches: (request: string) => boolean; left: number; code: string } | undefined
  let files = 0

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const { status, code, message } =
        error instanceof Fault ? error : new Fault(500, 'InternalError', String(error))
      if (response.headersSent || request.destroyed) return response.destroy()
      request.resume()
      respond(response, status, `<Error><Code>${code}</Code><Message>${xml(message)}</Message></Error>`)
    })
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://s3')
    const line = `${request.method} ${request.url}`
    requests.push(line)
    if (failing && failing.left > 0 && failing.matches(line)) {
      failing.left -= 1
      throw new Fault(503, failing.code)
    }
    if (!request.headers.authorization?.includes(`Credential=${accessKey}/`))
      throw new Fault(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist')
    const [, name = '', ...rest] = pathname.split('/')
    if (name !== bucket) throw new Fault(404, 'NoSuchBucket', 'The specified bucket does not exist')
    const key = decodeURIComponent(rest.join('/'))
    const route = key === '' ? ofBucket : ofObject
    await route(request, response, key, query)
  }

  async function ofBucket(
    { method }: IncomingMessage,
    response: ServerResponse,
    _key: string,
    query: URLSearchParams,
  ) {
    if (method === 'GET' && query.has('uploads')) return respond(response, 200, listUploads(query))
    if (method === 'GET' && query.get('list-type') === '2') return respond(response, 200, listObjects(query))
    throw new Fault(501, 'NotImplemented')
  }

  async function ofObject(
    request: IncomingMessage,
    response: ServerResponse,
    key: string,
    query: URLSearchParams,
  ) {
    const id = query.get('uploadId')
    switch (request.method) {
      case 'PUT': {
        if (id !== null) {
          const upload = uploadOf(key, id)
          const part = await receive(request)
          upload.parts.set(Number(query.get('partNumber')), part)
          return respond(response, 200, '', { etag: part.etag })
        }
        const from = request.headers['x-amz-copy-source']
        if (typeof from === 'string') return copy(decodeURIComponent(from), key, response)
        const stored = await receive(request)
        objects.set(key, stored)
        return respond(response, 200, '', { etag: stored.etag })
      }
      case 'POST':
        if (query.has('uploads')) return begin(key, response)
        if (id !== null) return complete(request, response, uploadOf(key, id))
        break
      case 'DELETE':
        if (id === null) objects.delete(key)
        else uploads.delete(uploadOf(key, id).id)
        return respond(response, 204, '')
      case 'HEAD':
      case 'GET':
        if (id !== null) return respond(response, 200, listParts(uploadOf(key, id), query))
        return give(request, response, objectOf(key))
    }
    throw new Fault(501, 'NotImplemented')
  }

  function objectOf(key: string): Stored {
    const stored = objects.get(key)
    if (!stored) throw new Fault(404, 'NoSuchKey', 'The specified key does not exist.')
    return stored
  }

  function uploadOf(key: string, id: string): Upload {
    const upload = uploads.get(id)
    if (!upload || upload.key !== key) throw new Fault(404, 'NoSuchUpload')
    return upload
  }

  /** To disk, not to memory: the tests measure what the client in the same process holds. */
  async function receive(request: IncomingMessage): Promise<Stored> {
    if (request.headers['content-encoding']?.includes('aws-chunked')) throw new Fault(501, 'NotImplemented')
    const file = join(directory, String(++files))
    const md5 = createHash('md5')
    let bytes = 0
    const count = new Transform({
      transform(chunk: Buffer, _, done) {
        bytes += chunk.length
        md5.update(chunk)
        done(null, chunk)
      },
    })
    await pipeline(request, count, createWriteStream(file))
    const digest = md5.digest()
    const wanted = request.headers['content-md5']
    if (wanted !== undefined && wanted !== digest.toString('base64')) throw new Fault(400, 'BadDigest')
    if (bytes !== Number(request.headers['content-length'])) throw new Fault(400, 'IncompleteBody')
    return { file, bytes, etag: `"${digest.toString('hex')}"`, changedAt: Date.now() }
  }

  async function copy(from: string, key: string, response: ServerResponse): Promise<void> {
    const source = objectOf(from.replace(/^\//, '').slice(bucket.length + 1))
    const file = join(directory, String(++files))
    await copyFile(source.file, file)
    objects.set(key, { ...source, file, changedAt: Date.now() })
    respond(response, 200, `<CopyObjectResult><ETag>${xml(source.etag)}</ETag></CopyObjectResult>`)
  }

  function begin(key: string, response: ServerResponse): void {
    const id = randomBytes(12).toString('hex')
    uploads.set(id, { id, key, initiated: Date.now(), parts: new Map() })
    respond(
      response,
      200,
      `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${xml(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    )
  }

  async function complete(request: IncomingMessage, response: ServerResponse, upload: Upload) {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const listed = [...body.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: (/<ETag>(.*?)</.exec(part)?.[1] ?? '').replaceAll('&quot;', '"'),
    }))
    if (listed.length === 0) throw new Fault(400, 'MalformedXML')
    const parts = listed.map(({ number, etag }, i) => {
      const part = upload.parts.get(number)
      if (!part || part.etag.replaceAll('"', '') !== etag.replaceAll('"', ''))
        throw new Fault(400, 'InvalidPart')
      if (i > 0 && number <= (listed[i - 1]?.number ?? 0)) throw new Fault(400, 'InvalidPartOrder')
      if (i < listed.length - 1 && part.bytes < smallestPart) throw new Fault(400, 'EntityTooSmall')
      return part
    })
    const file = join(directory, String(++files))
    const md5 = createHash('md5')
    for (const part of parts) {
      await pipeline(createReadStream(part.file), createWriteStream(file, { flags: 'a' }))
      md5.update(Buffer.from(part.etag.replaceAll('"', ''), 'hex'))
    }
    const etag = `"${md5.digest('hex')}-${parts.length}"`
    objects.set(upload.key, { file, bytes: (await stat(file)).size, etag, changedAt: Date.now() })
    uploads.delete(upload.id)
    respond(
      response,
      200,
      `<CompleteMultipartUploadResult><Key>${xml(upload.key)}</Key><ETag>${xml(etag)}</ETag></CompleteMultipartUploadResult>`,
    )
  }

  async function give(request: IncomingMessage, response: ServerResponse, stored: Stored): Promise<void> {
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    const from = Number(range?.[1] ?? 0)
    const to = range?.[2] ? Math.min(Number(range[2]), stored.bytes - 1) : stored.bytes - 1
    if (range && from >= stored.bytes) throw new Fault(416, 'InvalidRange')
    response.writeHead(range ? 206 : 200, {
      'content-length': to - from + 1,
      etag: stored.etag,
      'last-modified': new Date(stored.changedAt).toUTCString(),
      'accept-ranges': 'bytes',
      ...(range && { 'content-range': `bytes ${from}-${to}/${stored.bytes}` }),
    })
    if (request.method === 'HEAD' || stored.bytes === 0) return void response.end()
    await pipeline(createReadStream(stored.file, { start: from, end: to }), response)
  }

  function listObjects(query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? ''
    const delimiter = query.get('delimiter') ?? ''
    const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString()
    const size = Math.min(page, Number(query.get('max-keys') ?? 1000))
    const written = (name: string) =>
      query.get('encoding-type') === 'url'
        ? encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%20', '+')
        : xml(name)
    // Each key, or the part of it up to the delimiter.
    const names = new Set<string>()
    for (const key of [...objects.keys()].filter(key => key.startsWith(prefix)).sort()) {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      names.add(end < 0 ? key : key.slice(0, end + delimiter.length))
    }
    const left = [...names].filter(name => name > after)
    const shown = left.slice(0, size)
    const rows = shown.map(name => {
      const stored = objects.get(name)
      if (delimiter !== '' && name.length > prefix.length && name.endsWith(delimiter))
        return `<CommonPrefixes><Prefix>${written(name)}</Prefix></CommonPrefixes>`
      return `<Contents><Key>${written(name)}</Key><LastModified>${new Date(stored?.changedAt ?? 0).toISOString()}</LastModified><ETag>${xml(stored?.etag ?? '')}</ETag><Size>${stored?.bytes}</Size></Contents>`
    })
    const more = left.length > shown.length
    return `<ListBucketResult><Name>${bucket}</Name><Prefix>${written(prefix)}</Prefix><KeyCount>${shown.length}</KeyCount><IsTruncated>${more}</IsTruncated>${query.has('encoding-type') ? '<EncodingType>url</EncodingType>' : ''}${more ? `<NextContinuationToken>${Buffer.from(shown.at(-1) ?? '').toString('base64')}</NextContinuationToken>` : ''}${rows.join('')}</ListBucketResult>`
  }

  function listUploads(query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? ''
    const after = `${query.get('key-marker') ?? ''}\0${query.get('upload-id-marker') ?? ''}`
    const left = [...uploads.values()]
      .filter(({ key, id }) => key.startsWith(prefix) && `${key}\0${id}` > after)
      .sort((a, b) => (`${a.key}\0${a.id}` < `${b.key}\0${b.id}` ? -1 : 1))
    const shown = left.slice(0, page)
    const more = left.length > shown.length
    const last = shown.at(-1)
    return `<ListMultipartUploadsResult><Bucket>${bucket}</Bucket><IsTruncated>${more}</IsTruncated>${more ? `<NextKeyMarker>${xml(last?.key ?? '')}</NextKeyMarker><NextUploadIdMarker>${last?.id}</NextUploadIdMarker>` : ''}${shown
      .map(
        ({ key, id, initiated }) =>
          `<Upload><Key>${xml(key)}</Key><UploadId>${id}</UploadId><Initiated>${new Date(initiated).toISOString()}</Initiated></Upload>`,
      )
      .join('')}</ListMultipartUploadsResult>`
  }

  function listParts(upload: Upload, query: URLSearchParams): string {
    const after = Number(query.get('part-number-marker') ?? 0)
    const left = [...upload.parts].filter(([number]) => number > after).sort(([a], [b]) => a - b)
    const shown = left.slice(0, page)
    return `<ListPartsResult><UploadId>${upload.id}</UploadId><IsTruncated>${left.length > shown.length}</IsTruncated><NextPartNumberMarker>${shown.at(-1)?.[0] ?? 0}</NextPartNumberMarker>${shown
      .map(
        ([number, part]) =>
          `<Part><PartNumber>${number}</PartNumber><LastModified>${new Date(part.changedAt).toISOString()}</LastModified><ETag>${xml(part.etag)}</ETag><Size>${part.bytes}</Size></Part>`,
      )
      .join('')}</ListPartsResult>`
  }

  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    accessKey,
    secretKey: 'rig-secret-key',
    requests,
    keys: () => [...objects.keys()].sort(),
    uploads: () => [...uploads.values()].map(({ key }) => key).sort(),
    age(ms) {
      for (const stored of objects.values()) stored.changedAt -= ms
      for (const upload of uploads.values()) {
        upload.initiated -= ms
        for (const part of upload.parts.values()) part.changedAt -= ms
      }
    },
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    fail(matches, times, code = 'SlowDown') {
      failing = { matches, left: times, code }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function respond(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
) {
  const xml = body === '' ? '' : `<?xml version="1.0" encoding="UTF-8"?>\n${body}`
  response.writeHead(status, {
    ...(xml && { 'content-type': 'application/xml' }),
    'content-length': Buffer.byteLength(xml),
    ...headers,
  })
  response.end(xml)
}

function xml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
