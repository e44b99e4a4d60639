// What people hear of a deploy that works, of one that fails, and of a rollback; and what is left to learn from them.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type HookServer, type MailServer, startHooks, startMail } from '../rigs/channels.ts'
import { stellwerk } from '../rigs/command-line.ts'
import { freePort } from '../rigs/free-port.ts'
import { openStory, type Story } from '../rigs/story.ts'

const secrets = {
  STORY_SMTP: 'mail-7f31-pa55word',
  STORY_HOOK: '',
  STORY_TOKEN: 'sentinel-c0ffee-991',
}

let story: Story
let mail: MailServer
let hooks: HookServer
beforeAll(async () => {
  hooks = await startHooks()
  secrets.STORY_HOOK = `${hooks.url}/services/T0-B0-5ecret`
  Object.assign(process.env, secrets)
  story = await openStory({
    document: document => ({
      ...document,
      timezone: 'Europe/Berlin',
      secrets: {
        SMTP: { env: 'STORY_SMTP' },
        HOOK: { env: 'STORY_HOOK' },
        TOKEN: { env: 'STORY_TOKEN' },
      },
    }),
  })
  mail = await startMail({ directory: story.directory, user: 'deploy', password: secrets.STORY_SMTP })
  await story.configure(document => ({
    ...document,
    databases: {
      main: {
        kind: 'other',
        migrate: { command: 'sh migrate.sh', timeout: '2m', env: { TOKEN: '${TOKEN}' } },
      },
    },
    notify: channels(mail.port),
  }))
})
afterAll(async () => {
  await story?.[Symbol.asyncDispose]()
  await mail?.[Symbol.asyncDispose]()
  await hooks?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  mail.mails.length = 0
  hooks.seen.length = 0
})

const channels = (port: number) => ({
  channels: {
    team: {
      ...{ kind: 'email', host: 'localhost', port, ca: 'mail.crt', user: 'deploy', password: '${SMTP}' },
      ...{ from: 'deploy@example.org', to: ['ops@example.org'] },
    },
    slack: { kind: 'slack', url: '${HOOK}' },
  },
  announce: { start: ['slack'], success: ['team'], failure: ['team', 'slack'], rollback: ['slack'] },
})

const subjects = () => mail.mails.map(({ subject }) => subject)
const slacked = () => hooks.seen.map(({ json }) => /^\*(.*)\*/.exec(String(json['text']))?.[1])
const everything = () =>
  [...mail.mails.map(one => one.headers + one.body), ...hooks.seen.map(({ body }) => body)].join('\n')

test('a deploy that works is announced when it begins and when it is done; a plan and a look are not', async () => {
  const bundle = await story.bundle('v1')
  const planned = await story.run('plan deploy', '--bundle', bundle)
  expect(planned.code, planned.said).toBe(0)
  expect([subjects(), slacked()]).toEqual([[], []])

  const ended = await story.run('deploy', '--bundle', bundle, '--notes', 'The first <one>')

  expect(ended.code, ended.said).toBe(0)
  expect(slacked()).toEqual(['[story][test] Deploy v1: begins'])
  expect(subjects()).toEqual(['[story][test] Deploy v1: done'])
  expect(mail.mails[0]?.body).toContain(`${ended.document?.['release']} serves on test and is proven`)
  expect(mail.mails[0]?.body).toContain('Notes: The first <one>')
  expect(ended.document?.['announcements']).toEqual([
    { event: 'start', channel: 'slack', delivered: true },
    { event: 'success', channel: 'team', delivered: true },
  ])
})

test('one that fails says what failed, and no secret of its output leaves the house', async () => {
  const echo = { 'migrate.sh': 'echo "no entry for $TOKEN, password=$TOKEN" >&2; exit 3\n' }
  const ended = await story.run(
    'deploy',
    '--bundle',
    await story.bundle('v2', 'fine', echo),
    '--notes',
    secrets.STORY_TOKEN,
  )

  expect(ended.code, ended.said).toBe(1)
  expect(subjects()).toEqual(['[story][test] Deploy v2: failed'])
  expect(slacked()).toEqual(['[story][test] Deploy v2: begins', '[story][test] Deploy v2: failed'])
  expect(mail.mails[0]?.body).toContain('Notes: [secret]')
  expect(mail.mails[0]?.body).toMatch(/Failed: .* \(STW-/)
  expect(Object.values(secrets).filter(value => everything().includes(value))).toEqual([])
  expect(Object.values(secrets).filter(value => ended.said.includes(value))).toEqual([])
})

test('a dead mail server fails nothing, and is said', async () => {
  const port = await freePort()
  await story.configure(document => ({ ...document, notify: channels(port) }))

  const ended = await story.run('deploy', '--bundle', await story.bundle('v3'))

  expect(ended.code, ended.said).toBe(0)
  expect(ended.document?.['announcements']).toMatchObject([
    { event: 'start', delivered: true },
    { event: 'success', channel: 'team', delivered: false, problem: { code: 'STW-N800' } },
  ])
  const tested = await story.run('notify test')
  expect(tested.code, tested.said).toBe(5)
  expect(tested.document?.['channels']).toMatchObject([
    { channel: 'team', delivered: false },
    { channel: 'slack', delivered: true },
  ])
  await story.configure(document => ({ ...document, notify: channels(mail.port) }))
  expect((await story.run('notify test', 'team')).code).toBe(0)
})

test('a rollback names both releases', async () => {
  const ended = await story.run('rollback')

  expect(ended.code, ended.said).toBe(0)
  expect(slacked()).toEqual(['[story][test] Rollback v1: begins', '[story][test] Rollback v1: rolled back'])
  expect(String(hooks.seen[1]?.json['text'])).toMatch(/Before: \S+ v3/)
  expect(subjects()).toEqual([])
})

test('what a bad release leaves behind is the skeleton of a post-mortem', async () => {
  const sick = await story.run('deploy', '--bundle', await story.bundle('v4', 'sick'))
  expect(sick.code, sick.said).toBe(1)
  const run = String(sick.document?.['run'])
  const out = join(story.directory, 'postmortem.md')
  const words = (...more: readonly string[]) =>
    stellwerk(['postmortem', run, 'test', ...more], { cwd: story.directory })

  const written = await words('--out', out)
  const german = await words('--lang', 'de')
  const twice = await words('--out', out)

  expect([written.code, german.code, twice.code], written.said).toEqual([0, 0, 1])
  const page = await readFile(out, 'utf8')
  expect(page).toMatch(/^- .* local \*\*Check "health" did not pass/m)
  expect(page).toMatch(/^\| 20.* \| local \| health \| fail \| answered 500 /m)
  expect(page).toMatch(/^- The run took itself back: \d+ of \d+ steps$/m)
  expect(page).toMatch(/^- local: users were on this release for /m)
  expect(page).toMatch(/^\| \S+Z \| 20\d\d-\d\d-\d\d [\d:]+ \| local \| taken back \| /m)
  expect(german.out).toContain('## Wie es bemerkt wurde')
  const rolledBack = (await readdir(join(story.hosts[0]?.root ?? '', '.stellwerk/runs')))
    .filter(name => name.includes('deploy'))
    .toSorted()
  const v3 = await stellwerk(['postmortem', rolledBack.at(-2) ?? '', 'test'], { cwd: story.directory })
  expect(v3.out).toMatch(/users were on this release for .*-rollback-/)
  const unknown = await stellwerk(['postmortem', 'no-such-run', 'test'], { cwd: story.directory })
  expect([unknown.code, unknown.err.includes('no-such-run')]).toEqual([2, true])
})

test('versions and contacts are tables', async () => {
  await story.configure(document => ({
    ...document,
    contacts: { ops: { name: 'Anna | Berg', role: 'Ops' } },
  }))
  const versions = await story.run('versions')

  expect(versions.code, versions.said).toBe(0)
  expect(versions.document?.['versions']).toMatchObject([
    { version: 'v4', state: 'failed', live: [] },
    { version: 'v3', state: 'undone' },
    { version: 'v1', state: 'proven', live: ['local'], by: 'tester', notes: 'The first <one>' },
  ])
  expect((await story.run('contacts')).document?.['contacts']).toMatchObject([
    { id: 'ops', name: 'Anna | Berg' },
  ])
})
