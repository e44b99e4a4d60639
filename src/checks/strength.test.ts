import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { strengthOf } from './strength.ts'

describe('what a guesser tries first is worth little', () => {
  test.each<[string, number]>([
    ['', 0],
    ['password', 8],
    ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 30],
    ['abcdefghijklmnopqrstuvwxyz', 12],
    ['12345678901234567890123456789012', 30],
    ['changeme-changeme-changeme-changeme', 45],
    ['SuperSecretPassword2026', 40],
    ['correct horse battery staple', 60],
    ['qwertyuiopasdfghjklzxcvbnm', 40],
    ['django-insecure-key', 70],
  ])('%s has at most %i bits', (value, most) => {
    expect(strengthOf(value)).toBeLessThanOrEqual(most)
  })
})

test.each([
  ['hex', 32, 128],
  ['hex', 64, 256],
  ['base64url', 32, 180],
] as const)('random %s of %i characters has %i bits, always', (encoding, length, bits) => {
  const values = Array.from({ length: 300 }, () => randomBytes(64).toString(encoding).slice(0, length))
  const enough = values.filter(value => strengthOf(value) >= bits * 0.9)
  // A word or a year may stand in it by chance.
  expect(enough.length).toBeGreaterThanOrEqual(295)
})

test('a longer value of the same kind is stronger', () => {
  const value = 'kT9vQ2mXz7LpRw4BnHs8'
  expect(strengthOf(value)).toBeGreaterThan(strengthOf(value.slice(0, 10)))
  expect(strengthOf(value)).toBeGreaterThan(110)
})
