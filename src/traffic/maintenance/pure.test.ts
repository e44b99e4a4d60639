import { describe, expect, it } from 'vitest'
import { clientAddress, languageOf, parseMaintenance, passes } from '../router/maintenance-order.ts'
import { addressPattern } from './nginx-include.ts'
import { ownPage } from './page.ts'

describe('the pattern over the bytes of an address', () => {
  const matches = (pattern: string, ...bytes: number[]) => {
    // nginx asks PCRE for single bytes; Latin-1 characters are the same here.
    const own = pattern.replace('(?s)', '')
    return new RegExp(own, 's').test(String.fromCharCode(...bytes))
  }
  const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]

  it.each([
    ['192.0.2.7', [192, 0, 2, 7], true],
    ['192.0.2.7', [192, 0, 2, 8], false],
    ['10.128.0.0/9', [10, 200, 1, 10], true],
    ['10.128.0.0/9', [10, 127, 1, 10], false],
    ['0.0.0.0/0', [1, 2, 3, 4], true],
    ['10.0.0.0/8', [...mapped, 10, 0, 0, 1], true],
    ['10.0.0.0/8', [...mapped, 11, 0, 0, 1], false],
    ['2001:db8::/32', [0x20, 0x01, 0x0d, 0xb8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], true],
    ['2001:db8::/32', [0x20, 0x01, 0x0d, 0xb9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], false],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], true],
  ])('%s', (entry, bytes, expected) => {
    expect(matches(addressPattern([entry]), ...bytes)).toBe(expected)
  })
})

describe('an order', () => {
  it('that cannot be read keeps everybody out', () => {
    for (const text of ['', 'null', '{}', '{"order":"r"}', '{"order":"r","pages":"/p","allow":[1]}'])
      expect(parseMaintenance(text)?.order).toBe('unreadable')
    expect(parseMaintenance('{"order":"off"}')).toBeUndefined()
  })

  it('knows its pass by the digest', () => {
    const digest = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9'
    expect(passes(digest, 'hello world')).toBe(true)
    expect(passes(digest, 'hello worlds')).toBe(false)
    expect(passes('', '')).toBe(false)
  })
})

it.each([
  ['de-AT', 'de'],
  ['en;q=0.4, de;q=0.5', 'de'],
  ['fr, it', 'en'],
  ['de;q=0, en', 'en'],
  [undefined, 'en'],
])('the language of %s is %s', (accept, expected) => {
  expect(languageOf(accept, 'en')).toBe(expected)
})

it('a chain of proxies ends at the first that is not ours', () => {
  const ours = (address: string) => address.startsWith('10.')
  expect(clientAddress('10.0.0.1', '203.0.113.9, 10.0.0.2', ours)).toBe('203.0.113.9')
  expect(clientAddress('203.0.113.9', '10.0.0.2', ours)).toBe('203.0.113.9')
  expect(clientAddress('10.0.0.1', undefined, ours)).toBe('10.0.0.1')
})

it('the page loads nothing from anywhere', () => {
  for (const lang of ['de', 'en'] as const) expect(ownPage(lang)).not.toMatch(/https?:|src=|url\(|@import/)
})
