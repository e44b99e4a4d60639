// The journal by a program of that name: what the real one answers when it may not read, or has never heard of a unit, with exit code 0.
// The container engine likewise, for several containers of one service.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { service } from '../config/schema/service.ts'
import { newLines } from './new-lines.ts'

const unit = service.parse({ kind: 'systemd', unit: 'app.service' })
const place = { app: 'shop', environment: 'production', root: '/srv/shop', env: {} }

test.each<[string, string, number, string]>([
  ['lines', 'echo one; echo two', 0, 'one\ntwo\n'],
  [
    'none since then, but before',
    'case $* in *"-n 1"*) echo old ;; *) echo "-- No entries --" ;; esac',
    0,
    '',
  ],
  ['none ever', ':', 3, ''],
  ['no right', 'echo old; echo "Hint: You are currently not seeing messages from other users" >&2', 5, ''],
  ['an error', 'echo "Failed to open" >&2; exit 1', 5, ''],
])('%s', (_, journalctl, code, lines) => {
  const bin = mkdtempSync(join(tmpdir(), 'stw-journal-'))
  try {
    writeFileSync(join(bin, 'journalctl'), `#!/bin/sh\n${journalctl}\n`, { mode: 0o755 })
    const found = newLines('app', unit, place)
    const ran = spawnSync('sh', ['-c', found?.script ?? ''], {
      encoding: 'utf8',
      env: { PATH: `${bin}:/usr/bin:/bin`, sw_since: '1', sw_switch: 'yes' },
    })
    expect([ran.status, ran.stdout]).toEqual([code, lines])
    expect(found?.cuts).toBe(true)
  } finally {
    rmSync(bin, { recursive: true })
  }
})

test.each<[string, string, number, string]>([
  ['all that run', 'running|a running|b exited|c', 0, 'lines of a\nlines of b\n'],
  ['all that ended, when none runs', 'exited|a exited|b', 0, 'lines of a\nlines of b\n'],
  ['one that cannot be read', 'running|a running|broken', 5, 'lines of a\nno such container\n'],
  ['none but of a single run', 'once|a', 3, ''],
])('containers: %s', (_, containers, code, lines) => {
  const bin = mkdtempSync(join(tmpdir(), 'stw-engine-'))
  try {
    const docker = `#!/bin/sh
case $1 in
version) echo 27.0 ;;
ps) printf '%s\\n' x ;;
inspect)
  for one in ${containers
    .split(' ')
    .map(one => `'${one}'`)
    .join(' ')}; do
    case $one in once*) echo "True|exited||sha256:1||0|0|2026-11-21T14:00:00Z|\${one#*|}" ;;
    *) echo "False|\${one%|*}||sha256:1||0|0|2026-11-21T14:00:00Z|\${one#*|}" ;; esac
  done ;;
logs)
  [ "$2 $3" = '--since 1' ] || exit 9
  if [ "$4" = broken ]; then echo 'no such container' >&2; exit 1; fi
  echo "lines of $4" ;;
esac
`
    writeFileSync(join(bin, 'docker'), docker, { mode: 0o755 })
    const found = newLines('web', service.parse({ kind: 'compose', engine: 'docker' }), place)
    const ran = spawnSync('sh', ['-c', found?.script ?? ''], {
      encoding: 'utf8',
      env: { PATH: `${bin}:/usr/bin:/bin`, sw_since: '1', sw_switch: 'yes' },
    })
    expect([ran.status, ran.stdout]).toEqual([code, lines])
  } finally {
    rmSync(bin, { recursive: true })
  }
})

test('a process that rotates often: every file that was written to since then is read, the oldest first', () => {
  const root = mkdtempSync(join(tmpdir(), 'stw-rotated-'))
  try {
    const log = join(root, '.stellwerk/services/web/0/log/current.log')
    mkdirSync(dirname(log), { recursive: true })
    for (const [suffix, at] of Object.entries({ '.3': 10, '.2': 100, '.1': 200, '': 300 })) {
      writeFileSync(`${log}${suffix}`, `until ${at}\n`)
      utimesSync(`${log}${suffix}`, at, at)
    }
    const script = newLines('web', service.parse({ kind: 'process', command: 'node x.js' }), {
      ...place,
      root,
    })?.script
    const since = (moment: string) =>
      execFileSync('sh', ['-c', script ?? ''], {
        encoding: 'utf8',
        env: { PATH: '/usr/bin:/bin', sw_since: moment, sw_switch: 'no' },
      })
    expect(since('50')).toBe('until 100\nuntil 200\nuntil 300\n')
    expect(since('')).toBe('until 10\nuntil 100\nuntil 200\nuntil 300\n')
  } finally {
    rmSync(root, { recursive: true })
  }
})

test('every script is sh', () => {
  const kinds = [unit, service.parse({ kind: 'process', command: 'node x.js' })]
  for (const kind of kinds) {
    const script = newLines("it's", kind, place)?.script ?? ''
    expect(script.length).toBeGreaterThan(100)
    execFileSync('sh', ['-n', '-c', script])
  }
})
