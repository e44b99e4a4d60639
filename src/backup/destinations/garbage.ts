// Bytes that pass through leave buffers behind. V8 counts them for little and collects them late, and what the C library has once
// given it does not take back: memory peaks at twice what is in use. Collected every few MiB they never pile up.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** More often costs processor time, less often memory: a collection of the young takes about a millisecond. */
const between = 2 * 1024 * 1024

type Collect = (options: { readonly type: 'minor' | 'major'; readonly flavor?: 'last-resort' }) => void

/** Told of the bytes that passed. Does nothing on an engine that cannot be asked to collect. */
export function makeCollector(find: () => Collect | undefined = findCollector): (bytes: number) => void {
  let passed = 0
  let collect: Collect | undefined
  return bytes => {
    passed += bytes
    if (passed < between) return
    passed = 0
    if (collect) collect({ type: 'minor' })
    else {
      collect = find()
      // Once, of what starting has left: only this kind makes the place for the young small again.
      collect?.({ type: 'major', flavor: 'last-resort' })
    }
  }
}

/** To be called early: the place for the young that V8 has once made larger stays so. */
export function staySmall(): void {
  setKnownFlag('--semi-space-growth-factor=1')
}

/** V8 gives its own function to contexts that are made after it was asked to. */
function findCollector(): Collect | undefined {
  // What was collected is given back at once: a thread beside this one comes too late where the processors are busy.
  setKnownFlag('--no-concurrent-array-buffer-sweeping')
  setKnownFlag('--expose-gc')
  const found: unknown = runInNewContext('globalThis.gc')
  return typeof found === 'function' ? (found as Collect) : undefined
}

/** V8 complains aloud about flags that it does not know. */
function setKnownFlag(flag: string): void {
  if (process.versions.v8.startsWith('13.')) setFlagsFromString(flag)
}
