// What is due runs once: after a pause, after a change of the clock, and one entry after the other.
import { mkdirSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { runCli } from '../../src/cli/main.ts'
import { systemClock } from '../../src/core/clock.ts'
import { makeWiring } from '../../src/wiring.ts'
import { aTerminal } from '../helpers/a-terminal.ts'
import { startStellwerk, stellwerk } from '../rigs/command-line.ts'

let base: string
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'sched-'))
  for (const part of ['root/shared/data', 'state', 'bin']) mkdirSync(join(base, part), { recursive: true })
  using database = new DatabaseSync(join(base, 'root/shared/data/app.sqlite'))
  database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY)')
  await configure({ hourly: 'hourly', daily: 'täglich 02:30' })
})
afterEach(() => rm(base, { recursive: true, force: true }))

async function configure(schedule: Record<string, string>, more: object = {}): Promise<void> {
  const document = {
    version: 1,
    app: 'shop',
    timezone: 'Europe/Berlin',
    build: { entries: ['server.js'] },
    router: { kind: 'symlink', listen: '127.0.0.1:8080', reload: 'nginx -s reload' },
    verify: { identity: { url: '/', header: 'X-Release' }, health: ['home'] },
    checks: { home: { kind: 'http', url: '/' } },
    release: { shared: { directories: ['data'] } },
    databases: { main: { kind: 'sqlite', file: 'data/app.sqlite' } },
    backup: {
      destinations: { nas: { kind: 'directory', path: join(base, 'nas') } },
      reserve: '1MB',
      keep: { hourly: 50 },
      drill: { directory: join(base, 'drill') },
      schedule,
      ...more,
    },
    environments: { test: { root: join(base, 'root'), hosts: { web1: 'local' } } },
  }
  await writeFile(join(base, 'stellwerk.yaml'), stringify(document))
}

const env = () => ({
  XDG_STATE_HOME: join(base, 'state'),
  PATH: `${join(base, 'bin')}:${process.env['PATH']}`,
})
const run = (...words: readonly string[]) => stellwerk(words, { cwd: base, env: env() })
const sets = async (setClass: string) =>
  (await readdir(join(base, 'nas/shop/test', setClass)).catch(() => [])).toSorted()

/** Sets back what is remembered, as if nothing had run for days. */
async function forget(): Promise<void> {
  const directory = join(base, 'state/stellwerk/schedule')
  for (const name of await readdir(directory)) {
    const memory = JSON.parse(await readFile(join(directory, name), 'utf8'))
    for (const entry of Object.values(memory.entries) as { since: string }[])
      entry.since = new Date(Date.now() - 5 * 86_400_000).toISOString()
    await writeFile(join(directory, name), JSON.stringify(memory))
  }
}

test('--once: nothing is due at first; days that were missed are caught up once, and not again', async () => {
  const first = await run('schedule', '--once')
  expect([first.code, await sets('daily'), await sets('hourly')], first.said).toEqual([0, [], []])
  await forget()

  const second = await run('schedule', '--once')
  const third = await run('schedule', '--once')

  expect([second.code, third.code], second.said).toEqual([0, 0])
  expect([(await sets('daily')).length, (await sets('hourly')).length]).toEqual([1, 1])
  expect(second.out).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d Europe\/Berlin {2}daily begins, due \S+ 02:30$/m)
  expect(second.out).toMatch(/Europe\/Berlin {2}hourly is done after /)
})

test('an entry that fails does not keep the others from running, and is told', async () => {
  await configure({ daily: 'daily 02:30', drill: 'daily 01:00' })
  await run('schedule', '--once')
  await forget()

  const ended = await run('schedule', '--once', '--lang', 'de')

  // The drill came first and had no set.
  expect(ended.code, ended.said).toBe(5)
  expect(ended.out).toMatch(/drill ist nach .* gescheitert, Exit-Code 5/)
  expect(ended.out).toMatch(/daily ist fertig nach/)
  expect((await sets('daily')).length).toBe(1)
  const list = await run('schedule', 'list')
  expect(list.out).toMatch(/drill +daily 01:00 +\S+ \S+ failed, exit code 5/)
  expect(list.out).toMatch(/daily +daily 02:30 +\S+ \S+ done( +\S+ 02:30,?){3}/)
  expect(list.out).toContain('Times in Europe/Berlin')
})

test('Ctrl-C ends a schedule that waits, cleanly', async () => {
  let waits = () => {}
  const waiting = new Promise<void>(resolve => {
    waits = resolve
  })
  const onLine = (line: string) => {
    if (line.includes('"event":"next"')) waits()
  }
  const started = startStellwerk(['schedule', '--json'], { cwd: base, env: env(), onLine })
  await waiting
  started.kill('SIGINT')
  const ended = await started.ended

  expect(ended.code, ended.said).toBe(0)
  expect(ended.document).toMatchObject({ schema: 'stellwerk.schedule/1', event: 'stopped' })
})

test.each([
  ['in autumn, when 02:30 comes twice', '2026-10-24T12:00:00Z', '20261025T0030'],
  ['in spring, when 02:30 does not come', '2026-03-28T12:00:00Z', '20260329T01'],
])('in the foreground, %s, the night has one set', async (_, start, set) => {
  await configure({ daily: 'daily 02:30' }, { maxAge: '30d' })
  const interrupt = new AbortController()
  const [from, real] = [new Date(start).getTime(), Date.now()]
  let slept = 0
  let longest = 0
  const clock = {
    ...systemClock,
    now: () => new Date(from + slept + (Date.now() - real)),
    sleep: async (ms: number, signal?: AbortSignal) => {
      // The heartbeat of a lock sleeps in real time.
      if (signal !== interrupt.signal) return systemClock.sleep(ms, signal)
      longest = Math.max(longest, ms)
      slept += ms
      if (slept > 30 * 3_600_000) interrupt.abort()
    },
  }
  const real1 = makeWiring({ root: join(import.meta.dirname, '../..'), version: '0.0.0' })
  const memory = new Map<string, string>()
  const wiring = {
    ...real1,
    clock,
    recall: async (name: string) => memory.get(name),
    remember: async (name: string, content: string) => {
      memory.set(name, content)
      return { ok: true as const, value: undefined }
    },
  }
  const io = aTerminal()
  const words = ['schedule', 'test', '--config', join(base, 'stellwerk.yaml')]
  const code = await runCli(words, io, interrupt.signal, async () => wiring, { version: '0', env: {} })

  expect(code, io.stderr()).toBe(0)
  const made = await sets('daily')
  expect(made).toHaveLength(1)
  expect(made[0]).toContain(set)
  expect(longest).toBeLessThanOrEqual(5 * 60_000)
})

test('install writes units and a crontab with absolute paths, keeps what others wrote, and remove takes it back', async () => {
  // crontab of this user stays alone: this one keeps a file.
  const own = '# mine\n0 1 * * * true\n'
  const tab = join(base, 'tab')
  await writeFile(tab, own)
  await writeFile(
    join(base, 'bin/crontab'),
    `#!/bin/sh\nif [ "$1" = -l ]; then cat ${tab} 2>/dev/null || { echo "no crontab for me" >&2; exit 1; }; else cat >${tab}; fi\n`,
  )
  await chmod(join(base, 'bin/crontab'), 0o755)
  const installed = await run('schedule', 'install', '--cron')
  const twice = await run('schedule', 'install', '--cron')
  const content = await readFile(tab, 'utf8')
  const removed = await run('schedule', 'remove', '--cron')

  expect([installed.code, twice.code, removed.code], installed.said).toEqual([0, 0, 0])
  expect(content.startsWith(own)).toBe(true)
  expect(content.match(/# BEGIN stellwerk shop\/test/g)).toHaveLength(1)
  expect(content).toMatch(
    /30 2 \* \* \* \/\S+node \/\S+stellwerk.js backup test --class daily --config \/\S+stellwerk.yaml --wait 1h/,
  )
  expect(await readFile(tab, 'utf8')).toBe(own)

  await rm(tab)
  expect((await run('schedule', 'install', '--cron')).code).toBe(0)
  expect(await readFile(tab, 'utf8')).toContain('CRON_TZ=Europe/Berlin')
  // A crontab that cannot be read is never replaced.
  await writeFile(
    join(base, 'bin/crontab'),
    `#!/bin/sh\n[ "$1" = -l ] || exec cat >${tab}\necho "you are not allowed" >&2; exit 1\n`,
  )
  await writeFile(tab, own)
  const refused = await run('schedule', 'install', '--cron')
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('not allowed')])
  expect(await readFile(tab, 'utf8')).toBe(own)
})

test('--print changes nothing, for systemd and for cron', async () => {
  const units = await run('schedule', 'install', '--print', '--systemd')
  const lines = await run('schedule', 'install', '--print', '--cron')

  expect([units.code, lines.code], units.said).toEqual([0, 0])
  expect(units.out).toContain('OnCalendar=*-*-* 02:30:00 Europe/Berlin')
  expect(units.out).toMatch(/ExecStart="\/.*stellwerk.js" "backup" "test" "--class" "hourly"/)
  expect(lines.out).toContain('CRON_TZ=Europe/Berlin')
  const both = await run('schedule', 'install', '--systemd', '--cron')
  expect(both.code).toBe(2)
})
