import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root, sentence, settled, sum, tests, tool } from './tally.ts'

describe('the sentence', () => {
  it.each([
    [{ passed: 3, failed: 0, skipped: 0 }, '3 passed, 0 failed'],
    [{ passed: 3, failed: 1, skipped: 2 }, '3 passed, 1 failed, 2 skipped'],
  ])('%j', (tally, expected) => {
    expect(sentence(tally)).toBe(expected)
  })

  it('sums', () => {
    expect(
      sum([
        { passed: 1, failed: 2, skipped: 3 },
        { passed: 10, failed: 20, skipped: 30 },
      ]),
    ).toEqual({ passed: 11, failed: 22, skipped: 33 })
  })
})

describe('red files that ran once more', () => {
  const part = (passed: number, failed: number) => ({
    name: 'x',
    ms: 1,
    output: '',
    passed,
    failed,
    skipped: 0,
  })
  it.each([
    ['green alone', part(7, 2), part(3, 0), { passed: 9, failed: 0 }],
    ['red again', part(7, 2), part(2, 1), { passed: 7, failed: 1 }],
    ['that did not run at all', part(7, 2), part(0, 0), { passed: 7, failed: 1 }],
  ])('%s', (_, first, again, expected) => {
    expect(settled(first, again)).toMatchObject(expected)
  })
})

describe('a tool', () => {
  it.each([
    ['exit 0', 1, 0],
    ['exit 3', 0, 1],
    ['kill -9 $$', 0, 1],
  ])('%s', async (script, passed, failed) => {
    expect(await tool('x', 'sh', ['-c', script])).toMatchObject({ passed, failed })
  })

  it('that is missing has failed', async () => {
    expect(await tool('x', 'no-such-tool', [])).toMatchObject({ passed: 0, failed: 1 })
  })
})

describe('tests', () => {
  let directory: string

  beforeEach(() => {
    mkdirSync(join(root, '.tmp'), { recursive: true })
    directory = mkdtempSync(join(root, '.tmp', 'tally-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it.each([
    ['a test that passes', "it('a', () => {})", { passed: 1, failed: 0, skipped: 0 }],
    [
      'a test that fails',
      "it('a', () => { throw new Error('x') }); it('b', () => {})",
      { passed: 1, failed: 1, skipped: 0 },
    ],
    ['a skipped test', "it.skip('a', () => {}); it('b', () => {})", { passed: 1, failed: 0, skipped: 1 }],
    ['a file that cannot be loaded', "throw new Error('x')", { passed: 0, failed: 1, skipped: 0 }],
    [
      'a rejection that nobody handles',
      "it('a', () => { Promise.reject(new Error('x')) })",
      { passed: 1, failed: 1, skipped: 0 },
    ],
    ['no file at all', undefined, { passed: 0, failed: 0, skipped: 0 }],
  ])('%s', async (_, body, expected) => {
    if (body !== undefined)
      writeFileSync(join(directory, 'a.test.ts'), `import { it } from 'vitest'\n${body}\n`)
    writeFileSync(
      join(directory, 'vitest.config.ts'),
      "export default { test: { name: 'p', include: ['*.test.ts'] } }\n",
    )

    const part = await tests(
      'p',
      ['--root', directory, '--config', join(directory, 'vitest.config.ts')],
      false,
    )

    expect({ passed: part.passed, failed: part.failed, skipped: part.skipped }, part.output).toEqual(expected)
  })

  it('of a run that could not start have failed', async () => {
    expect(await tests('p', ['--no-such-option'], false)).toMatchObject({ passed: 0, failed: 1 })
  })
}, 60_000)
