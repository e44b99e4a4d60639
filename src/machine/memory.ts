// What this machine remembers between commands, in small files below the state directory of who runs them.
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from '../core/lang.ts'
import { err, ok, type Result } from '../core/result.ts'

export async function recall(directory: string, name: string): Promise<string | undefined> {
  return readFile(join(directory, name), 'utf8').catch(() => undefined)
}

export async function remember(directory: string, name: string, content: string): Promise<Result<void>> {
  const file = join(directory, name)
  const temporary = `${file}.${process.pid}`
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(temporary, 'w', 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
    return ok(undefined)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    const reason = error instanceof Error ? error.message : String(error)
    return err({
      code: 'STW-B540',
      what: text(`${file} cannot be written`, `${file} lässt sich nicht schreiben`),
      where: { file },
      why: text(reason, reason),
    })
  }
}
