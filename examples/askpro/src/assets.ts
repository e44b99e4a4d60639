// The page and its files as the build made them, read once: a release never changes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from './settings.ts'

export interface Assets {
  readonly page: string
  /** By URL path. Names hold a content hash. */
  readonly files: ReadonlyMap<string, { readonly contentType: string; readonly body: Buffer }>
}

/** Throws when the build is missing: better at the start than at the first visitor. */
export function loadAssets(settings: Settings): Assets {
  const manifest: Record<string, string> = JSON.parse(
    readFileSync(join(settings.build, 'manifest.json'), 'utf8'),
  )
  const files = new Map(
    Object.values(manifest).map(name => [
      `/build/${name}`,
      {
        contentType: name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
        body: readFileSync(join(settings.build, name)),
      },
    ]),
  )
  const page = readFileSync(join(settings.build, 'index.html'), 'utf8')
    .replaceAll('{{version}}', escapeHtml(settings.version))
    .replaceAll('{{release}}', escapeHtml(settings.release))
    .replaceAll('{{environment}}', escapeHtml(settings.environment))
  return { page, files }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
