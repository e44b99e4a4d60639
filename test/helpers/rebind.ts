// A set whose manifest a test has changed, with its proofs made out to the new one: as if it had been stored like that.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { manifestHash } from '../../src/backup/set.ts'

/** `directory`: of one set, each in a directory of its own. */
export async function rebind(directory: string): Promise<void> {
  const content = await readFile(join(directory, 'manifest.json'), 'utf8')
  const about = { set: JSON.parse(content).id, manifest: manifestHash(content) }
  for (const name of ['verified.json', 'drilled.json']) {
    const file = join(directory, name)
    const proof = await readFile(file, 'utf8').catch(() => undefined)
    if (proof === undefined) continue
    // Never through a hard link: the set that it was copied from keeps its own.
    await rm(file)
    await writeFile(file, JSON.stringify({ ...JSON.parse(proof), ...about }))
  }
}
