import { describe, expect, it } from 'vitest'
import { comparePaths, pathFault } from './path-rules.ts'

describe('pathFault', () => {
  it.each([
    'a',
    'a/b.c',
    '-rf',
    'with space',
    "it's",
    'ümläut/日本',
    '.hidden',
    'a\\b',
    'x/-',
    'x/SHA256SUMS',
    `${'n'.repeat(255)}/x`,
  ])('lets %j pass', path => {
    expect(pathFault(path)).toBeUndefined()
  })

  it.each([
    ['', 'empty'],
    ['/etc/passwd', 'absolute'],
    ['../x', '".."'],
    ['a/../../x', '".."'],
    ['./a', '"."'],
    ['a//b', 'empty part'],
    ['a/', 'empty part'],
    ['a\nb', 'control'],
    ['a\u001b[31m', 'control'],
    ['bad\ufffdname', 'UTF-8'],
    ['lone\ud800', 'UTF-8'],
    ['n'.repeat(256), 'too long'],
    ['-', 'reserved'],
    ['SHA256SUMS', 'reserved'],
    ['.stellwerk-bundle.json', 'reserved'],
    ['.stellwerk/lock', 'reserved'],
  ])('refuses %j', (path, why) => {
    const fault = pathFault(path)

    expect(fault?.en).toContain(why)
    expect(fault?.de).not.toBe(fault?.en)
  })
})

describe('comparePaths', () => {
  it('has the order of bytes, also where JavaScript has another', () => {
    const names = ['\u{1f600}', '\uffee', 'b', 'a/b', 'a-b', 'a', 'B']

    expect(names.toSorted(comparePaths)).toEqual(['B', 'a', 'a-b', 'a/b', 'b', '\uffee', '\u{1f600}'])
  })
})
