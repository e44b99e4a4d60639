import { describe, expect, it } from 'vitest'
import { compareSums } from './delta.ts'
import type { Sums } from './sums.ts'

function sums(files: Record<string, string>, links: Record<string, string> = {}): Sums {
  return {
    files: new Map(
      Object.entries(files).map(([path, value]) => {
        const [sha256 = '', mode = '0444'] = value.split(' ')
        return [path, { sha256, mode, size: 10 }]
      }),
    ),
    links: new Map(Object.entries(links)),
  }
}

describe('compareSums', () => {
  it('sends everything without a base', () => {
    const delta = compareSums(undefined, sums({ b: '2', a: '1' }, { l: 'a' }))

    expect(delta).toEqual({
      added: ['a', 'b'],
      changed: [],
      removed: [],
      unchanged: [],
      links: { added: ['l'], changed: [], removed: [] },
      bytes: 20,
    })
  })

  it('tells added, changed, removed and unchanged apart', () => {
    const delta = compareSums(
      sums({ same: '1', gone: '2', other: '3' }),
      sums({ same: '1', other: '4', fresh: '5' }),
    )

    expect(delta).toMatchObject({
      added: ['fresh'],
      changed: ['other'],
      removed: ['gone'],
      unchanged: ['same'],
      bytes: 20,
    })
  })

  it('sends a file again when only its mode changed', () => {
    const delta = compareSums(sums({ run: '1 0444' }), sums({ run: '1 0555' }))

    expect(delta).toMatchObject({ changed: ['run'], unchanged: [] })
  })

  it('sees a link that changed, came, went or became a file', () => {
    const delta = compareSums(
      sums({}, { turned: 'a', gone: 'b', became: 'c', same: 'd' }),
      sums({ became: '1' }, { turned: 'z', fresh: 'y', same: 'd' }),
    )

    expect(delta.links).toEqual({ added: ['fresh'], changed: ['turned'], removed: ['became', 'gone'] })
    expect(delta.added).toEqual(['became'])
  })

  it('is empty between equal releases', () => {
    const same = sums({ a: '1' }, { l: 'a' })

    expect(compareSums(same, same)).toMatchObject({
      added: [],
      changed: [],
      removed: [],
      unchanged: ['a'],
      bytes: 0,
    })
  })
})
