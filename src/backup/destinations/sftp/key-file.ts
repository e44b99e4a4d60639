// The private key that signs in, refused for what OpenSSH would refuse it for.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParsedKey } from 'ssh2'
import { text } from '../../../core/lang.ts'
import { ProblemError } from '../../../core/problem.ts'
import { keyEncrypted, keyExposed, keyUnreadable, notAKey, type Server } from './problems.ts'

/** `~/` is below `home`. Throws ProblemError. */
export async function readKeyFile(server: Server, identityFile: string, home: string): Promise<Buffer> {
  const file = identityFile.startsWith('~/') ? join(home, identityFile.slice(2)) : identityFile
  const { content, mode } = await read(file).catch((error: unknown) => {
    throw new ProblemError(
      keyUnreadable(server, file, error instanceof Error ? error.message : String(error)),
    )
  })
  // Windows has other means, and shows every file as open to all.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new ProblemError(keyExposed(server, file, (mode & 0o777).toString(8).padStart(4, '0')))
  const { default: ssh2 } = await import('ssh2')
  const parsed: ParsedKey | Error = ssh2.utils.parseKey(content)
  if (parsed instanceof Error)
    throw new ProblemError(
      /encrypted|passphrase/i.test(parsed.message)
        ? keyEncrypted(server, file)
        : notAKey(server, file, text(parsed.message, parsed.message)),
    )
  if (!parsed.isPrivateKey())
    throw new ProblemError(
      notAKey(server, file, text('it holds a public key', 'sie enthält einen öffentlichen Schlüssel')),
    )
  return content
}

async function read(file: string): Promise<{ content: Buffer; mode: number }> {
  const { mode } = await stat(file)
  return { content: await readFile(file), mode }
}
