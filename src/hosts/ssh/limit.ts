// At most `most` at a time; the others wait in order.

export interface Limit {
  /** Resolves with a function that gives the place back; calling that twice is harmless. `undefined` when aborted. */
  enter(signal?: AbortSignal): Promise<(() => void) | undefined>
}

export function makeLimit(most: number): Limit {
  const waiting: (() => void)[] = []
  let inside = 0

  function leaveOnce(): () => void {
    let left = false
    return () => {
      if (left) return
      left = true
      const next = waiting.shift()
      if (next) next()
      else inside -= 1
    }
  }

  return {
    enter(signal) {
      if (signal?.aborted) return Promise.resolve(undefined)
      if (inside < most) {
        inside += 1
        return Promise.resolve(leaveOnce())
      }
      return new Promise(resolve => {
        const enter = () => {
          signal?.removeEventListener('abort', give)
          resolve(leaveOnce())
        }
        const give = () => {
          waiting.splice(waiting.indexOf(enter), 1)
          resolve(undefined)
        }
        waiting.push(enter)
        signal?.addEventListener('abort', give, { once: true })
      })
    },
  }
}
