import { describe, expect, it } from 'vitest'
import { overlay } from './overlay.ts'
import { rootSchema } from './schema/root.ts'

describe('overlay', () => {
  it.each([
    [
      'merges mappings',
      { release: { keep: 5, keepFailed: 1 } },
      { release: { keep: 3 } },
      { release: { keep: 3, keepFailed: 1 } },
    ],
    ['replaces lists', { gates: ['a', 'b'] }, { gates: ['c'] }, { gates: ['c'] }],
    ['adds entries', { checks: { a: 1 } }, { checks: { b: 2 } }, { checks: { a: 1, b: 2 } }],
    [
      'removes by null',
      { services: { a: {}, b: {} }, router: {} },
      { services: { a: null }, router: null },
      { services: { b: {} } },
    ],
    [
      'replaces an entry of another kind',
      { checks: { a: { kind: 'http', url: '/' } } },
      { checks: { a: { kind: 'tcp', port: 1 } } },
      { checks: { a: { kind: 'tcp', port: 1 } } },
    ],
    [
      'merges an entry of the same kind',
      { checks: { a: { kind: 'http', url: '/', retries: 1 } } },
      { checks: { a: { kind: 'http', url: '/x' } } },
      { checks: { a: { kind: 'http', url: '/x', retries: 1 } } },
    ],
    [
      'replaces the identity by a waiver',
      { verify: { identity: { json: '$.release' } } },
      { verify: { identity: { waived: 'not here' } } },
      { verify: { identity: { waived: 'not here' } } },
    ],
    [
      'replaces the source of a secret',
      { secrets: { A: { env: 'A' } } },
      { secrets: { A: { file: 'a' } } },
      { secrets: { A: { file: 'a' } } },
    ],
    ['takes what does not fit as it is', { services: { a: {} } }, { services: 'none' }, { services: 'none' }],
  ])('%s', (_, base, over, expected) => {
    expect(overlay(rootSchema, base, over)).toEqual(expected)
  })

  it('leaves both sides as they were', () => {
    const base = { release: { keep: 5 } }
    const over = { release: { keep: 3 } }

    overlay(rootSchema, base, over)

    expect([base, over]).toEqual([{ release: { keep: 5 } }, { release: { keep: 3 } }])
  })
})
