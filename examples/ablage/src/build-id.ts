// An image says which commit it was made of. Whoever starts it says which release it is; the two must agree.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The release, unless it is of another commit than this code: then that commit, so that old code never passes for new. */
export function releaseOf(root: string, release: string): string {
  const file = join(root, 'build-id')
  const commit = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  // In a working tree git has not filled it in.
  if (!/^[0-9a-f]{40}$/.test(commit)) return release
  return release.includes(`-${commit.slice(0, 7)}`) ? release : `build-${commit.slice(0, 7)}`
}
