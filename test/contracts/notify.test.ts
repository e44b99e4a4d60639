// Announcements against a real mail server (STARTTLS, sign-in, a certificate of its own) and real web servers.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Channel, type Notify, notify as schema } from '../../src/config/schema/notify.ts'
import { redactor, Secret } from '../../src/core/secret.ts'
import { announce } from '../../src/notify/announce.ts'
import type { Announcement } from '../../src/notify/message.ts'
import { type HookServer, type MailServer, startHooks, startMail } from '../rigs/channels.ts'
import { freePort } from '../rigs/free-port.ts'

const secrets = { SMTP_PASSWORD: 'mail-pa55-word', HOOK_PATH: 'T000-B000-hook', TOKEN: 'never-shown-7731' }
const announcement: Announcement = {
  happening: 'failure',
  headline: { en: 'Failed and taken back', de: 'Gescheitert und zurückgenommen' },
  app: 'shop',
  environment: 'production',
  procedure: 'deploy',
  run: '20261121_083947-deploy-1980fe',
  release: '20261121_083947-362f999',
  version: 'v1.1.0',
  from: '20261120_083947-362f998 v1.0.0',
  by: 'Anna\r\nBcc: all@example.org',
  notes: `uses ${secrets.TOKEN} <!channel> & password=hunter22`,
  problem: { code: 'STW-K001', what: { en: `said ${secrets.TOKEN}`, de: `sagte ${secrets.TOKEN}` } },
  next: ['stellwerk status production'],
  at: '2026-11-21T08:39:47Z',
}

let directory: string
let mail: MailServer
let hooks: HookServer
const waits: number[] = []
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'notify-'))
  mail = await startMail({ directory, user: 'deploy', password: secrets.SMTP_PASSWORD })
  hooks = await startHooks()
})
beforeEach(() => {
  mail.mails.length = 0
  hooks.seen.length = 0
  hooks.answers.length = 0
  waits.length = 0
})
afterAll(async () => {
  await mail?.[Symbol.asyncDispose]()
  await hooks?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const email = (more: object = {}): object => ({
  kind: 'email',
  host: 'localhost',
  port: mail.port,
  ca: mail.ca,
  user: 'deploy',
  password: '${SMTP_PASSWORD}',
  from: 'Deploy <deploy@example.org>',
  to: ['ops@example.org', 'dev@example.org'],
  ...more,
})

function send(channels: Record<string, object>, lang: 'en' | 'de' = 'en') {
  const notify: Notify = schema.parse({ channels })
  return announce(notify, Object.keys(channels), announcement, {
    clock: { sleep: async ms => void waits.push(ms) },
    secret: name => Object.entries(secrets).find(([key]) => key === name)?.[1],
    readFile: path => readFile(path, 'utf8').catch(() => undefined),
    lang,
    timeZone: 'Europe/Berlin',
    redact: redactor(Object.values(secrets).map(value => new Secret(value))),
  })
}

const shown = (value: unknown) => JSON.stringify(value)
const holdsSecret = (words: string) =>
  [...Object.values(secrets), 'hunter22'].filter(one => words.includes(one))

describe('mail', () => {
  test('goes out encrypted and signed in, in the language of the config, with one line of subject', async () => {
    const told = await send({ mail: email() }, 'de')

    expect(told, shown(told)).toEqual([{ event: 'failure', channel: 'mail', delivered: true }])
    const [got] = mail.mails
    expect(got).toMatchObject({ secure: true, user: 'deploy', to: ['ops@example.org', 'dev@example.org'] })
    expect(got?.subject).toBe('[shop][production] Deploy v1.1.0: gescheitert')
    expect(got?.headers).not.toMatch(/^Bcc:/m)
    expect(got?.body).toContain('Gescheitert: sagte [secret] (STW-K001)')
    expect(got?.body).toContain('Vorher: 20261120_083947-362f998 v1.0.0')
    expect(got?.body).toContain('Zeit: 2026-11-21 09:39:47 Europe/Berlin')
    expect(got?.body).toContain('  stellwerk status production')
    expect(holdsSecret(`${got?.headers}${got?.body}`)).toEqual([])
  })

  test.each([
    ['a certificate that nobody vouches for', { ca: undefined }, /no encryption that we trust/],
    ['a wrong password', { password: 'wrong-pa55' }, /does not let us in/],
    ['a certificate file that is not there', { ca: '/nowhere/ca.pem' }, /cannot be read/],
  ] as [string, object, RegExp][])('is not sent with %s, and not tried again', async (_, more, why) => {
    const [told] = await send({ mail: email(more) })

    expect(told?.delivered).toBe(false)
    expect(told?.problem?.why?.en).toMatch(why)
    expect(mail.mails).toEqual([])
    expect(waits).toEqual([])
    expect(holdsSecret(shown(told))).toEqual([])
  })

  test('is not sent in clear to a server that cannot encrypt', async () => {
    await using plain = await startMail({ directory, plain: true })
    const [refused] = await send({ mail: email({ port: plain.port, user: undefined, password: undefined }) })
    const [asked] = await send({
      mail: email({ port: plain.port, tls: 'none', user: undefined, password: undefined }),
    })

    expect(refused?.delivered, shown(refused)).toBe(false)
    expect(asked?.delivered, shown(asked)).toBe(true)
    expect(plain.mails).toHaveLength(1)
  })

  test('to nobody is tried once more, then named', async () => {
    const [told] = await send({ mail: email({ port: await freePort() }) })

    expect(told?.problem).toMatchObject({ code: 'STW-N800', why: { en: expect.stringContaining('ECONN') } })
    expect(waits).toEqual([1000])
  })
})

describe('hooks', () => {
  const slack = () => ({ kind: 'slack', url: `${hooks.url}/services/\${HOOK_PATH}` })
  const hook = () => ({
    kind: 'webhook',
    url: `${hooks.url}/hook`,
    headers: { 'X-Token': 'Bearer ${TOKEN}' },
  })

  test('say the same: to Slack as text that mentions nobody, to a program as JSON', async () => {
    const told = await send({ slack: slack(), hook: hook() })

    expect(told.map(({ delivered }) => delivered)).toEqual([true, true])
    const bySlack = hooks.seen.find(({ path }) => path === `/services/${secrets.HOOK_PATH}`)
    const byHook = hooks.seen.find(({ path }) => path === '/hook')
    expect(bySlack?.json['text']).toContain('*[shop][production] Deploy v1.1.0: failed*')
    expect(bySlack?.json['text']).toContain('&lt;!channel&gt;')
    expect(byHook?.headers['x-token']).toBe(`Bearer ${secrets.TOKEN}`)
    expect(byHook?.json).toMatchObject({
      schema: 'stellwerk.announcement/1',
      happening: 'failure',
      release: announcement.release,
      problem: { code: 'STW-K001', what: 'said [secret]' },
      subject: '[shop][production] Deploy v1.1.0: failed',
    })
    expect(holdsSecret(hooks.seen.map(({ body }) => body).join('\n'))).toEqual([])
  })

  test('one that fails keeps no other from its message, and its address is not shown', async () => {
    hooks.answers.push(500, 500)
    const [failed] = await send({ slack: slack() })
    hooks.answers.push(503)
    const [late] = await send({ hook: hook() })
    hooks.answers.push(302)
    const [moved] = await send({ hook: hook() })
    const both = await send({
      dead: { kind: 'webhook', url: `http://127.0.0.1:${await freePort()}/x` },
      hook: hook(),
    })

    expect(failed?.problem?.why?.en).toBe('it answered 500')
    expect([late?.delivered, moved?.problem?.why?.en]).toEqual([true, 'it answered 302'])
    expect(both.map(({ channel, delivered }) => [channel, delivered])).toEqual([
      ['dead', false],
      ['hook', true],
    ])
    expect(holdsSecret(shown([failed, both]))).toEqual([])
  })

  test('an address in clear is a secret too', async () => {
    const clear = { kind: 'slack', url: `${hooks.url}/services/CLEAR-ADDRESS-1` } satisfies Partial<Channel>
    const notify: Notify = schema.parse({ channels: { clear } })
    const notes = `see ${clear.url}`
    await announce(
      notify,
      ['clear'],
      { ...announcement, notes },
      {
        clock: { sleep: async () => {} },
        secret: () => undefined,
        readFile: async () => undefined,
        lang: 'en',
        timeZone: 'UTC',
        redact: words => words,
      },
    )

    expect(hooks.seen[0]?.body).toContain('Notes: see [secret]')
  })
})

test('a channel refuses a password in clear before anything is sent', () => {
  const channel = { ...email({ tls: 'none' }) }
  expect(schema.safeParse({ channels: { mail: channel } }).success).toBe(false)
  expect(schema.safeParse({ channels: { mail: { ...channel, tls: 'tls' } } }).success).toBe(true)
})
