// Where the demo of the document store happens: its own servers, and its document as it is for production, as far as one machine can.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseDocument } from 'yaml'
import { startServers } from '../../examples/ablage/scripts/servers.ts'
import { type AblageStory, openAblage } from '../../examples/ablage/variants/story.ts'
import { ablage } from '../../examples/ablage/variants/variants.ts'
import type { Setting } from '../../examples/variants.ts'
import { startPrometheus } from '../../test/rigs/prometheus.ts'
import { isInstalled } from './place.ts'

export interface AblagePlace {
  readonly story: AblageStory
  /** Makes the environment ask for everything that production is asked for. */
  askForAll(): void
  /** Whether builds run the tests of the app. */
  test(on: boolean): void
  /** What the team was told: subject lines. */
  readonly told: readonly string[]
}

/** What production asks of its containers; the processes here have the general checks. */
const ofContainers = new Set(['settings', 'gpu-memory', 'detailed'])
const local = ['environments', 'local', 'override']

export async function openAblagePlace(
  directory: string,
  kept: boolean,
  undo: AsyncDisposableStack,
): Promise<AblagePlace> {
  // All that is started lies below, and is found there when the demo ends; a server may run as another user.
  const temporary = join(directory, 'tmp')
  mkdirSync(temporary)
  for (const path of [directory, temporary]) chmodSync(path, 0o711)
  process.env['TMPDIR'] = temporary
  const story = await openAblage(directory)
  if (!kept) undo.use(story)
  const file = join(story.repository, 'stellwerk.yaml')
  const written = parseDocument(readFileSync(file, 'utf8'))
  const tests = parseDocument(readFileSync(join(ablage.directory, 'stellwerk.yaml'), 'utf8'))
  const wanted: unknown = tests.getIn(['build', 'test'])
  const told: string[] = []
  const team = await listen(told, undo)
  const prometheus = kept ? undefined : await startWatcher(story.url, undo)
  const certificate = makeCertificate(directory)
  const change = (settings: readonly Setting[]) => {
    for (const { path, value } of settings) written.setIn(path, written.createNode(value))
    writeFileSync(file, written.toString({ lineWidth: 0 }))
  }
  change(
    secretFiles(story, directory).map(([name, path]) => ({ path: ['secrets', name], value: { file: path } })),
  )
  if (!kept) change(await drillServer(directory, undo))
  const production = written.toJS().environments.production.override
  const { checks, gates, verify, notify } = production
  const url = prometheus ?? 'http://127.0.0.1:9'
  return {
    story,
    told,
    test: on => change([{ path: ['build', 'test'], value: on ? wanted : [] }]),
    askForAll: () =>
      change([
        {
          path: [...local, 'checks'],
          value: {
            // A card is asked for on the host, and waived by name: no container could hide it here.
            ...Object.fromEntries(Object.entries(checks).filter(([name]) => !ofContainers.has(name))),
            certificate: { ...checks.certificate, file: certificate },
            targets: { ...checks.targets, url },
            alerts: { ...checks.alerts, url },
            // A busy machine is no server: told, and not held against the release.
            latency: { level: 'warn', expect: { maxTime: '50ms' } },
          },
        },
        { path: [...local, 'gates'], value: gates },
        { path: [...local, 'verify'], value: verify },
        {
          path: [...local, 'notify'],
          value: { ...notify, channels: { team: { kind: 'webhook', url: team } } },
        },
        // Not the dashboards: there is no Grafana here that anybody could look at.
        ...['release-notes', 'login', 'admin-panel', 'team'].map(id => ({
          path: ['signOffs', id, 'environments'],
          value: ['production', 'local'],
        })),
      ]),
  }
}

/** In files, so that a person finds the commands of a demo that is kept working in any shell. */
function secretFiles({ env }: AblageStory, directory: string): readonly (readonly [string, string])[] {
  return Object.entries(env)
    .filter(([name]) => name !== 'PATH')
    .map(([name, value]) => {
      const path = join(directory, name)
      writeFileSync(path, value, { mode: 0o600 })
      return [name, path]
    })
}

/** A drill never works on the server that it should replace: another one. */
async function drillServer(directory: string, undo: AsyncDisposableStack): Promise<readonly Setting[]> {
  const { postgres } = undo.use(await startServers())
  const file = join(directory, 'DRILL_DB_PASSWORD')
  writeFileSync(file, postgres.password, { mode: 0o600 })
  const main = { port: postgres.port, user: 'ablage', password: '${DRILL_DB_PASSWORD}' }
  return [
    { path: ['secrets', 'DRILL_DB_PASSWORD'], value: { file } },
    { path: [...local, 'backup', 'drill'], value: { servers: { main } } },
  ]
}

/** The team's end of a webhook. */
async function listen(told: string[], undo: AsyncDisposableStack): Promise<string> {
  const server = createServer((request, response) => {
    void text(request).then(body => {
      told.push(String(JSON.parse(body).subject))
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  undo.defer(() => void server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
}

/** Undefined where this machine has no Prometheus. */
async function startWatcher(app: string, undo: AsyncDisposableStack): Promise<string | undefined> {
  if (!isInstalled('prometheus')) return undefined
  const rig = await startPrometheus([{ name: 'ablage', targets: [new URL(app).host], every: '1s' }])
  undo.use(rig)
  return `http://127.0.0.1:${rig.port}`
}

function makeCertificate(directory: string): string {
  const [key, certificate] = [join(directory, 'ablage.key'), join(directory, 'ablage.crt')]
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const name = ['-subj', '/CN=ablage.example', '-addext', 'subjectAltName=DNS:ablage.example']
  try {
    const files = ['-days', '90', '-keyout', key, '-out', certificate]
    execFileSync('openssl', [...words, ...name, ...files], { stdio: 'ignore' })
  } catch {
    // Without openssl there is none, and its box stays open.
  }
  return certificate
}
