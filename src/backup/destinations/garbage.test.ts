import { describe, expect, it } from 'vitest'
import { makeCollector } from './garbage.ts'

const MiB = 1024 * 1024

describe('makeCollector', () => {
  it('collects all once, then the young, each time another two MiB have passed', () => {
    const asked: unknown[] = []
    const passed = makeCollector(() => options => asked.push(options))

    const counts = [MiB, MiB - 1, 1, 5 * MiB, MiB].map(bytes => {
      passed(bytes)
      return asked.length
    })

    expect(counts).toEqual([0, 0, 1, 2, 2])
    expect(asked).toEqual([{ type: 'major', flavor: 'last-resort' }, { type: 'minor' }])
  })

  it('looks for the means only when there is something to collect', () => {
    let looked = 0
    const passed = makeCollector(() => {
      looked += 1
      return undefined
    })

    passed(2 * MiB - 1)
    expect(looked).toBe(0)

    passed(1)
    expect(looked).toBe(1)
  })

  it('gives back at once what nobody holds, on the engine that runs this', () => {
    const passed = makeCollector()
    const held = () => process.memoryUsage().arrayBuffers
    passed(2 * MiB)
    const before = held()
    litter()
    const littered = held() - before

    passed(2 * MiB)

    expect(littered).toBeGreaterThanOrEqual(16 * MiB)
    expect(held() - before).toBeLessThan(4 * MiB)
  })
})

function litter(): void {
  for (let count = 0; count < 64; count++) Buffer.allocUnsafeSlow(MiB / 4)
}
