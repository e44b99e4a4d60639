import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aRelease } from '../../test/helpers/a-deploy.ts'
import { parseReleaseFacts, releaseFactsScript } from './facts.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'release-facts-'))
  mkdirSync(join(root, 'releases'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function release(id: string, record: string | undefined): void {
  mkdirSync(join(root, 'releases', id))
  if (record !== undefined) writeFileSync(join(root, 'releases', id, '.stellwerk.json'), record)
}

const shells: readonly (readonly [string[]])[] = [[['dash']], [['bash']], [['busybox', 'sh']]]

function facts(shell: readonly string[], path = process.env['PATH']) {
  const [program = '', ...words] = shell
  const script = `${releaseFactsScript(root, [])}\nexit 0`
  const env = { ...process.env, PATH: path }
  const output = execFileSync(program, [...words, '-c', script], { encoding: 'utf8', env })
  return parseReleaseFacts(output, new Date())
}

test.each(shells)('%j reads records however they are laid out, and tells pins and strangers', shell => {
  const notes = String.raw`100 % "done" \n $(touch x) über`
  release('r1', `${JSON.stringify({ ...aRelease('r1'), notes })}\n`)
  release('r2', JSON.stringify(aRelease('r2'), null, 2))
  release('r3', '')
  release('r4', undefined)
  writeFileSync(join(root, 'releases/r2/.stellwerk-pin'), 'anna\n')

  const found = facts(shell)

  expect(found.releases).toEqual([{ ...aRelease('r1'), notes }, aRelease('r2')])
  expect(found).toMatchObject({ pinned: ['r2'], strangers: ['r3', 'r4'] })
})

test('ten thousand releases cost no process each', () => {
  const bin = join(root, 'bin')
  const log = join(root, 'log')
  mkdirSync(bin)
  writeFileSync(log, '')
  for (const name of ['tr', 'cat', 'sed', 'head', 'cut']) {
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\necho ${name} >>'${log}'\nPATH=/usr/bin:/bin exec ${name} "$@"\n`,
    )
    chmodSync(join(bin, name), 0o755)
  }
  const calls = (count: number) => {
    for (let index = 0; index < count; index++) release(`${count}-${index}`, JSON.stringify(aRelease('r')))
    writeFileSync(log, '')
    expect(facts(['dash'], `${bin}:${process.env['PATH']}`).releases.length).toBeGreaterThanOrEqual(count)
    return readFileSync(log, 'utf8').split('\n').length
  }

  expect(calls(30)).toBe(calls(1))
})
