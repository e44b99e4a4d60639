import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { referenced, shellValue } from '../core/shell-value.ts'
import { exportLines, foreground, unsetLine } from './command-line.ts'

const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('$', '{', '}', '"', "'", '\\', '`', ' ', '\n', '${DB}', '${X}', '%', '!'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 20,
  })
  .filter(value => !value.includes('\0'))

describe('shellValue', () => {
  it.each(['dash', 'busybox'])(
    'under %s, any value arrives as it is, with the secrets in their places',
    shell => {
      const samples = fc.sample(text, { numRuns: 300, seed: 3 })
      const secret = `s'e"c$r\\e\`t`
      const script = samples.map(sample => `printf '%s\\0' ${shellValue(sample, ['DB'])}`).join('\n')

      const out = execFileSync(shell, [...(shell === 'busybox' ? ['sh'] : []), '-eu', '-c', script], {
        env: { DB: secret },
        encoding: 'utf8',
      })

      expect(out.split('\0').slice(0, -1)).toEqual(samples.map(sample => sample.replaceAll('${DB}', secret)))
    },
  )

  it('leaves what is not declared as it is written', () => {
    expect(shellValue('${OTHER} $HOME', ['DB'])).toBe("'${OTHER} $HOME'")
    expect(shellValue('', ['DB'])).toBe("''")
    expect(shellValue('${DB}', ['DB'])).toBe('"$DB"')
  })
})

describe('exportLines', () => {
  it('never lets the environment replace what Stellwerk sets', () => {
    expect(exportLines({ PORT: '1', B: 'at ${PORT}', A: 'x' }, [])).toEqual([
      'A=x; export A',
      `B='at '"$PORT"; export B`,
    ])
  })
})

describe('referenced', () => {
  it('finds declared names only, once each', () => {
    expect(referenced(['${B}${A}', '${A} ${C} $D'], ['A', 'B', 'D'])).toEqual(['A', 'B'])
  })
})

describe('unsetLine', () => {
  it('takes away secrets that only built other values', () => {
    expect(unsetLine({ URL: '${DB}' }, ['DB'], 'node x')).toBe('unset DB')
    expect(unsetLine({ DB: '${DB}' }, ['DB'], 'node x')).toBe(':')
    expect(unsetLine({}, ['DB'], 'node x "$DB"')).toBe(':')
  })
})

describe('foreground', () => {
  it.each([
    ['node server.js', 'exec node server.js'],
    ['  /usr/bin/env FOO=1 node x', 'exec /usr/bin/env FOO=1 node x'],
    [`node -e "a; b && c" 'x | y'`, `exec node -e "a; b && c" 'x | y'`],
    ['node x --port "${PORT}"', 'exec node x --port "${PORT}"'],
  ])('%s gets no shell in between', (command, expected) => {
    expect(foreground(command)).toBe(expected)
  })

  it.each([
    'FOO=1 node x',
    'cd app && node x',
    'node x | tee log',
    'node "$(cat port)"',
    'node `cat port`',
    '. ./env; node x',
    'if true; then node x; fi',
    'exec node x',
    'node x &',
    'while read line\ndo node\ndone',
    'node "unfinished',
  ])('%s keeps its shell', command => {
    expect(foreground(command)).toBe(command)
  })
})
