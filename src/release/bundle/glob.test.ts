import { describe, expect, it } from 'vitest'
import { matcher } from './glob.ts'

describe('matcher', () => {
  it.each([
    ['node_modules', 'node_modules/a/b.js', true],
    ['node_modules/', 'node_modules/a', true],
    ['./dist', 'dist/a', true],
    ['dist', 'dist2/a', false],
    ['dist', 'a/dist', false],
    ['**/dist', 'a/dist/x', true],
    ['**/dist', 'dist', true],
    ['*.map', 'a.map', true],
    ['*.map', 'a/b.map', false],
    ['**/*.map', '.next/static/b.map', true],
    ['**/*.map', 'b.map', true],
    ['a/**', 'a', false],
    ['a/**', 'a/b/c', true],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['pages/[id].js', 'pages/[id].js', true],
    ['pages/[id].js', 'pages/i.js', false],
    ['a.b', 'axb', false],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(matcher([pattern])(path)).toBe(expected)
  })

  it('excludes nothing without patterns', () => {
    expect(matcher([])('a')).toBe(false)
  })
})
