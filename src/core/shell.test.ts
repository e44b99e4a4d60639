import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quote, words } from './shell.ts'

const shells = [['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'sh']] as const

/** What the shell made of the words in `line`, as a command would see them. */
function seen([file, ...args]: readonly [string, ...string[]], line: string): string[] {
  const script = `show() { for word; do printf '%s\\0' "$word"; done; }\nshow ${line}`
  return execFileSync(file, [...args, '-c', script], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)
}

const anyWord = fc.oneof(
  fc.string({ unit: fc.integer({ min: 1, max: 255 }).map(code => String.fromCharCode(code)) }),
  fc.string({ unit: 'binary' }).map(text => text.replaceAll('\0', '')),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '$', '`', '!', '\n', ' ', '*', '~', '#', '-', ';', '&', '{', '}'),
  }),
)
const everyByte = String.fromCharCode(...Array.from({ length: 255 }, (_, i) => i + 1))
const traps = [
  '',
  ' ',
  "'",
  "''",
  "'\\''",
  '\\',
  '\n',
  '-n',
  '--',
  '~',
  '$HOME',
  '`id`',
  '$(id)',
  '*',
  '!!',
  'a=b',
  '=',
  '#x',
  everyByte,
]

describe.each(shells)('words in %s', (...shell) => {
  const real = shell as unknown as readonly [string, ...string[]]

  it('arrive as they were, alone and in a line', () => {
    fc.assert(
      fc.property(fc.array(anyWord, { minLength: 1, maxLength: 40 }), values => {
        expect(seen(real, words(...values))).toEqual(values)
        expect(seen(real, values.map(quote).join(' '))).toEqual(values)
      }),
      { numRuns: 30, examples: [[traps]] },
    )
  })

  it('arrive through a second shell when quoted twice', () => {
    fc.assert(
      fc.property(anyWord, value => {
        expect(seen(real, `"$(eval ${quote(words('printf', '%s.', value))})"`)).toEqual([`${value}.`])
      }),
      { numRuns: 20, examples: [[everyByte], ["it's"]] },
    )
  })

  it('do not run anything that they hold', () => {
    for (const value of traps) expect(seen(real, `${quote(value)} end`)).toEqual([value, 'end'])
  })
})

describe('quote', () => {
  it('leaves plain words readable', () => {
    expect(words('rm', '-rf', '/srv/app/releases/20261121_021500-abc1234', 'a b')).toBe(
      "rm -rf /srv/app/releases/20261121_021500-abc1234 'a b'",
    )
  })

  it('refuses NUL, which no word can hold', () => {
    expect(() => quote('a\0b')).toThrow('NUL')
  })
})
