// A file of this machine that a check sends.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { formatBytes } from '../core/bytes.ts'
import { type Text, text } from '../core/lang.ts'
import { err, ok, type Result } from '../core/result.ts'

/** It is held in memory: a probe is a small file. */
const largest = 64 * 1024 * 1024

/** `directory`: where a relative path starts. The error is the sentence that a result says. */
export async function readLocalFile(
  path: string,
  directory: string | undefined,
): Promise<Result<Buffer, Text>> {
  const absolute = resolve(directory ?? '/', path)
  try {
    // Without O_NONBLOCK a named pipe would wait for a writer for ever.
    const file = await open(absolute, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { size, ...stat } = await file.stat().then(found => ({ size: found.size, is: found.isFile() }))
      if (!stat.is) return err(text(`${absolute} is not a file`, `${absolute} ist keine Datei`))
      if (size > largest) {
        const most = formatBytes(largest)
        return err(text(`${absolute} is larger than ${most}`, `${absolute} ist größer als ${most}`))
      }
      return ok(await file.readFile())
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return err(
      text(
        `the file ${absolute} cannot be read (${code})`,
        `die Datei ${absolute} ist nicht lesbar (${code})`,
      ),
    )
  }
}
