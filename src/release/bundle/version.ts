// The version of an app, from where its own tools keep it.
import { join } from 'node:path'
import { readText } from './workspace.ts'

/** package.json, composer.json, VERSION, then `git describe`; "0.0.0" when nobody says. Never with a character that a
 *  file name or a terminal would mind. */
export async function readVersion(directory: string, described: string | undefined): Promise<string> {
  const found =
    field(await read(join(directory, 'package.json'))) ??
    field(await read(join(directory, 'composer.json'))) ??
    (await read(join(directory, 'VERSION')))?.split('\n')[0]?.trim()
  const version = (found || described || '0.0.0').replace(/[^A-Za-z0-9.+_-]+/g, '-').slice(0, 100)
  return /[A-Za-z0-9]/.test(version) ? version : '0.0.0'
}

async function read(path: string): Promise<string | undefined> {
  const file = await readText(path)
  return 'content' in file ? file.content : undefined
}

function field(json: string | undefined): string | undefined {
  try {
    const value: unknown = JSON.parse(json ?? 'null')
    const version =
      typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined
    return typeof version === 'string' && version !== '' ? version : undefined
  } catch {
    return undefined
  }
}
