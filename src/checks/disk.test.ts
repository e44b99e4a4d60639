import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDf } from './disk.ts'

const header = 'Filesystem 1024-blocks Used Available Capacity Mounted on\n'

test.each([
  ['GNU', '/dev/vda 264212084 23511076 82879836 23% /\n', { free: 82_879_836 * 1024, percent: 77.9 }],
  ['a name with blanks', '//nas/my share 1000 750 250 75% /mnt/my share\n', { free: 256_000, percent: 25 }],
  ['more used than allowed', '/dev/sda1 1000 1000 -50 100% /\n', { free: 0, percent: 0 }],
  ['a file system without a size', 'proc 0 0 0 - /proc\n', { free: 0, percent: undefined }],
])('%s', (_, line, expected) => {
  const space = parseDf(`${header}${line}`)

  expect(space?.free).toBe(expected.free)
  if (expected.percent === undefined) expect(space?.percent).toBeUndefined()
  else expect(space?.percent).toBeCloseTo(expected.percent, 1)
})

test.each(['', header, 'df: /x: No such file or directory\n', '/dev/vda 1 2 3\n'])(
  '%j is no answer',
  output => {
    expect(parseDf(output)).toBeUndefined()
  },
)

test('never throws', () => {
  fc.assert(fc.property(fc.string(), output => void parseDf(output)))
})
