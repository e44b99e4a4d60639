// The demo is the first thing that anybody runs: all it claims must hold, and nothing of it may stay.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

test('npm run demo holds every claim and cleans up', async () => {
  const demo = spawn(process.execPath, [join(import.meta.dirname, '../../scripts/demo.ts'), '--lang', 'en'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(demo.stdout), once(demo, 'close')])

  expect(code, output).toBe(0)
  expect(output).toMatch(/^Every claim held, in \d+ s\.$/m)
  expect(output).not.toContain('✘')
  expect(output.match(/ requests, 0 failed/g)).toHaveLength(6)
  const directory = /\/\S*stellwerk-demo-\w+/.exec(output)?.[0] ?? ''
  expect(directory).not.toBe('')
  expect(existsSync(directory)).toBe(false)
})
