// What a host says of itself, by real sh: the shell of this machine, and BusyBox with nothing but its own tools.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CheckContext } from '../../src/checks/context.ts'
import { runCheck } from '../../src/checks/index.ts'
import { service } from '../../src/config/schema/service.ts'
import type { Clock } from '../../src/core/clock.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Host } from '../../src/engine/host.ts'
import { makeLocalHost } from '../../src/hosts/local.ts'
import { publishedLines } from '../../src/services/compose/published.ts'
import { aCheck, aContext, Rig } from './checks.rig.ts'

const rig = new Rig()
afterAll(() => rig.close())

/** A host on which every tool is BusyBox. */
function busyboxHost(): Host {
  const bin = rig.directory()
  const applets = execFileSync('busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')
  for (const applet of applets) symlinkSync('/bin/busybox', join(bin, applet))
  // Other users look for their tools there too.
  chmodSync(bin, 0o755)
  return makeLocalHost({ name: 'alpine', env: { PATH: bin } })
}

/** A host whose /proc cannot be read as such: it has no cat. */
function hostWithout(missing: readonly string[]): Host {
  const bin = rig.directory()
  for (const tool of readdirSync('/usr/bin')) {
    if (!missing.includes(tool)) symlinkSync(join('/usr/bin', tool), join(bin, tool))
  }
  return makeLocalHost({ name: 'bare', env: { PATH: bin } })
}

const makers: [string, () => Host][] = [
  ['the local sh', () => makeLocalHost({ name: 'web1' })],
  ['BusyBox', () => busyboxHost()],
]

describe.each(makers)('by %s', (_, makeHost) => {
  let host: Host
  beforeAll(() => {
    host = makeHost()
  })
  const run = (check: Record<string, unknown>, props: Partial<CheckContext> = {}) =>
    runCheck('it', aCheck(check), aContext({ host, ...props }))

  test('memory', async () => {
    const green = await run({ kind: 'memory', minAvailable: '1MB', maxUsedPercent: 100 })
    const red = await run({ kind: 'memory', minAvailable: '900TB' })
    const share = await run({ kind: 'memory', maxUsedPercent: 1 })

    expect(green.verdict).toBe('pass')
    expect(green.observed.en).toMatch(/^[\d.]+ [MG]B of [\d.]+ GB available \(\d+ % in use\)$/)
    expect(green.observed.de).toMatch(/ verfügbar \(\d+ % belegt\)$/)
    expect([red.verdict, share.verdict]).toEqual(['fail', 'fail'])
    expect(red.observed.en).toMatch(/ in use\), expected at least 900000\.0 GB$/)
    expect(share.observed.de).toMatch(/ belegt\), erwartet höchstens 1 %$/)
  })

  test('processors', async () => {
    const green = await run({ kind: 'cpu', minCores: 1, maxPercent: 100, over: '1s', maxLoad: 10_000 })
    const red = await run({ kind: 'cpu', minCores: 10_000 })

    expect(green.verdict).toBe('pass')
    expect(green.observed.en).toMatch(/^\d+ cores, [\d.]+ % in use, load [\d.]+$/)
    expect([red.verdict, red.observed.de]).toEqual([
      'fail',
      expect.stringMatching(/^\d+ Kerne, erwartet mindestens 10000$/),
    ])
  })

  test('a port that is free, one that is not', async () => {
    const taken = await rig.tcp(() => undefined)
    const free = await rig.closedPort()
    const [green, red, foreign] = [
      await run({ kind: 'port', port: free }),
      await run({ kind: 'port', port: taken }),
      await run({ kind: 'port', port: taken, by: 'services' }),
    ]

    expect([green.verdict, green.observed.de]).toEqual(['pass', `Port ${free} ist frei`])
    expect([red.verdict, foreign.verdict]).toEqual(['fail', 'fail'])
    expect(red.observed.en).toMatch(new RegExp(`\\(pid ${process.pid}\\) listens on port ${taken}$`))
  })

  test('a port in the hands of a service that our supervisor started', async () => {
    const root = rig.directory()
    const script =
      "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))"
    const child = spawn(process.execPath, ['-e', script], {
      env: { ...process.env, STELLWERK_UNIT: '12.34;' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const port = await new Promise<number>(resolve =>
        child.stdout.once('data', line => resolve(Number(line))),
      )
      const slot = join(root, '.stellwerk/services/web/0')
      mkdirSync(slot, { recursive: true })
      writeFileSync(join(slot, 'pid'), 'pid 1 2\ntoken 12.3\n')
      const foreign = await run({ kind: 'port', port, by: 'services' }, { root })
      writeFileSync(join(slot, 'pid'), 'pid 1 2\ntoken 12.34\n')
      const ours = await run({ kind: 'port', port, by: 'services' }, { root })
      const strict = await run({ kind: 'port', port }, { root })

      expect([foreign.verdict, ours.verdict, strict.verdict]).toEqual(['fail', 'pass', 'fail'])
      expect(ours.observed.en).toMatch(/a service of this app, listens on port/)
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('of several that listen each must be ours', async () => {
    const root = rig.directory()
    const slot = join(root, '.stellwerk/services/web/0')
    mkdirSync(slot, { recursive: true })
    writeFileSync(join(slot, 'pid'), 'pid 1 2\ntoken 12.34\n')
    const port = await rig.closedPort()
    const start = (address: string, unit: string) => listening('node', address, port, unit)
    const stops = [await start('127.0.0.1', '12.34;'), await start('127.0.0.2', '12.34;')]
    try {
      const ours = await run({ kind: 'port', port, by: 'services' }, { root })
      stops.push(await start('127.0.0.3', '56.78;'))
      const mixed = await run({ kind: 'port', port, by: 'services' }, { root })

      expect([ours.verdict, mixed.verdict]).toEqual(['pass', 'fail'])
    } finally {
      for (const stop of stops) stop()
    }
  })

  test('a file, its mode, size, age, content and encoding', async () => {
    const root = rig.directory()
    const file = join(root, "it's.txt")
    writeFileSync(file, 'listen 443\nGrüße\n')
    chmodSync(file, 0o640)
    writeFileSync(join(root, 'latin.txt'), Buffer.from([0x47, 0xfc, 0xdf]))
    utimesSync(join(root, 'latin.txt'), new Date(0), new Date(1e9))
    const path = "it's.txt"
    const green = await run(
      {
        kind: 'file',
        path,
        type: 'file',
        mode: '0640',
        minBytes: '10B',
        maxAge: '1d',
        encoding: 'utf-8',
        contains: 'listen 443',
        writable: true,
      },
      { root },
    )
    const red = await run(
      {
        kind: 'file',
        path,
        mode: '0600',
        minBytes: '1kB',
        contains: 'listen 80',
        type: 'directory',
        owner: 'nobody',
      },
      { root },
    )
    const latin = await run({ kind: 'file', path: 'latin.txt', encoding: 'utf-8', maxAge: '1d' }, { root })
    utimesSync(join(root, 'latin.txt'), new Date(), new Date(Date.now() + 600_000))
    const early = await run({ kind: 'file', path: 'latin.txt', maxAge: '1d' }, { root })
    expect([early.verdict, early.observed.en]).toEqual([
      'unknown',
      'nothing tells how old latin.txt is: its last change lies in the future',
    ])
    const gone = await run({ kind: 'file', path: 'gone.txt' }, { root })
    const none = await run({ kind: 'file', path: 'gone.txt', exists: false }, { root })
    const there = await run({ kind: 'file', path, exists: false }, { root })

    expect([green.verdict, green.observed.en]).toEqual([
      'pass',
      expect.stringMatching(/^it's\.txt is a file \(mode 0640, owner \S+, 19 B\)$/),
    ])
    expect(red.verdict).toBe('fail')
    expect(red.observed.en).toMatch(
      /^it's\.txt: it is a file, expected a directory; mode is 0640, expected at most 0600; owner is \S+, expected nobody; size is 19 B, expected at least 1\.0 kB; "listen 80" does not stand in it$/,
    )
    expect([latin.verdict, latin.observed.de]).toEqual([
      'fail',
      expect.stringMatching(/letzte Änderung vor .*, erwartet höchstens 1 d 0 h; sie ist kein UTF-8$/),
    ])
    expect([gone.verdict, none.verdict, there.verdict]).toEqual(['fail', 'pass', 'fail'])
    expect(gone.observed.en).toMatch(/^gone\.txt does not exist; the file is not where it is looked for/)
  })

  test('a directory that another user can write to, and one not', async () => {
    const root = rig.directory()
    chmodSync(root, 0o755)
    mkdirSync(join(root, 'open'), { mode: 0o777 })
    chmodSync(join(root, 'open'), 0o777)
    mkdirSync(join(root, 'closed'), { mode: 0o755 })
    const ask = (path: string, user: string) => run({ kind: 'file', path, writable: true, user }, { root })
    const results = [
      await ask('open', 'nobody'),
      await ask('closed', 'nobody'),
      await ask('open', 'no-such-user'),
    ]

    // Nobody but root may act for others here; then nothing is known, and nothing is said to be fine.
    const asRoot = process.getuid?.() === 0
    expect(results.map(result => result.verdict)).toEqual(
      asRoot ? ['pass', 'fail', 'unknown'] : ['unknown', 'unknown', 'unknown'],
    )
    if (asRoot) {
      expect(results[1]?.observed.en).toMatch(
        /^closed: not writable for nobody \(.*ermission denied.*\); this user has no right to it/,
      )
      expect(readdirSync(join(root, 'open'))).toEqual([])
    }
    expect(results[2]?.observed.en).toBe('there is no user no-such-user on the host')
    const sealed = await run({ kind: 'file', path: 'closed', writable: false, user: 'nobody' }, { root })
    const open = await run({ kind: 'file', path: 'open', writable: false }, { root })
    expect([sealed.verdict, open.verdict]).toEqual([asRoot ? 'pass' : 'unknown', 'fail'])
  })

  test('a clock that agrees, one that does not', async () => {
    const shifted = (by: number): Clock => ({
      ...systemClock,
      now: () => new Date(systemClock.now().getTime() + by),
    })
    const green = await run({ kind: 'clock' })
    const red = await run({ kind: 'clock', maxSkew: '1m' }, { clock: shifted(3_600_000) })
    const ahead = await run({ kind: 'clock', maxSkew: '1m' }, { clock: shifted(-86_400_000) })

    expect([green.verdict, green.observed.en]).toEqual(['pass', 'no difference that can be told'])
    expect([red.verdict, red.observed.en]).toEqual([
      'fail',
      expect.stringMatching(/^(59 min \d+ s|1 h 0 min) behind, expected at most 1 min 0 s$/),
    ])
    expect(ahead.observed.de).toMatch(/^geht (23 h 59 min|1 d 0 h) vor, erwartet höchstens 1 min 0 s$/)
  })

  test('without a graphics processor nothing is known', async () => {
    const result = await run({ kind: 'gpu' })
    expect([result.verdict, result.observed.en]).toEqual(['unknown', 'the host has no nvidia-smi'])
  })
})

describe('what cannot be seen is unknown', () => {
  const all = [
    { kind: 'memory', minAvailable: '1B' },
    { kind: 'cpu', minCores: 1 },
    { kind: 'file', path: 'x' },
    { kind: 'clock' },
    { kind: 'port', port: 1 },
  ]
  test('a path that starts nowhere', async () => {
    const host = makeLocalHost({ name: 'web1' })
    const result = await runCheck('it', aCheck({ kind: 'file', path: 'x' }), aContext({ host }))
    expect([result.verdict, result.observed.en]).toEqual(['unknown', 'x starts nowhere'])
  })

  test('tools that are missing', async () => {
    const host = hostWithout(['nproc', 'date', 'stat', 'cat', 'busybox'])
    const results = []
    for (const check of all) results.push(await runCheck('it', aCheck(check), aContext({ host })))

    expect(results.map(result => result.verdict)).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ])
    expect(results[3]?.observed.en).toBe('bare did not tell its time')
  })

  test.each<[string, string, string]>([
    ['a full disk', 'echo "mktemp: No space left on device" >&2; exit 1', 'No space left on device'],
    ['no tool', 'echo "mktemp: not found" >&2; exit 127', 'not found'],
    ['a file that stays', 'echo /nowhere', 'rm: Operation not permitted'],
  ])('whether a directory may be written to, by %s', async (_, mktemp, why) => {
    const bin = rig.directory()
    writeFileSync(join(bin, 'mktemp'), `#!/bin/sh\n${mktemp}\n`, { mode: 0o755 })
    writeFileSync(join(bin, 'rm'), '#!/bin/sh\necho "rm: Operation not permitted" >&2; exit 1\n', {
      mode: 0o755,
    })
    const host = makeLocalHost({ name: 'web1', env: { PATH: `${bin}:${process.env['PATH']}` } })
    const ask = { kind: 'file', path: '.', writable: false }
    const result = await runCheck('it', aCheck(ask), aContext({ host, root: rig.directory() }))
    expect([result.verdict, result.observed.en]).toEqual([
      'unknown',
      expect.stringMatching(new RegExp(`^nothing tells whether \\. is writable \\(.*${why}\\)$`)),
    ])
  })

  test('a clock whose answer takes longer than the difference that counts', async () => {
    let time = 0
    const slow: Clock = {
      ...systemClock,
      now: () => {
        time += 60_000
        return new Date(systemClock.now().getTime() + time)
      },
    }
    const result = await runCheck(
      'it',
      aCheck({ kind: 'clock', maxSkew: '1s', timeout: '10s' }),
      aContext({ host: makeLocalHost({ name: 'web1' }), clock: slow }),
    )
    expect(result.verdict).not.toBe('pass')
  })

  test.skipIf(process.getuid?.() !== 0)('a directory that may not be entered', async () => {
    const root = rig.directory()
    chmodSync(root, 0o700)
    const host = makeLocalHost({ name: 'web1' })
    const asNobody: Host = {
      ...host,
      run: (script, options) => host.run(`exec su -s /bin/sh -c ${quoted(script)} nobody`, options),
    }
    const result = await runCheck(
      'it',
      aCheck({ kind: 'file', path: 'x/y', exists: false }),
      aContext({ host: asNobody, root }),
    )
    expect([result.verdict, result.observed.en]).toEqual([
      'unknown',
      `x/y cannot be seen: ${root} may not be entered`,
    ])
  })
})

/** A program of that name that listens; returns what ends it. */
async function listening(name: string, address: string, port: number, unit = ''): Promise<() => void> {
  const program = join(rig.directory(), name)
  symlinkSync('/usr/bin/perl', program)
  const child = spawn(
    program,
    [
      '-MIO::Socket::INET',
      '-e',
      '$| = 1; $s = IO::Socket::INET->new(LocalAddr => shift, LocalPort => shift, Listen => 1) or die; print "on\\n"; sleep 1000',
      address,
      String(port),
    ],
    { env: { ...process.env, STELLWERK_UNIT: unit }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await once(child.stdout, 'data')
  return () => void child.kill('SIGKILL')
}

/** A program of that name answers as docker does: one container of the service runs and has a port. */
describe('a port that a container engine serves', () => {
  const engine = (published: string, answers = true): Host => {
    const bin = rig.directory()
    const script = `#!/bin/sh
${answers ? '' : 'exit 1'}
case $1 in
version) echo 27.0 ;;
ps) echo c0ffee ;;
inspect) case $* in *NetworkSettings*) printf '${published}' ;; *) echo 'False|running||sha256:1||0|0|2026-11-21T14:00:00Z|c0ffee' ;; esac ;;
esac
`
    writeFileSync(join(bin, 'docker'), script, { mode: 0o755 })
    return makeLocalHost({ name: 'web1', env: { PATH: `${bin}:${process.env['PATH']}` } })
  }
  const web = service.parse({ kind: 'compose', engine: 'docker' })
  const ask = async (host: Host, port: number) => {
    if (web.kind !== 'compose') throw new Error(web.kind)
    const script = publishedLines('web', web, { app: 'shop', environment: 'production', root: '/srv' }, port)
    const check = { ...aCheck({ kind: 'port', port, by: 'services' }), given: { script } }
    const { verdict, observed } = await runCheck('it', check, aContext({ host }))
    return [verdict, observed.en] as const
  }

  test.each<[string, string, string, RegExp]>([
    ['its own', 'docker-proxy', '80/tcp PORT 127.0.0.1', /^docker-proxy \(pid \d+\), a service of this app,/],
    [
      'its own, seen from everywhere',
      'conmon',
      '80/tcp PORT 127.0.0.1\\n80/tcp PORT ::',
      /^conmon .* of this app/,
    ],
    [
      'of another container',
      'docker-proxy',
      '80/tcp 1 127.0.0.1',
      /^docker-proxy \(pid \d+\) listens on port \d+$/,
    ],
    ['of another address', 'docker-proxy', '80/tcp PORT 127.0.0.9', /^docker-proxy \(pid \d+\) listens/],
    ['of another protocol', 'docker-proxy', '80/udp PORT 127.0.0.1', /^docker-proxy \(pid \d+\) listens/],
    ['of a program beside it', 'other', '80/tcp PORT 127.0.0.1', /^other \(pid \d+\) listens/],
  ])('%s', async (_, name, published, sentence) => {
    const port = await rig.closedPort()
    const stop = await listening(name, '127.0.0.1', port)
    try {
      const [verdict, said] = await ask(engine(`${published.replaceAll('PORT', String(port))}\\n`), port)
      expect(said).toMatch(sentence)
      expect(verdict).toBe(said.includes('of this app') ? 'pass' : 'fail')
    } finally {
      stop()
    }
  })

  test('an engine that does not answer says nothing of its own programs', async () => {
    const port = await rig.closedPort()
    const silent = engine('', false)
    expect((await ask(silent, port))[0]).toBe('pass')
    const stops = [await listening('docker-proxy', '127.0.0.1', port)]
    try {
      expect(await ask(silent, port)).toEqual([
        'unknown',
        expect.stringMatching(/ listens on port \d+, and no container engine says for whom$/),
      ])
      stops.push(await listening('other', '127.0.0.2', port))
      expect((await ask(silent, port))[0]).toBe('fail')
    } finally {
      for (const stop of stops) stop()
    }
  })
})

function quoted(script: string): string {
  return `'${script.replaceAll("'", `'\\''`)}'`
}

/** No such card is here: a program of that name prints what the documented CSV of nvidia-smi looks like. */
describe('graphics processors, by answers of nvidia-smi as its manual shows them', () => {
  const ask = (output: string, exit: number, check: Record<string, unknown>) => {
    const bin = rig.directory()
    writeFileSync(join(bin, 'nvidia-smi'), `#!/bin/sh\ncat <<'CSV'\n${output}\nCSV\nexit ${exit}\n`, {
      mode: 0o755,
    })
    const host = makeLocalHost({ name: 'gpu1', env: { PATH: `${bin}:${process.env['PATH']}` } })
    return runCheck('gpu', aCheck({ kind: 'gpu', ...check }), aContext({ host }))
  }
  const two =
    'NVIDIA GeForce RTX 4080, 550.90.07, 14000, 16376, 61\nNVIDIA GeForce RTX 4080, 550.90.07, 512, 16376, 40'
  const limits = {
    name: { contains: 'RTX 4080' },
    maxMemoryPercent: 90,
    minDriver: '550.54',
    maxTemperature: 85,
    minCount: 2,
  }

  test.each<[string, string, number, Record<string, unknown>, string, RegExp]>([
    [
      'all as wanted',
      two,
      0,
      limits,
      'pass',
      /^NVIDIA GeForce RTX 4080 \(86 % memory, 61 °C, driver 550\.90\.07\); /,
    ],
    ['memory', two, 0, { ...limits, maxMemoryPercent: 85 }, 'fail', /, expected at most 85 %$/],
    ['driver', two, 0, { minDriver: '550.100' }, 'fail', /, expected driver 550\.100 or newer/],
    [
      'too few',
      two,
      0,
      { ...limits, minCount: 3 },
      'fail',
      /, expected at least 3 with the name something that contains "RTX 4080"$/,
    ],
    ['none', 'No devices were found', 6, {}, 'fail', /^no graphics processor, expected at least 1$/],
    [
      'values that are not told',
      'Tesla T4, 550.90.07, [N/A], [Not Supported], [N/A]',
      0,
      { maxTemperature: 80 },
      'unknown',
      /^Tesla T4 does not tell what is limited$/,
    ],
    [
      'the same, when nobody asks for them',
      'Tesla T4, 550.90.07, [N/A], [Not Supported], [N/A]',
      0,
      {},
      'pass',
      /^Tesla T4 \(driver 550\.90\.07\)$/,
    ],
    [
      'no driver',
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
      9,
      {},
      'unknown',
      /couldn't communicate/,
    ],
    ['nothing', '', 0, {}, 'unknown', /^nvidia-smi said nothing that can be read/],
  ])('%s', async (_, output, exit, check, verdict, sentence) => {
    const result = await ask(output, exit, check)
    expect([result.verdict, result.observed.en]).toEqual([verdict, expect.stringMatching(sentence)])
  })
})
