import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { blake2b } from './blake2b.ts'

it.each([0, 1, 127, 128, 129, 256, 1000])('agrees with OpenSSL on %d bytes', length => {
  const input = Buffer.alloc(length, 'stellwerk')

  expect(blake2b(input, 64).toString('hex')).toBe(createHash('blake2b512').update(input).digest('hex'))
})

it('gives the known 32-byte hash of nothing', () => {
  expect(blake2b(new Uint8Array(), 32).toString('hex')).toBe(
    '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8',
  )
})
