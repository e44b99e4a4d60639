// Reads the declared secrets. The one place where their values enter the program.
import { isAbsolute, join } from 'node:path'
import type { Result } from '../core/result.ts'
import { Secret } from '../core/secret.ts'
import { type Finding, faults, finding } from './problems.ts'
import type { SecretSource } from './schema/secret.ts'

/** A text file and, where the system has them, its permission bits. */
export interface FileContent {
  readonly text: string
  readonly mode?: number
}

export interface SecretPorts {
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readFile: (path: string) => Result<FileContent>
}

export interface Secrets {
  readonly values: ReadonlyMap<string, Secret>
  /** Commands are stored, not run: running is an adapter's work. */
  readonly commands: ReadonlyMap<string, string>
  /** Name -> absolute path, for those that come from a file. */
  readonly files: ReadonlyMap<string, string>
  readonly findings: readonly Finding[]
}

export function readSecrets(sources: Readonly<Record<string, SecretSource>>, ports: SecretPorts): Secrets {
  const values = new Map<string, Secret>()
  const commands = new Map<string, string>()
  const files = new Map<string, string>()
  const findings: Finding[] = []
  for (const [name, source] of Object.entries(sources)) {
    if ('command' in source) {
      commands.set(name, source.command)
      continue
    }
    if ('file' in source) files.set(name, absolute(source.file, ports))
    const read = 'env' in source ? fromEnv(name, source.env, ports) : fromFile(name, source.file, ports)
    if (read instanceof Secret) values.set(name, read)
    else
      findings.push(finding(read, { path: ['secrets', name, 'env' in source ? 'env' : 'file'], on: 'value' }))
  }
  return { values, commands, files, findings }
}

/** Known by name, and asked by nobody. */
export function secretNames(sources: Readonly<Record<string, SecretSource>>): Secrets {
  const commands = new Map(Object.keys(sources).map(name => [name, ':']))
  return { values: new Map(), commands, files: new Map(), findings: [] }
}

function fromEnv(name: string, variable: string, { env }: SecretPorts): Secret | Finding['fault'] {
  const value = Object.hasOwn(env, variable) ? env[variable] : undefined
  return value ? new Secret(value) : faults.secretUnset(name, variable)
}

function fromFile(name: string, file: string, ports: SecretPorts): Secret | Finding['fault'] {
  const path = absolute(file, ports)
  const read = ports.readFile(path)
  if (!read.ok) return faults.secretUnreadable(name, file, read.error.why ?? read.error.what)
  const { text, mode } = read.value
  // Checked before the value is used: a secret that others can read is none.
  if (mode !== undefined && (mode & 0o077) !== 0) {
    return faults.secretMode(name, file, (mode & 0o777).toString(8).padStart(4, '0'))
  }
  // Editors end a file with a newline that is not part of the value.
  const value = text.replace(/\r?\n$/, '')
  return value === '' ? faults.secretEmpty(name, file) : new Secret(value)
}

function absolute(file: string, { directory, env }: SecretPorts): string {
  const home = env['HOME'] ?? env['USERPROFILE']
  if (file.startsWith('~/') && home) return join(home, file.slice(2))
  return isAbsolute(file) ? file : join(directory, file)
}
