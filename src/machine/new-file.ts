// Files that a command leaves beside the source.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from '../core/lang.ts'
import { err, ok, type Result } from '../core/result.ts'

export async function writeNew(
  path: string,
  content: string,
  options: { readonly overwrite: boolean; readonly mode?: number },
): Promise<Result<void>> {
  try {
    await writeFile(path, content, { flag: options.overwrite ? 'w' : 'wx', mode: options.mode ?? 0o644 })
    return ok(undefined)
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
    const reason = error instanceof Error ? error.message : String(error)
    return err({
      code: exists ? 'STW-U003' : 'STW-U004',
      what: exists
        ? text(`${path} exists already`, `${path} existiert bereits`)
        : text(`${path} cannot be written`, `${path} lässt sich nicht schreiben`),
      where: { file: path },
      ...(exists
        ? { next: [text('Overwrite it with --force', 'Mit --force überschreiben')] }
        : { why: text(reason, reason) }),
    })
  }
}

// Bundles lie beside the source: without this they would stand in `git status`, and one day in a commit.
export async function hideFromGit(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true }).catch(() => undefined)
  await writeFile(join(directory, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined)
}

/** A file below .stellwerk beside stellwerk.yaml, where what belongs to one machine lies hidden from git. */
export async function keepBeside(directory: string, path: string, content: string): Promise<Result<string>> {
  const hidden = join(directory, '.stellwerk')
  const file = join(hidden, path)
  await hideFromGit(hidden)
  await mkdir(dirname(file), { recursive: true }).catch(() => undefined)
  const written = await writeNew(file, content, { overwrite: true })
  return written.ok ? ok(file) : written
}
