// Builders for pure planning: a config from a few lines of YAML, facts of a host as if it had been asked.

import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { err } from '../../src/core/result.ts'
import type { DeployInput } from '../../src/procedures/deploy.ts'
import type { HostFacts } from '../../src/procedures/facts.ts'
import { compareSums } from '../../src/release/bundle/delta.ts'
import type { Manifest } from '../../src/release/bundle/manifest.ts'
import { sumsOf } from '../../src/release/bundle/sums.ts'
import type { ReleaseRecord } from '../../src/release/record.ts'

const head = `version: 1
app: shop
build: {entries: [server.js]}
verify: {identity: {url: /, header: X-Release}, health: [home]}
checks: {home: {kind: http, url: /}}
`

/** `rest`: further sections; `environment`: further keys of the environment. */
export function aConfig(rest = '', environment = 'hosts: {web1: {address: web1.example}}'): Config {
  const text = `${head}${rest}\nenvironments:\n  production:\n    root: /srv/shop\n${indent(environment)}\n`
  const missing = err({ code: 'STW-U005', what: { en: 'none', de: 'keine' } })
  const loaded = loadConfig({
    file: 'stellwerk.yaml',
    directory: '/project',
    text,
    env: {},
    readFile: () => missing,
  })
  if (!loaded.ok) throw new Error(loaded.error.map(problem => problem.what.en).join('; '))
  return loaded.value.config
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}

export function aRelease(id: string, state: ReleaseRecord['state'] = 'proven'): ReleaseRecord {
  return {
    schema: 'stellwerk.release/1',
    id,
    app: 'shop',
    environment: 'production',
    version: '1.0.0',
    gitSha: 'a'.repeat(40),
    dirty: false,
    digest: 'd'.repeat(64),
    bytes: 1000,
    files: 2,
    by: 'anna',
    notes: '',
    state,
    stateAt: '2026-11-20T02:15:00Z',
    run: 'run-0',
    shared: [],
    ...(state === 'proven' || state === 'undone' ? { provenAt: '2026-11-20T02:15:00Z' } : {}),
  }
}

export function facts(
  extra: {
    readonly release?: Partial<HostFacts['release']>
    readonly services?: Partial<HostFacts['services']>
    readonly router?: Partial<HostFacts['router']>
    readonly people?: Partial<HostFacts['people']>
  } = {},
): HostFacts {
  return {
    release: {
      user: 'deploy',
      uid: 1000,
      releases: [],
      pinned: [],
      strangers: [],
      freeBytes: 50e9,
      freeInodes: 1e6,
      tools: ['tar', 'gzip', 'zstd', 'sha256sum', 'base64', 'stat', 'mktemp'],
      clockSkew: 0,
      sharedMissing: [],
      ...extra.release,
    },
    services: { complete: true, slots: [], units: [], commands: [], composes: [], ...extra.services },
    router: { installed: [], running: false, generation: 0, node: 'v24.0.0', ...extra.router },
    people: { waiting: [], unreadable: [], before: [], ...extra.people },
  }
}

const file = (path: string, content: string) => ({
  path,
  size: content.length,
  sha256: content.padEnd(64, '0'),
  mode: '0444' as const,
})

const manifest: Manifest = {
  schema: 'stellwerk.bundle/1',
  app: 'shop',
  version: '1.1.0',
  gitSha: 'b'.repeat(40),
  dirty: false,
  builtAt: '2026-11-21T02:00:00Z',
  entries: ['server.js'],
  totals: { files: 2, links: 0, directories: 0, bytes: 6 },
  directories: [],
  links: [],
  files: [file('server.js', 'abc'), file('style.css', 'def')],
}

export function aDeploy(
  config: Config,
  known: Readonly<Record<string, HostFacts>>,
  extra: Partial<DeployInput> = {},
): DeployInput {
  return {
    config,
    hosts: config.hosts,
    facts: new Map(Object.entries(known)),
    bundle: { manifest, digest: 'e'.repeat(64) },
    uploads: new Map(
      config.hosts.map(host => [host.name, { delta: compareSums(undefined, sumsOf(manifest)) }]),
    ),
    run: '20261121_021500-deploy-1f3a9c',
    release: '20261121_021500-bbbbbbb',
    by: 'anna',
    notes: '',
    now: new Date('2026-11-21T02:15:00Z'),
    routerFile: { sha256: 'f'.repeat(64), bytes: 1000 },
    ...extra,
  }
}
