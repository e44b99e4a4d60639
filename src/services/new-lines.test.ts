// The journal by a program of that name: what the real one answers when it may not read, or has never heard of a unit, with exit code 0.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

test('every script is sh', () => {
  const kinds = [unit, service.parse({ kind: 'process', command: 'node x.js' })]
  for (const kind of kinds) {
    const script = newLines("it's", kind, place)?.script ?? ''
    expect(script.length).toBeGreaterThan(100)
    execFileSync('sh', ['-n', '-c', script])
  }
})
