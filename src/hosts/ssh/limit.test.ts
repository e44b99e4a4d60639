import { describe, expect, it } from 'vitest'
import { makeLimit } from './limit.ts'

describe('a limit', () => {
  it('lets in as many as there are places, the others in order', async () => {
    const limit = makeLimit(2)
    const order: number[] = []
    const entered = [1, 2, 3, 4].map(async number => {
      const leave = await limit.enter()
      order.push(number)
      return leave
    })
    const [first, second] = await Promise.all(entered.slice(0, 2))
    expect(order).toEqual([1, 2])

    second?.()
    second?.()
    await entered[2]
    expect(order).toEqual([1, 2, 3])
    first?.()
    await entered[3]

    expect(order).toEqual([1, 2, 3, 4])
  })

  it('lets those who gave up go, without taking a place', async () => {
    const limit = makeLimit(1)
    const leave = await limit.enter()
    const controller = new AbortController()
    const waiting = limit.enter(controller.signal)
    const next = limit.enter()

    controller.abort()
    leave?.()

    expect(await waiting).toBeUndefined()
    expect(await next).toBeTypeOf('function')
    expect(await limit.enter(AbortSignal.abort())).toBeUndefined()
  })
})
