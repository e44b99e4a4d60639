// The parts of package.json that say how a project is built and started.
import { isMapping } from '../path.ts'
import type { Read } from './answers.ts'

export interface Package {
  readonly name: string | undefined
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: readonly string[]
  /** The file that starts the app: of `node x.js` in the start script, else `main`. */
  readonly entry: string | undefined
  /** Something listens; else the result of the build is served as files. */
  readonly isServer: boolean
}

const serverPackages = [
  'express',
  'fastify',
  'koa',
  'hono',
  '@hono/node-server',
  '@nestjs/core',
  'next',
  'nuxt',
  '@hapi/hapi',
  'ws',
]

/** A missing or broken file gives a package without anything. */
export function readPackage(read: Read): Package {
  const json = parse(read('package.json'))
  const scripts = texts(json['scripts'])
  const all = [...Object.keys(texts(json['dependencies'])), ...Object.keys(texts(json['devDependencies']))]
  const started = /^node\s+(?:-\S+\s+)*([\w./-]+)/.exec(scripts['start'] ?? '')?.[1]
  const main = typeof json['main'] === 'string' ? json['main'] : undefined
  const runtime = Object.keys(texts(json['dependencies']))
  return {
    name: typeof json['name'] === 'string' ? json['name'] : undefined,
    scripts,
    dependencies: all,
    entry: (started ?? main)?.replace(/^\.\//, ''),
    isServer:
      started !== undefined ||
      serverPackages.some(name => runtime.includes(name)) ||
      (main !== undefined && scripts['build'] === undefined),
  }
}

export function parse(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return isMapping(value) ? value : {}
  } catch {
    return {}
  }
}

export function texts(value: unknown): Record<string, string> {
  if (!isMapping(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
