import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { validate } from './config-file.ts'

test('a file that is not UTF-8 is refused at its first wrong byte', async context => {
  const directory = mkdtempSync(join(tmpdir(), 'stellwerk-config-'))
  context.onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'stellwerk.yaml')
  writeFileSync(file, Buffer.from('version: 1\napp: caf\xe9\n', 'latin1'))

  expect(await validate(file)).toMatchObject({
    ok: false,
    error: { code: 'STW-C009', where: { line: 2, column: 9 } },
  })
})
