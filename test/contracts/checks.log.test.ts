// Logs on a real host: files with times, and what a service writes that was really started, in dash and in BusyBox.
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type NamedCheck, runCheck } from '../../src/checks/index.ts'
import type { Host } from '../../src/engine/host.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { checksOf } from '../../src/procedures/given.ts'
import {
  type ServiceStart,
  type ServiceStop,
  serviceStart,
  serviceStop,
} from '../../src/services/process/kinds.ts'
import type { ProcessSpec } from '../../src/services/process/spec.ts'
import { document, load } from '../helpers/config-file.ts'
import { aCheck, aContext, Rig } from './checks.rig.ts'
import { makeStage, type Shell, until } from './services.stage.ts'

const rig = new Rig()
afterAll(() => rig.close())

/** Milliseconds ago as a log would write it. */
const at = (ago: number) => new Date(Date.now() - ago).toISOString()
const minute = 60_000

function aRoot(): string {
  const root = rig.directory()
  mkdirSync(join(root, 'releases/r1'), { recursive: true })
  symlinkSync('releases/r1', join(root, 'current'))
  return root
}

function busyboxHost(): Host {
  const bin = rig.directory()
  const applets = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')
  for (const applet of applets) symlinkSync('/bin/busybox', join(bin, applet))
  return makeLocalHost({ name: 'alpine', env: { PATH: bin } })
}

describe.each([
  ['the local sh', () => makeLocalHost({ name: 'web1' })],
  ['BusyBox', busyboxHost],
])('a file, by %s', (_, makeHost) => {
  const sentinel = 'sentinel-9f2c77'
  const run = async (root: string, check: Record<string, unknown>) => {
    const whole = {
      ...aCheck({ kind: 'log', file: 'shared/app.log', ...check }),
      given: { secrets: ['TOKEN'] },
    }
    const secret = (name: string) => (name === 'TOKEN' ? sentinel : undefined)
    const result = await runCheck('log', whole, aContext({ host: makeHost(), root, secret }))
    expect(JSON.stringify(result)).not.toContain(sentinel)
    return [result.verdict, result.observed.en] as const
  }
  const write = (root: string, lines: readonly string[], name = 'app.log') => {
    mkdirSync(join(root, 'shared'), { recursive: true })
    writeFileSync(join(root, 'shared', name), `${lines.join('\n')}\n`)
  }

  test('only lines since the switch count, with those that belong to them', async () => {
    const root = aRoot()
    write(root, [
      `${at(60 * minute)} ERROR from before`,
      '    at before.js:1',
      `${at(-1000)} INFO started`,
      `${at(-1000)} ERROR favicon.ico not found`,
    ])
    const forbid = { forbid: 'ERROR|before\\.js' }
    const red = await run(root, forbid)
    const known = await run(root, { ...forbid, ignore: ['favicon'] })
    const some = await run(root, { ...forbid, max: 1 })
    const all = await run(root, { ...forbid, since: 'all' })
    const few = await run(root, { minLines: 5 })

    expect(red).toEqual([
      'fail',
      expect.stringMatching(
        /^1 line matches \/ERROR\|before\\\.js\/, expected none; the first: ".* ERROR favicon\.ico not found"$/,
      ),
    ])
    expect([known, some]).toEqual([
      ['pass', '2 lines, 0 forbidden'],
      ['pass', '2 lines, 1 forbidden'],
    ])
    expect(all).toEqual(['fail', expect.stringMatching(/^3 lines match .*from before"$/)])
    expect(few).toEqual(['fail', '2 lines, expected at least 5'])
  })

  test('the newest minutes, across a rotation', async () => {
    const root = aRoot()
    write(root, [`${at(60 * minute)} ERROR old`, `${at(minute)} ERROR rotated away`], 'app.log.1')
    write(root, [`${at(0)} INFO fine`])
    expect(await run(root, { forbid: 'ERROR', since: '10m' })).toEqual([
      'fail',
      expect.stringMatching(/^1 line matches .*rotated away/),
    ])
    expect(await run(root, { forbid: 'ERROR', since: '10s', minLines: 1 })).toEqual([
      'pass',
      '1 lines, 0 forbidden',
    ])
  })

  test.each(['app.log.2', 'app.log.1.gz', 'app.log-20261121', 'app.log.old'])(
    'what was rotated away into %s is not taken for nothing',
    async name => {
      const root = aRoot()
      write(root, [`${at(0)} INFO fine`])
      write(root, [`${at(minute)} ERROR lost`], name)
      const recent = { forbid: 'ERROR', since: '10m' }
      const lost = await run(root, recent)
      const all = await run(root, { ...recent, since: 'all' })
      const before = new Date(Date.now() - 60 * minute)
      utimesSync(join(root, 'shared', name), before, before)
      const old = await run(root, recent)
      write(root, [`${at(0)} ERROR here`])
      utimesSync(join(root, 'shared', name), new Date(), new Date())
      const bad = await run(root, recent)

      expect(lost).toEqual([
        'unknown',
        `part of it was rotated away: ${name} was written to since then, and is not read`,
      ])
      expect([all, old]).toEqual(Array(2).fill(['pass', '1 lines, 0 forbidden']))
      expect(bad).toEqual(['fail', expect.stringMatching(/^1 line matches .*here"$/)])
    },
  )

  test('an error that is known is explained, and no secret is shown', async () => {
    const root = aRoot()
    write(root, [`${at(-1000)} ERROR token ${sentinel}: SQLITE_IOERR: disk I/O error`])
    expect(await run(root, { forbid: 'ERROR' })).toEqual([
      'fail',
      expect.stringMatching(
        /token \[secret\]: SQLITE_IOERR: disk I\/O error"; SQLite cannot write beside its file/,
      ),
    ])
  })

  test('what cannot be told is unknown', async () => {
    const root = aRoot()
    const gone = await run(root, { forbid: 'ERROR' })
    write(root, ['ERROR without a time'])
    const timeless = await run(root, { forbid: 'ERROR' })
    rmSync(join(root, 'current'))
    const before = await run(root, { forbid: 'ERROR' })

    expect([gone, timeless, before]).toEqual([
      [
        'unknown',
        expect.stringMatching(
          /^the log cannot be read: .*app\.log: No such file or directory; the file is not where/,
        ),
      ],
      ['unknown', 'no line begins with a time, so nothing tells which are new: since: all reads every line'],
      ['unknown', 'there is no release that was switched to'],
    ])
  })

  test('a line without a time behind an old one is not taken for old', async () => {
    const root = aRoot()
    const old = `${at(60 * minute)} INFO started`
    const dying = ['/srv/app/server.js:3', '    throw new Error()', 'ReferenceError: colour is not defined']
    const forbid = { forbid: 'Error' }
    const why = expect.stringMatching(/nobody can tell whether it is new: "ReferenceError: colour/)
    write(root, [old, ...dying])
    const last = await run(root, forbid)
    write(root, [old, ...dying, `${at(0)} INFO started`])
    const restarted = await run(root, forbid)
    write(root, [old, ...dying, `${at(50 * minute)} INFO started`, `${at(0)} INFO switched`])
    const long = await run(root, forbid)
    write(root, [old, ...dying])
    const before = new Date(Date.now() - 60 * minute)
    utimesSync(join(root, 'shared/app.log'), before, before)
    const silent = await run(root, forbid)

    expect([last, restarted]).toEqual([
      ['unknown', why],
      ['unknown', why],
    ])
    expect([long, silent]).toEqual([
      ['pass', '1 lines, 0 forbidden'],
      ['pass', '0 lines, 0 forbidden'],
    ])
  })

  test('an expression that would never end on a line says nothing, in time', async () => {
    const root = aRoot()
    write(root, [`${at(-1000)} INFO ${'a'.repeat(60)}!`])
    expect(await run(root, { forbid: '(a+)+$', timeout: '20s' })).toEqual([
      'unknown',
      expect.stringMatching(/takes too long on a line/),
    ])
  })

  test('a long log is read to its end', async () => {
    const root = aRoot()
    const line = `${at(-1000)} INFO ${'x'.repeat(80)}`
    write(root, [...Array.from({ length: 20_000 }, () => line), `${at(-1000)} ERROR last`])
    expect(await run(root, { forbid: 'ERROR', timeout: '60s' })).toEqual([
      'fail',
      expect.stringMatching(/ ERROR last"$/),
    ])
  })
})

describe.each<Shell>(['dash', 'busybox'])('a service that was started, under %s', shell => {
  const release = '20261121_021500-aaaaaaa'
  const title = { en: 'x', de: 'x' }
  const undo = { how: 'auto', title } as const
  let field: ReturnType<typeof makeStage>
  beforeEach(() => {
    field = makeStage(shell)
    field.release(release, { 'app.sh': 'cat words; exec sleep 1000\n', words: '' })
    symlinkSync(`releases/${release}`, join(field.stage.root, 'current'))
  })
  const spec = (): ProcessSpec => ({
    service: 'web',
    slot: 0,
    release,
    command: 'sh app.sh',
    env: {},
    secrets: [],
    ready: 15_000,
    stop: { signal: 'TERM', timeout: 10_000 },
    restart: { onFailure: false, max: 5, within: 600_000, delay: 1000 },
    log: { maxSize: 10_000_000, keep: 5 },
  })
  const step = (id: string) => ({ id, host: 'web1', title, timeout: 60_000, undo })
  const start: () => ServiceStart = () =>
    ({ ...step('start'), kind: 'service.start', spec: spec() }) as ServiceStart
  const stop: () => ServiceStop = () =>
    ({ ...step('stop'), kind: 'service.stop', spec: spec() }) as ServiceStop
  afterEach(async () => {
    await field.stage.run(serviceStop, stop())
    field.remove()
  })
  const says = async (words: string) => {
    await field.stage.run(serviceStop, stop())
    writeFileSync(join(field.stage.root, 'releases', release, 'words'), words)
    expect((await field.stage.run(serviceStart, start())).ok).toBe(true)
  }
  const check = (props: string): NamedCheck => {
    const loaded = load(
      document({
        services: 'services:\n  web: { kind: process, command: sh app.sh, ports: [] }',
        router: '',
        checks: `checks:\n  log: { kind: log, service: web, ${props} }\n  health: { kind: tcp, port: 1 }`,
        gates: '',
        verify: 'verify: { identity: { waived: "nothing answers here" }, health: [health] }',
        environments: `environments:\n  production:\n    root: ${field.stage.root}\n    hosts: { web1: local }`,
      }),
    )
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
    const { config } = loaded.value
    const [host] = config.hosts
    const [found] = host === undefined ? [] : checksOf(config, host, ['log'])
    if (found === undefined) throw new Error('no check')
    return found
  }
  const run = async (props: string) => {
    const named = check(props)
    const host = makeLocalHost({
      name: 'web1',
      env: { PATH: field.path.includes('busybox') ? field.path : process.env['PATH'] },
    })
    const result = await runCheck(named.name, named.check, aContext({ host, root: field.stage.root }))
    return [result.verdict, result.observed.en] as const
  }

  test('only what it wrote since its start counts, across rotations', async () => {
    expect(await run('forbid: ERROR')).toEqual(['unknown', 'web has not written anything yet'])
    await says('ERROR of the old release\n')
    const log = join(field.stage.root, '.stellwerk/services/web/0/log/current.log')
    const seen = async (sentence: RegExp, props = 'forbid: ERROR, minLines: 1') => {
      let last: readonly [string, string] = ['', '']
      await until(`a log that says ${sentence}`, async () => {
        last = await run(props)
        return sentence.test(last[1])
      })
      return last[0]
    }
    expect(await seen(/^1 line matches/)).toBe('fail')
    await says('all is well\n')
    expect(await seen(/^1 lines, 0 forbidden$/)).toBe('pass')
    expect(await run('forbid: ERROR, since: all')).toEqual([
      'fail',
      expect.stringMatching(/of the old release"$/),
    ])
    expect(await run('forbid: ERROR, since: 10m')).toEqual([
      'unknown',
      expect.stringMatching(/^no line begins with a time/),
    ])

    // As the reader of the log rotates: the file moves, and a new one begins.
    renameSync(log, `${log}.1`)
    const later = new Date(Date.now() + 5000)
    utimesSync(`${log}.1`, later, later)
    writeFileSync(log, 'ERROR after the rotation\n')
    expect(await run('forbid: ERROR, minLines: 2')).toEqual([
      'fail',
      expect.stringMatching(/^1 line matches .*after the rotation"$/),
    ])
    rmSync(join(field.stage.root, '.stellwerk/services/web/0/began'))
    expect(await run('forbid: ERROR')).toEqual(['unknown', 'nothing tells which lines of web are new'])
  })
})
