// The demo of backups: all it claims must hold, with the servers that this machine has, and nothing of it may stay.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { whyNoNas } from '../rigs/nas.ts'

test('npm run demo -- backup holds every claim and cleans up', async () => {
  const program = join(import.meta.dirname, '../../scripts/demo.ts')
  const demo = spawn(process.execPath, [program, 'backup', '--lang', 'en'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(demo.stdout), once(demo, 'close')])

  expect(code, output).toBe(0)
  expect(output).toMatch(/^Every claim held, in \d+ s\.$/m)
  expect(output).not.toContain('✘')
  // A chapter that is left out claims nothing.
  expect(output.match(/^ {3}✔ /gm)?.length, output).toBeGreaterThanOrEqual(19)
  expect(output).toContain('database: MariaDB')
  if (whyNoNas() === undefined) expect(output).toContain('sshd that gives SFTP in a chroot')
  expect(output).toMatch(/proven restorable .* ago, in .*, losing at most/)
  const directory = /\/\S*stellwerk-demo-\w+/.exec(output)?.[0] ?? ''
  expect(directory).not.toBe('')
  expect(existsSync(directory)).toBe(false)
})
