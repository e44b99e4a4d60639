// process.exit without close(): a master in the background waits for its sessions, and an ssh for its script, so both would
// stay as long as a silent script runs. The script itself goes on; its journal tells how it ended.

/** Calls `end` when this program exits; `end` must be synchronous. Returns how to stop watching. */
export function atExit(end: () => void): () => void {
  // One listener for each host is meant, and no leak.
  process.setMaxListeners(process.getMaxListeners() + 1)
  process.once('exit', end)
  let watching = true
  return () => {
    if (!watching) return
    watching = false
    process.off('exit', end)
    process.setMaxListeners(process.getMaxListeners() - 1)
  }
}
