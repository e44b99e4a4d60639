import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { endDemo, markFile } from './end.ts'

test('ends what runs in the directory, also what ignores TERM, and removes it', {
  timeout: 20_000,
}, async () => {
  const directory = makeDirectory()
  writeFileSync(join(directory, markFile), '')
  mkdirSync(join(directory, 'below'))
  const polite = start('setInterval(() => {}, 1000); console.log("up")', join(directory, 'below'))
  const stubborn = start(
    'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")',
    directory,
  )
  const stranger = start('setInterval(() => {}, 1000); console.log("up")', tmpdir())
  await Promise.all([polite, stubborn, stranger].map(child => once(child.stdout, 'data')))

  const ends = Promise.all([once(polite, 'exit'), once(stubborn, 'exit')])
  await endDemo(directory)

  expect((await ends).map(([, signal]) => signal)).toEqual(['SIGTERM', 'SIGKILL'])
  expect(existsSync(directory)).toBe(false)
  expect(stranger.exitCode ?? stranger.signalCode).toBe(null)
})

test('refuses a directory that is not a demo', async () => {
  const directory = makeDirectory()

  await expect(endDemo(directory)).rejects.toThrow('is not the directory of a demo')

  expect(existsSync(directory)).toBe(true)
})

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'demo-end-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function start(code: string, cwd: string) {
  const child = spawn(process.execPath, ['-e', code], { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}
