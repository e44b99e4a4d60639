// Command, disk and TCP checks by real sh: the shell of this machine, and BusyBox with nothing but its own tools.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CheckContext } from '../../src/checks/context.ts'
import { type NamedCheck, runCheck, runChecks, runHostChecks } from '../../src/checks/index.ts'
import type { Host } from '../../src/engine/host.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { aCheck, aContext, Rig } from './checks.rig.ts'

let rig: Rig
beforeEach(() => {
  rig = new Rig()
})
afterEach(() => rig.close())

/** A host on which every tool is BusyBox. */
function busyboxHost(): Host {
  const bin = rig.directory()
  const applets = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')
  for (const applet of applets) symlinkSync('/bin/busybox', join(bin, applet))
  return makeLocalHost({ name: 'alpine', env: { PATH: bin } })
}

/** A host that has what this machine has, except for some tools. */
function hostWithout(missing: readonly string[]): Host {
  const bin = rig.directory()
  for (const tool of readdirSync('/usr/bin')) {
    if (!missing.some(name => tool.startsWith(name))) symlinkSync(join('/usr/bin', tool), join(bin, tool))
  }
  return makeLocalHost({ name: 'bare', env: { PATH: bin } })
}

const makers: [string, () => Host][] = [
  ['the local sh', () => makeLocalHost({ name: 'web1' })],
  ['BusyBox', () => busyboxHost()],
]

describe.each(makers)('by %s', (_, makeHost) => {
  let host: Host
  beforeEach(() => {
    host = makeHost()
  })
  const run = (check: Record<string, unknown>, props: Partial<CheckContext> = {}) =>
    runCheck('it', aCheck(check), aContext({ host, ...props }))

  test('a command is judged by its exit code', async () => {
    const green = await run({ kind: 'command', command: 'test 1 = 1' })
    const wanted = await run({ kind: 'command', command: 'exit 3', expect: { exit: 3 } })
    const red = await run({ kind: 'command', command: 'echo "no connection" >&2; exit 2' })

    expect(green).toMatchObject({
      verdict: 'pass',
      observed: { en: 'exit code 0', de: 'Endecode 0' },
      host: host.name,
    })
    expect(wanted.verdict).toBe('pass')
    expect(red).toMatchObject({
      verdict: 'fail',
      observed: {
        en: 'ended with exit code 2, expected 0: no connection',
        de: 'endete mit Endecode 2, erwartet 0: no connection',
      },
      details: { exit: 2, error: 'no connection' },
    })
  })

  test('a command is judged by its standard output', async () => {
    const number = await run({
      kind: 'command',
      command: 'echo 42; echo 7 >&2',
      expect: { output: { min: 40 } },
    })
    const word = await run({ kind: 'command', command: 'echo degraded', expect: { output: 'healthy' } })
    const text = 'it\'s "5" $HOME `x` \\ ü\n\n\u0001x'
    const exact = await run({
      kind: 'command',
      command: `printf '%s' '${text.replaceAll("'", `'\\''`)}'`,
      expect: { output: text },
    })

    expect([number.verdict, number.observed.en]).toEqual(['pass', 'exit code 0'])
    expect([word.verdict, word.observed.en]).toEqual(['fail', 'the output is "degraded", expected "healthy"'])
    expect(exact.observed.en).toBe('exit code 0')
  })

  test('a command that cannot be run, or its directory, is unknown', async () => {
    const missing = await run({ kind: 'command', command: 'no-such-program --version' })
    const directory = await run({ kind: 'command', command: 'true', cwd: '/no/such/directory' })
    const file = join(rig.directory(), 'script')
    writeFileSync(file, 'true', { mode: 0o644 })
    const forbidden = await run({ kind: 'command', command: file })

    expect([missing.verdict, forbidden.verdict, directory.verdict]).toEqual(['unknown', 'unknown', 'unknown'])
    expect(missing.observed.en).toMatch(/^the command cannot be run \(exit 127: .*no-such-program.*not found/)
    expect(forbidden.observed.en).toMatch(/^the command cannot be run \(exit 126: .*[Pp]ermission denied/)
    expect(directory.observed.en).toBe('the directory it starts in does not exist')
  })

  test('a command that does not end is unknown, and neither it nor its children live on', async () => {
    const directory = rig.directory()
    const command = `(sh -c 'echo $$ >${directory}/child; sleep 1000') & echo $$ >${directory}/parent; wait`
    const result = await run({ kind: 'command', command, timeout: '1s' })

    expect([result.verdict, result.observed.en]).toEqual(['unknown', 'did not end within 1.0 s'])
    const pids = ['child', 'parent'].map(name =>
      execFileSync('cat', [join(directory, name)], { encoding: 'utf8' }).trim(),
    )
    expect(pids.every(pid => /^\d+$/.test(pid))).toBe(true)
    expect(pids.filter(isAlive)).toEqual([])
  })

  test('an abort ends a command and its children', async () => {
    const directory = rig.directory()
    const stop = new AbortController()
    const command = `sh -c 'echo $$ >${directory}/child; sleep 1000' & wait`
    const pending = run({ kind: 'command', command, timeout: '1h' }, { signal: stop.signal })
    const written = () =>
      existsSync(join(directory, 'child')) && readFileSync(join(directory, 'child'), 'utf8')
    await expect.poll(written, { timeout: 20_000 }).toMatch(/^\d+\n$/)
    const pid = execFileSync('cat', [join(directory, 'child')], { encoding: 'utf8' }).trim()

    stop.abort()
    const result = await pending

    expect(result.verdict).toBe('unknown')
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false)
  })

  test('a child left behind does not hold the check up', async () => {
    const file = join(rig.directory(), 'pid')
    const result = await run({
      kind: 'command',
      command: `sleep 1000 & echo $! >${file}; echo started`,
      timeout: '20s',
    })
    process.kill(Number(execFileSync('cat', [file], { encoding: 'utf8' })))

    expect([result.verdict, result.details['output']]).toEqual(['pass', 'started\n'])
  })

  test('an output that is not UTF-8 is looked at', async () => {
    const latin = "printf 'gr\\374n ok\\n'"
    const green = await run({ kind: 'command', command: latin, expect: { output: { contains: 'ok' } } })
    const red = await run({ kind: 'command', command: latin, expect: { output: { contains: 'no' } } })

    expect([green.verdict, red.verdict], green.observed.en).toEqual(['pass', 'fail'])
  })

  test('an output too long to be looked at is unknown, and no other check suffers', async () => {
    const long = 'i=0; while [ $i -lt 2000 ]; do printf "%01000d" 0; i=$((i+1)); done; printf end'
    const named: NamedCheck[] = [
      { name: 'first', check: aCheck({ kind: 'command', command: 'echo one', expect: { output: 'one' } }) },
      {
        name: 'long',
        check: aCheck({
          kind: 'command',
          command: long,
          expect: { output: { contains: 'end' } },
          timeout: '60s',
        }),
      },
      { name: 'last', check: aCheck({ kind: 'command', command: 'echo two', expect: { output: 'two' } }) },
    ]
    const results = await runHostChecks(host, named, aContext())

    expect(results.map(result => [result.check, result.verdict])).toEqual([
      ['first', 'pass'],
      ['long', 'unknown'],
      ['last', 'pass'],
    ])
    expect(results[1]?.observed.en).toBe('the output is too long to be looked at')
    expect(results[1]?.details['output']).toMatch(/^0+end$/)
  })

  test('a command starts in the release, before the first deploy anywhere', async () => {
    const root = rig.directory()
    const before = await run({ kind: 'command', command: 'pwd', expect: { output: root } }, { root })
    mkdirSync(join(root, 'current', 'bin'), { recursive: true })
    const after = await run(
      { kind: 'command', command: 'pwd', expect: { output: join(root, 'current') } },
      { root },
    )
    const below = await run(
      { kind: 'command', command: 'pwd', cwd: 'bin', expect: { output: join(root, 'current', 'bin') } },
      { root },
    )

    expect([before.observed.en, after.observed.en, below.observed.en]).toEqual(Array(3).fill('exit code 0'))
  })

  test('free space', async () => {
    const root = join(rig.directory(), 'not', 'yet')
    const green = await run({ kind: 'disk', minFree: '1kB', minFreePercent: 0 }, { root })
    const red = await run({ kind: 'disk', minFree: '900TB' }, { root })
    const share = await run({ kind: 'disk', minFreePercent: 100 }, { root })
    const none = await run({ kind: 'disk', path: '/no/such/mount', minFree: '1kB' })

    expect(green).toMatchObject({
      verdict: 'pass',
      details: { free: expect.any(Number), percent: expect.any(Number) },
    })
    expect(green.observed.en).toMatch(/not\/yet has [\d.]+ [kMGT]?B free \(\d+ %\)$/)
    expect([red.verdict, share.verdict]).toEqual(['fail', 'fail'])
    expect(red.observed.en).toMatch(/ free \(\d+ %\), expected at least 900000\.0 GB$/)
    expect(share.observed.de).toMatch(/ frei \(\d+ %\), erwartet mindestens 100 %$/)
    expect([none.verdict, none.observed.en]).toEqual(['unknown', '/no/such/mount does not exist'])
  })

  test('a port that accepts, one that refuses, one that says nothing', async () => {
    const open = await rig.tcp(() => undefined)
    const closed = await rig.closedPort()
    const green = await run({ kind: 'tcp', port: open })
    const red = await run({ kind: 'tcp', port: closed })
    const silent = await run({ kind: 'tcp', port: await rig.silentPort(), timeout: '1s' })

    expect(green.verdict).toBe('pass')
    expect(green.observed.en).toMatch(/^127\.0\.0\.1:\d+ accepts connections/)
    expect([red.verdict, red.observed.en]).toEqual([
      'fail',
      `nothing listens on 127.0.0.1:${closed} (connection refused)`,
    ])
    expect(silent.verdict).toBe('unknown')
    expect(silent.observed.en).toMatch(/^no connection to 127\.0\.0\.1:\d+ within 1\.0 s$/)
  })

  test('a secret reaches the command and appears in no result and no process list', async () => {
    const sentinel = `sentinel-${'x"$`\''}9c`
    const secret = (name: string) => (name === 'TOKEN' ? sentinel : undefined)
    const list =
      'ps -o args 2>/dev/null || ps; echo; printf \'%s\' "${TOKEN}" | wc -c; echo "$TOKEN" >&2; exit 4'
    const result = await run({ kind: 'command', command: list }, { secret })

    expect(result.observed.en).toBe('ended with exit code 4, expected 0: [secret]')
    expect(JSON.stringify(result)).not.toContain('sentinel')
    expect(result.details['output']).not.toContain('[secret]')
  })
})

describe('one session', () => {
  test('for all checks of a host, whatever their number', async () => {
    const host = makeLocalHost({ name: 'web1' })
    const port = await rig.tcp(() => undefined)
    const named: NamedCheck[] = [
      { name: 'disk', check: aCheck({ kind: 'disk', minFree: '1kB' }) },
      { name: 'tcp', check: aCheck({ kind: 'tcp', port }) },
      ...Array.from({ length: 30 }, (_, index) => ({
        name: `command-${index}`,
        check: aCheck({ kind: 'command', command: `echo ${index}`, expect: { output: index } }),
      })),
    ]
    const results = await runHostChecks(host, named, aContext())

    expect(results.map(result => result.check)).toEqual(named.map(({ name }) => name))
    expect(results.filter(result => result.verdict !== 'pass')).toEqual([])
    expect(host.sessions).toBe(1)
  })

  test('a round asks again only what is not green yet', async () => {
    const host = makeLocalHost({ name: 'web1' })
    const directory = rig.directory()
    const named: NamedCheck[] = [
      { name: 'green', check: aCheck({ kind: 'command', command: `echo >>${directory}/green` }) },
      {
        name: 'later',
        check: aCheck({
          kind: 'command',
          command: `echo >>${directory}/later; test $(wc -l <${directory}/later) -ge 3`,
          retries: 5,
          every: '5ms',
        }),
      },
      { name: 'red', check: aCheck({ kind: 'command', command: 'exit 1', retries: 1, every: '5ms' }) },
    ]
    const results = await runHostChecks(host, named, aContext())

    expect(results.map(({ verdict, attempts }) => [verdict, attempts])).toEqual([
      ['pass', 1],
      ['pass', 3],
      ['fail', 2],
    ])
    expect(host.sessions).toBe(3)
  })

  test('http, tcp and commands from here and from the host run side by side, in the order asked', async () => {
    const port = await rig.http((_, response) => response.end('ok'))
    const results = await runChecks(
      [
        {
          name: 'here',
          check: aCheck({ kind: 'command', command: 'pwd', on: 'here', expect: { output: '/' } }),
        },
        { name: 'site', check: aCheck({ kind: 'http', url: '/' }) },
        { name: 'port', check: aCheck({ kind: 'tcp', port, from: 'here' }) },
        { name: 'remote', check: aCheck({ kind: 'command', command: 'true' }) },
      ],
      aContext({
        host: makeLocalHost({ name: 'web1' }),
        address: { host: '127.0.0.1', port },
        directory: '/',
      }),
    )
    expect(results.map(({ check, verdict, host }) => [check, verdict, host])).toEqual([
      ['here', 'pass', undefined],
      ['site', 'pass', 'web1'],
      ['port', 'pass', undefined],
      ['remote', 'pass', 'web1'],
    ])
  })
})

describe('what the host cannot do is unknown', () => {
  const named: NamedCheck[] = [
    { name: 'command', check: aCheck({ kind: 'command', command: 'true' }) },
    { name: 'disk', check: aCheck({ kind: 'disk', minFree: '1kB' }) },
    { name: 'tcp', check: aCheck({ kind: 'tcp', port: 1 }) },
  ]
  const unknowns = async (host: Host) => {
    const results = await runHostChecks(host, named, aContext())
    expect(results.map(result => result.verdict)).not.toContain('fail')
    return results.map(result => (result.verdict === 'pass' ? 'pass' : result.observed.en))
  }

  test('no timeout, no df, no tool that connects', async () => {
    expect(await unknowns(hostWithout(['timeout', 'df', 'nc', 'bash', 'python', 'busybox']))).toEqual([
      'the host has no timeout',
      expect.stringMatching(/^df said nothing that can be read: .*not found/),
      'the host has no bash, python3 or nc',
    ])
  })

  test('no temporary directory: the disk is still looked at', async () => {
    const host = makeLocalHost({
      name: 'web1',
      env: { PATH: process.env['PATH'], TMPDIR: '/no/such/directory' },
    })
    expect(await unknowns(host)).toEqual(['the host has no mktemp', 'pass', 'the host has no mktemp'])
  })

  test.each([
    [{ kind: 'unreachable', why: 'no route' } as const, 'web1 is not reachable: no route'],
    [{ kind: 'lost', why: 'reset' } as const, 'the connection to web1 was lost: reset'],
    [{ kind: 'timeout' } as const, 'web1 did not answer in time'],
    [{ kind: 'signal', signal: 'KILL' } as const, 'the script was ended by KILL'],
    [{ kind: 'exit', code: 0 } as const, 'the script ended before it came to this check'],
  ])('%j', async (ending, sentence) => {
    const host: Host = {
      ...makeLocalHost({ name: 'web1' }),
      run: async () => ({ ending, stdout: '', stderr: '' }),
    }
    expect(await unknowns(host)).toEqual([sentence, sentence, sentence])
  })

  test('a session lost half-way: what ended counts, the rest is unknown', async () => {
    const whole = makeLocalHost({ name: 'web1' })
    const host: Host = {
      ...whole,
      run: async (script, options) => {
        const execution = await whole.run(script, options)
        const kept = execution.stdout.slice(0, execution.stdout.indexOf('1 exit'))
        return { ...execution, stdout: kept, ending: { kind: 'lost', why: 'reset' } }
      },
    }
    const check = aCheck({ kind: 'command', command: 'true' })
    const results = await runHostChecks(
      host,
      ['a', 'b', 'c'].map(name => ({ name, check })),
      aContext(),
    )

    expect(results.map(result => [result.verdict, result.observed.en])).toEqual([
      ['pass', 'exit code 0'],
      ['unknown', 'the connection to web1 was lost: reset'],
      ['unknown', 'the connection to web1 was lost: reset'],
    ])
  })

  test('no host at all', async () => {
    const result = await runCheck('disk', aCheck({ kind: 'disk', minFree: '1kB' }), aContext())
    expect([result.verdict, result.observed.en, result.blocks]).toEqual([
      'unknown',
      'there is no machine to run it on',
      true,
    ])
  })
})

describe('tcp from here', () => {
  test('accepts, refuses, says nothing, has no address', async () => {
    const open = await rig.tcp(() => undefined)
    const closed = await rig.closedPort()
    const run = (check: Record<string, unknown>) =>
      runCheck('port', aCheck({ kind: 'tcp', from: 'here', timeout: '300ms', ...check }), aContext())
    const results = [
      await run({ port: open }),
      await run({ port: closed }),
      await run({ port: await rig.silentPort() }),
      await run({ host: 'nowhere.invalid', port: 9, timeout: '5s' }),
    ]
    expect(results.map(result => result.verdict)).toEqual(['pass', 'fail', 'unknown', 'unknown'])
    expect(results[1]?.observed.en).toBe(`nothing listens on 127.0.0.1:${closed} (connection refused)`)
    expect(results[3]?.observed.en).toBe('no address found for nowhere.invalid:9')
  })
})

function isAlive(pid: string): boolean {
  if (!existsSync(`/proc/${pid}`)) return false
  // A zombie that nobody has waited for is dead.
  return (
    !/^State:\s+Z/m.test(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' })) &&
    readdirSync(`/proc/${pid}`).length > 0
  )
}
