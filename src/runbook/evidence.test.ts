import { expect, test } from 'vitest'
import { evidenceFor, type Given } from './evidence.ts'
import type { AskedSignOff } from './waiting.ts'

const file = { name: 'report.pdf', sha256: 'a'.repeat(64), bytes: 10 }
const redact = (input: string) => input.replaceAll('hunter2hunter2', '[secret]')

function verdict(kind: AskedSignOff['evidence'], given: Given, matcher?: unknown): string {
  const asked = { id: 'x', title: 'X', role: 'qa', evidence: kind, persons: 1, timeout: 1, matcher }
  const result = evidenceFor(asked, given, redact)
  return result.ok ? `kept ${result.value.evidence ?? ''}` : (result.error.why?.en ?? result.error.code)
}

test.each<[AskedSignOff['evidence'], Given, unknown, string]>([
  ['none', {}, undefined, 'kept '],
  ['text', {}, undefined, 'it asks for a text: --evidence "<what was seen>"'],
  ['text', { evidence: '  ' }, undefined, 'it asks for a text: --evidence "<what was seen>"'],
  ['text', { evidence: 'seen' }, undefined, 'kept seen'],
  ['text', { evidence: 'with hunter2hunter2' }, undefined, 'kept with [secret]'],
  [
    'text',
    { evidence: 'broken' },
    { contains: 'fine' },
    'x is "broken", expected something that contains "fine"',
  ],
  ['number', { evidence: 'fast' }, undefined, 'it asks for a number: --evidence <number>'],
  ['number', { evidence: '42ms' }, { max: 50 }, 'it asks for a number: --evidence <number>'],
  ['number', { evidence: '63' }, { max: 50 }, 'x is 63, expected at most 50'],
  ['number', { evidence: '42' }, { max: 50 }, 'kept 42'],
  ['number', { evidence: '42' }, { maximum: 50 }, 'its matcher cannot be read'],
  ['text', { evidence: 'x'.repeat(2001) }, undefined, 'it has 2001 characters, at most 2000 are kept'],
  ['text', { evidence: 'two\nlines \u001b[2J' }, undefined, 'kept two lines [2J'],
  ['text', { evidence: '\u200b\n' }, undefined, 'it asks for a text: --evidence "<what was seen>"'],
  ['file', { evidence: 'seen' }, undefined, 'it asks for a file: --file <path>'],
  ['file', { file: { ...file, bytes: 0 } }, undefined, 'it asks for a file: --file <path>'],
  ['file', { file }, undefined, 'kept report.pdf'],
  ['file', { file: { ...file, name: 'a\nb\u0007.pdf' } }, undefined, 'kept a b .pdf'],
])('%s %j %j', (kind, given, matcher, expected) => {
  expect(verdict(kind, given, matcher)).toBe(expected)
})
