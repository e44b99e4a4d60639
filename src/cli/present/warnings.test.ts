import { expect, test } from 'vitest'
import { problem } from '../../../test/helpers/a-problem.ts'
import type { Context } from '../context.ts'
import { mentionWarnings } from './warnings.ts'

function said(count: number, flags: Context['flags'] = {}): string {
  const lines: string[] = []
  const io = { color: { err: false }, err: (text: string) => lines.push(text) }
  const context = { flags, io, lang: 'de' } as unknown as Context
  mentionWarnings(
    context,
    Array.from({ length: count }, () => problem('STW-C091')),
  )
  return lines.join('')
}

test('warnings of the config are one line before the work of a day', () => {
  expect(said(0)).toBe('')
  expect(said(1)).toBe('! 1 Warnung: stellwerk validate\n')
  expect(said(3, { config: 'other.yaml' })).toBe('! 3 Warnungen: stellwerk validate --config other.yaml\n')
  expect(said(3, { json: true })).toBe('')
  expect(said(3, { quiet: true })).toBe('')
})
