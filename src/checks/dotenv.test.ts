import { expect, test } from 'vitest'
import { parseDotenv } from './dotenv.ts'

test('reads what the common libraries read', () => {
  const { variables, strange } = parseDotenv(
    `\uFEFF# a comment
PLAIN=value # with a comment
export EXPORTED = yes
EMPTY=
HASH=a#b
SINGLE='it "is" $HOME # not'
DOUBLE="line one\\nline \\"two\\"" # gone
KEY="-----BEGIN
middle=1
-----END"
OPEN="never closed
TWICE=1
TWICE=2\r
`,
  )
  expect(Object.fromEntries(variables)).toEqual({
    PLAIN: 'value',
    EXPORTED: 'yes',
    EMPTY: '',
    HASH: 'a#b',
    SINGLE: 'it "is" $HOME # not',
    DOUBLE: 'line one\nline "two"',
    KEY: '-----BEGIN\nmiddle=1\n-----END',
    OPEN: '"never closed',
    TWICE: '2',
  })
  expect(strange).toEqual([])
})

test('names the lines that are no variable, and not their text', () => {
  expect(parseDotenv('A=1\nnot a variable\n2B=3\n').strange).toEqual([2, 3])
})
