import { describe, expect, it } from 'vitest'
import { resolveInside } from './link-target.ts'

function resolve(path: string, links: Record<string, string>) {
  return resolveInside(new Map(Object.entries(links)), path)
}

describe('resolveInside', () => {
  it.each([
    ['a file', 'x', { x: 'b/c' }, 'b/c'],
    ['a sibling', 'a/x', { 'a/x': '../b' }, 'b'],
    ['a link through a link', 'a/x/y', { 'a/x': '../real' }, 'real/y'],
    ['the root itself', 'a/x', { 'a/x': '..' }, ''],
    ['no link at all', 'a/b', {}, 'a/b'],
  ])('follows %s', (_, path, links, target) => {
    expect(resolve(path, links)).toEqual({ kind: 'inside', path: target })
  })

  it.each([
    ['upwards', 'x', { x: '../x' }],
    ['absolute', 'x', { x: '/etc/passwd' }],
    ['further up than the depth of its directory', 'a/x', { 'a/x': '../../b' }],
    // Each looks harmless alone: a/b/up/.. is a/b by its letters, and the parent of the root by the file system.
    ['through another link', 'x', { 'a/b/up': '../..', x: 'a/b/up/../y' }],
  ])('sees a link that leads outside: %s', (_, path, links) => {
    expect(resolve(path, links)).toEqual({ kind: 'outside' })
  })

  it.each([
    ['itself', { x: 'x' }],
    ['each other', { x: 'y', y: 'x' }],
    ['a growing path', { x: 'x/x' }],
  ])('ends when links lead to %s', (_, links) => {
    expect(resolve('x', links)).toEqual({ kind: 'loop' })
  })
})
