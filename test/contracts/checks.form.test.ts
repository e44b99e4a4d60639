// A form with a file, as a real server reads it.
import { writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCheck } from '../../src/checks/index.ts'
import { check } from '../../src/config/schema/check.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { aCheck, aContext, Rig } from './checks.rig.ts'

const rig = new Rig()
let port: number
let directory: string

/** Reads the form by the runtime's own parser and answers with what arrived. */
const documents: RequestListener = async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const type = request.headers['content-type'] ?? ''
  const form = await new Response(Buffer.concat(chunks), { headers: { 'content-type': type } }).formData()
  const file = form.get('file')
  if (!(file instanceof File)) return void response.writeHead(422).end()
  const bytes = Buffer.from(await file.arrayBuffer()).toString('base64')
  response
    .writeHead(201, { 'content-type': 'application/json' })
    .end(JSON.stringify({ id: 7, name: file.name, type: file.type, bytes, title: form.get('title') }))
}

beforeAll(async () => {
  port = await rig.http(documents)
  directory = rig.directory()
  writeFileSync(join(directory, 'probe "1".pdf'), Buffer.from([0, 255, 13, 10, 45, 45]))
  await mkdir(join(directory, 'folder'))
})
afterAll(() => rig.close())

const upload = (form: Record<string, unknown>, expected: Record<string, unknown> = { status: 201 }) =>
  runCheck(
    'upload',
    aCheck({ kind: 'http', url: '/api/v1/documents/', method: 'POST', form, expect: expected }),
    {
      ...aContext({ host: makeLocalHost({ name: 'web1' }), address: { host: '127.0.0.1', port }, directory }),
      secret: name => (name === 'TITLE' ? 'a secret title' : undefined),
    },
  )

test('green: the file arrives byte by byte, with its name, its type and the other fields', async () => {
  const result = await upload(
    { file: { file: 'probe "1".pdf', type: 'application/pdf' }, title: 'Grüße\r\nzwei' },
    {
      status: 201,
      json: {
        '$.id': { exists: true },
        '$.name': 'probe "1".pdf',
        '$.type': 'application/pdf',
        '$.bytes': 'AP8NCi0t',
        '$.title': 'Grüße\r\nzwei',
      },
    },
  )

  expect(result.observed.en).toMatch(/^201 Created/)
  expect(result.verdict).toBe('pass')
})

test('red: the server refuses what arrives', async () => {
  const result = await upload({ title: 'no file' })

  expect(result.verdict).toBe('fail')
  expect(result.observed.en).toMatch(/^answered 422 Unprocessable Entity, expected 201/)
})

test('unknown: a file that is not there, with its path', async () => {
  const result = await upload({ file: { file: 'missing.pdf' } })

  expect(result).toMatchObject({ verdict: 'unknown', blocks: true })
  const path = join(directory, 'missing.pdf')
  expect(result.observed).toEqual({
    en: `the file ${path} cannot be read (ENOENT)`,
    de: `die Datei ${path} ist nicht lesbar (ENOENT)`,
  })
})

test('unknown: a directory is no file', async () => {
  const result = await upload({ file: { file: 'folder' } })

  expect(result.verdict).toBe('unknown')
  expect(result.observed.en).toBe(`${join(directory, 'folder')} is not a file`)
})

test('a field may hold a secret; nothing tells it', async () => {
  const result = await upload(
    { file: { file: 'probe "1".pdf', name: 'x.bin' }, title: '${TITLE}' },
    { status: 201, json: { '$.title': 'other', '$.name': 'x.bin' } },
  )

  expect(result.observed.en).toMatch(/^\$\.title is "\[secret\]", expected "other"/)
  expect(JSON.stringify(result)).not.toContain('a secret title')
})

test.each<[Record<string, unknown>]>([
  [{ method: 'GET' }],
  [{ method: 'POST', body: 'x' }],
  [{ method: 'POST', headers: { 'content-type': 'text/plain' } }],
])('a form beside %j is refused', props => {
  expect(check.safeParse({ kind: 'http', url: '/x', form: { a: 'b' }, ...props }).success).toBe(false)
})
