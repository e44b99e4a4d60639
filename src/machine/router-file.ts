// The embedded router that came with this version.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { OpenRouterFile } from '../cli/wiring.ts'
import { text } from '../core/lang.ts'
import { ProblemError } from '../core/problem.ts'

export async function routerFile(root: string): Promise<OpenRouterFile> {
  const path = join(root, 'dist', 'router.mjs')
  const content = await readFile(path).catch(() => undefined)
  if (!content) {
    throw new ProblemError({
      code: 'STW-U006',
      what: text('The router is not built', 'Der Router ist nicht gebaut'),
      where: { file: path },
      next: [text('npm run build', 'npm run build')],
    })
  }
  return {
    sha256: createHash('sha256').update(content).digest('hex'),
    bytes: content.length,
    open: () => Readable.from([content], { objectMode: false }),
  }
}
