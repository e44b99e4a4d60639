import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonValue } from './json.ts'
import { formatJsonPath, parseJsonPath, selectJson } from './json-path.ts'

function select(path: string, value: JsonValue) {
  const parsed = parseJsonPath(path)
  if (!parsed.ok) throw new Error(parsed.error)
  return selectJson(parsed.value, value)
}

describe('selectJson', () => {
  const answer = {
    status: 'gesund',
    items: [{ id: 1 }, { id: 2 }],
    'c d': { "it's": true },
    empty: [],
    checks: { db: { ok: true }, cache: { ok: false } },
    größe: null,
  }

  test.each([
    ['$', [{ at: '$', value: answer }]],
    ['$.status', [{ at: '$.status', value: 'gesund' }]],
    ['$.größe', [{ at: '$.größe', value: null }]],
    ['$.items[1].id', [{ at: '$.items[1].id', value: 2 }]],
    ['$.items.length', [{ at: '$.items.length', value: 2 }]],
    [`$['c d']['it\\'s']`, [{ at: `$['c d']['it\\'s']`, value: true }]],
    [`$["c d"]["it's"]`, [{ at: `$['c d']['it\\'s']`, value: true }]],
    [
      '$.items[*].id',
      [
        { at: '$.items[0].id', value: 1 },
        { at: '$.items[1].id', value: 2 },
      ],
    ],
    [
      '$.checks[*].ok',
      [
        { at: '$.checks.db.ok', value: true },
        { at: '$.checks.cache.ok', value: false },
      ],
    ],
    ['$.items[2].id', [{ at: '$.items[2].id' }]],
    ['$.status.length', [{ at: '$.status.length' }]],
    ['$.status[*]', [{ at: '$.status[*]' }]],
    ['$.none.deeper[0]', [{ at: '$.none.deeper[0]' }]],
    ['$.constructor', [{ at: '$.constructor' }]],
    ['$.empty[*].id', [{ at: '$.empty[*]', empty: true }]],
  ])('%s', (path, expected) => {
    expect(select(path, answer)).toEqual(expected)
  })
})

describe('parseJsonPath', () => {
  test.each([
    ['', 'must start with "$", such as "$.status"; got ""'],
    ['status', 'must start with "$", such as "$.status"; got "status"'],
    ['$..status', `cannot be read from "..status" on; known are .name, ['any name'], [0] and [*]`],
    ['$.a[', `cannot be read from "[" on; known are .name, ['any name'], [0] and [*]`],
    ['$.a[-1]', `cannot be read from "[-1]" on; known are .name, ['any name'], [0] and [*]`],
    ['$.a.', `cannot be read from "." on; known are .name, ['any name'], [0] and [*]`],
    [`$['a]`, `cannot be read from "['a]" on; known are .name, ['any name'], [0] and [*]`],
    ['$.a b', `cannot be read from " b" on; known are .name, ['any name'], [0] and [*]`],
  ])('refuses %j', (path, error) => {
    expect(parseJsonPath(path)).toEqual({ ok: false, error })
  })

  test('reads back what it writes, for any name', () => {
    const part = fc.oneof(
      fc.record({ kind: fc.constant('name' as const), name: fc.string() }),
      fc.record({ kind: fc.constant('index' as const), index: fc.nat(999_999_999) }),
      fc.constant({ kind: 'all' as const }),
    )
    fc.assert(
      fc.property(fc.array(part), path => {
        expect(parseJsonPath(formatJsonPath(path))).toEqual({ ok: true, value: path })
      }),
    )
  })

  test('never throws, and what it reads selects something from any value', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...`$.[]'"\\*a0 `) }).map(rest => `$${rest}`),
    )
    fc.assert(
      fc.property(text, fc.jsonValue(), (path, value) => {
        const parsed = parseJsonPath(path)
        if (parsed.ok) expect(selectJson(parsed.value, value as JsonValue).length).toBeGreaterThan(0)
      }),
    )
  })
})
