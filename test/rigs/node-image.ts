// An image in the place of node:24-bookworm-slim, for a docker that reaches no registry: busybox, the Node of this machine and what
// a Dockerfile would install on top, with the libraries that they load. `apt-get` is there and installs nothing.
import { execFile } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { ContainerEngine } from './container-engine.ts'

const execute = promisify(execFile)

/** `programs` and `files` are absolute paths of this machine, and lie there in the image as well. */
export async function importNodeImage(
  engine: ContainerEngine,
  { programs, files }: { readonly programs: readonly string[]; readonly files: readonly string[] },
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'node-image-'))
  try {
    const root = join(directory, 'root')
    const put = async (from: string, to = from) => {
      await mkdir(dirname(join(root, to)), { recursive: true })
      await copyFile(from, join(root, to))
      for (const library of await librariesOf(from)) {
        await mkdir(dirname(join(root, library)), { recursive: true })
        await copyFile(library, join(root, library))
      }
    }
    await put('/bin/busybox', '/bin/busybox')
    await put(process.execPath, '/usr/local/bin/node')
    for (const program of programs) await put(program)
    for (const file of files) await cp(file, join(root, file), { recursive: true, dereference: true })
    const { stdout } = await execute('/bin/busybox', ['--list'])
    for (const name of stdout.trim().split('\n'))
      if (name !== 'busybox') await symlink('busybox', join(root, 'bin', name))
    await writeFile(join(root, 'usr/local/bin/apt-get'), '#!/bin/sh\n')
    await chmod(join(root, 'usr/local/bin/apt-get'), 0o755)
    for (const place of ['etc', 'tmp']) await mkdir(join(root, place), { recursive: true })
    await chmod(join(root, 'tmp'), 0o1777)
    await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnode:x:1000:1000::/:/bin/sh\n')
    await writeFile(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n')
    const archive = join(directory, 'root.tar')
    await execute('tar', ['--owner=0', '--group=0', '-cf', archive, '-C', root, '.'])
    const path = 'ENV PATH=/usr/local/bin:/usr/bin:/bin'
    await engine.run('import', '--change', path, archive, 'node:24-bookworm-slim')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function librariesOf(program: string): Promise<readonly string[]> {
  const { stdout } = await execute('ldd', [program]).catch(() => ({ stdout: '' }))
  return [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path]) => path ?? '')
}
