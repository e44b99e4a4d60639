import { describe, expect, it } from 'vitest'
import { aDatabase, filesOf } from '../../test/helpers/a-set.ts'
import { part } from './set.ts'

describe('the name of a store in a manifest', () => {
  it.each(['main', 'call-log', 'a1'])('may be %j', store => {
    expect(part.safeParse({ ...aDatabase(), store }).success).toBe(true)
  })

  it.each(['', '..', '../up', '/etc', 'a/b', 'Main', '-x', 'a b', 'a\nb', `${'a'.repeat(41)}`])(
    'is never %j',
    store => {
      expect(part.safeParse({ ...aDatabase(), store }).success).toBe(false)
      expect(part.safeParse({ ...filesOf(), store }).success).toBe(false)
    },
  )
})
