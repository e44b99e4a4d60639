import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { ping } from './ping.ts'

type Answer = (response: ServerResponse, request: IncomingMessage) => void

interface Seen {
  readonly line: string
  readonly body: Buffer
  readonly authorization: string | undefined
}

const ok: Answer = response => void response.end('OK')
const status =
  (code: number): Answer =>
  response =>
    void response.writeHead(code).end()

/** Gives the answers in turn, then `OK`. */
async function startService(...answers: Answer[]) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const { authorization } = request.headers
    seen.push({ line: `${request.method} ${request.url}`, body: await buffer(request), authorization })
    ;(answers.shift() ?? ok)(response, request)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/ping/s3cret-token`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const waits: number[] = []
const clock = { sleep: async (ms: number) => void waits.push(ms) }

describe('ping', () => {
  it('posts the body', async () => {
    await using service = await startService()

    expect(await ping(service.url, { body: 'grün: 3 stores' })).toBeUndefined()

    expect(service.seen.map(({ line, body }) => [line, body.toString()])).toEqual([
      ['POST /ping/s3cret-token', 'grün: 3 stores'],
    ])
  })

  it('keeps the end of a long body, from a whole character on', async () => {
    await using service = await startService()

    await ping(service.url, { body: `${'ü'.repeat(60_000)}!` })

    const sent = service.seen[0]?.body ?? Buffer.alloc(0)
    expect(sent.length).toBe(99_999)
    expect(sent.toString()).toBe(`${'ü'.repeat(49_999)}!`)
  })

  it.each([
    ['is busy', status(503)],
    ['wants to be left alone', status(429)],
    ['breaks the connection', (_: ServerResponse, request: IncomingMessage) => request.socket.destroy()],
  ] as [string, Answer][])('tries again when the service %s', async (_, answer) => {
    await using service = await startService(answer, answer)

    expect(await ping(service.url, { clock })).toBeUndefined()

    expect(service.seen).toHaveLength(3)
  })

  it('gives up after three tries, and shows the host alone', async () => {
    await using service = await startService(status(500), status(500), status(502))

    const problem = await ping(service.url, { clock })

    expect(service.seen).toHaveLength(3)
    expect(problem).toMatchObject({
      code: 'STW-N002',
      what: { en: `The ping to ${service.host} did not arrive` },
      why: { en: 'it answered 502' },
    })
    expect(JSON.stringify(problem)).not.toContain('s3cret')
  })

  it.each([
    ['says that there is no such check', status(404), 'it answered 404'],
    [
      'says so with a 200',
      ((response: ServerResponse) => void response.end('OK (not found)')) as Answer,
      'it answered "OK (not found)"',
    ],
  ] as [string, Answer, string][])('does not try again when the service %s', async (_, answer, why) => {
    await using service = await startService(answer)

    expect(await ping(service.url, { clock })).toMatchObject({ why: { en: why } })

    expect(service.seen).toHaveLength(1)
  })

  it('says when nobody is there', async () => {
    const service = await startService()
    await service[Symbol.asyncDispose]()

    const problem = await ping(service.url, { clock })

    expect(problem?.why?.en).toContain('ECONNREFUSED')
    expect(JSON.stringify(problem)).not.toContain('s3cret')
  })

  it.each(['s3cret-token', '', 'ftp://host/s3cret', 'http://'])(
    'refuses %j without showing it',
    async url => {
      const problem = await ping(url)

      expect(problem?.code).toBe('STW-N001')
      expect(JSON.stringify(problem)).not.toContain('s3cret')
    },
  )

  it('signs in with the name and password of the address', async () => {
    await using service = await startService()

    const problem = await ping(service.url.replace('//', '//me:s3cret%20word@'))

    expect(problem).toBeUndefined()
    expect(service.seen[0]?.authorization).toBe(`Basic ${Buffer.from('me:s3cret word').toString('base64')}`)
  })
})
