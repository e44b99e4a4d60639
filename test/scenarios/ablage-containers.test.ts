// The document of the document store as it is for production: its image is built from the commit, travels in the bundle, and runs by
// its compose.yaml. What no test machine has is left out by name: a card, a certificate, people who sign.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../examples/ablage/scripts/servers.ts'
import { writeNvidiaSmi } from '../../examples/ablage/variants/nvidia-smi.ts'
import { type AblageStory, openAblage } from '../../examples/ablage/variants/story.ts'
import { ablage } from '../../examples/ablage/variants/variants.ts'
import { commitVariant, type Setting } from '../../examples/variants.ts'
import { stellwerk } from '../rigs/command-line.ts'
import type { ContainerEngine } from '../rigs/container-engine.ts'
import { startDocker } from '../rigs/docker.ts'
import { importNodeImage } from '../rigs/node-image.ts'

const execute = promisify(execFile)
const production = ['environments', 'production']
const override = [...production, 'override']

let engine: ContainerEngine

beforeAll(async () => {
  engine = await startDocker()
  await importNodeImage(engine, {
    programs: ['/usr/bin/tesseract', '/usr/bin/pdftoppm'],
    files: ['/usr/share/tesseract-ocr'],
  })
})

afterAll(() => engine?.[Symbol.asyncDispose]())

// Two releases of 200 MB each: far longer on a busy machine.
test('builds its image, refuses a blind container and old code, and keeps documents where backups look', {
  timeout: 900_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ablage-containers-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const port = await freePort()
  const story = undo.use(await openAblage(directory, settings(directory, port)))
  undo.defer(() => removeContainers())
  const composeFile = join(story.repository, 'compose.yaml')
  const written = await readFile(composeFile, 'utf8')
  const shared = join(story.root, 'shared')
  const env = { ...process.env, ...story.env, ...engine.env, XDG_STATE_HOME: join(directory, 'state') }
  const run = (...words: string[]) => stellwerk([...words, '--json', '--yes'], { cwd: story.repository, env })
  const answers = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/health`)
    return answer.headers.get('x-release')
  }

  // As docker-compose reads it: the card is reserved, and what the app writes is no volume of the engine's own.
  const config = await execute(
    'docker-compose',
    ['-f', composeFile, '--project-directory', shared, 'config'],
    {
      env: { ...env, DB_PASSWORD: 'x' },
    },
  )
  expect(config.stdout).toMatch(/driver: nvidia/)
  expect(config.stdout).toContain(`${shared}/storage:/app/storage`)

  await withoutCard(story, written)
  const card = join(shared, 'storage/nvidia-smi')
  writeNvidiaSmi(card)
  const first = await run('deploy', 'production')
  expect(first.code, first.said.slice(-3000)).toBe(0)
  const release = String(first.document?.['release'])
  expect(await answers()).toBe(release)
  // The smoke test brought a document through the container: it lies where the gate and the backup look.
  const documents = await readdir(join(shared, 'storage/documents'))
  expect(documents).not.toEqual([])

  // What the container does not see is no card, whatever the host has.
  await rm(card)
  const blind = await run('check', 'production', '--only', 'gpu-memory,detailed')
  expect(blind.code, blind.said.slice(-3000)).toBe(5)
  expect(blind.said).toMatch(/gpu_available is false/)
  expect(blind.said).toMatch(/komponenten\.gpu\.status is/)
  writeNvidiaSmi(card)

  // The next release, with the image of this one.
  const kept = join(story.root, 'releases', release)
  commitVariant(ablage, story.repository, 'v2')
  await withoutCard(story, written)
  const file = join(story.repository, 'stellwerk.yaml')
  const good = await readFile(file, 'utf8')
  await writeFile(file, good.replace('sh deploy/image.sh', `cp ${kept}/images.lock ${kept}/image.tar .`))
  await commit(story, 'an old image')
  const stale = await run('deploy', 'production')
  expect(stale.code, stale.said.slice(-3000)).toBe(1)
  expect(stale.said).toMatch(/build-[0-9a-f]{7}/)
  expect(await answers()).toBe(release)
  // The backup before it: the document, .env and the stand-in.
  const saved = stale.events.find(
    event => event.type === 'step.end' && event.step.endsWith('/files-documents'),
  )
  const count = saved?.type === 'step.end' ? Number(/^(\d+) files/.exec(saved.observed?.en ?? '')?.[1]) : 0
  expect(count).toBeGreaterThanOrEqual(documents.length + 2)
})

/** What production is asked for, on this machine. */
function settings(directory: string, port: number): readonly Setting[] {
  const off = ['release-notes', 'login', 'admin-panel', 'dashboards', 'team']
  return [
    { path: [...production, 'hosts'], value: { ablage: 'local' } },
    { path: [...production, 'root'], value: join(directory, 'server') },
    { path: ['environments', 'local', 'root'], value: join(directory, 'elsewhere') },
    { path: [...production, 'env'], value: engine.env },
    { path: [...override, 'secrets'], value: {} },
    { path: [...override, 'notify'], value: null },
    { path: [...override, 'backup', 'drill'], value: null },
    { path: [...override, 'router', 'listen'], value: `127.0.0.1:${port}` },
    { path: [...override, 'services', 'backend', 'ports'], value: [port] },
    { path: [...override, 'gates'], value: ['settings', 'secret-key', 'storage', 'database'] },
    { path: [...override, 'verify', 'smoke'], value: ['metrics', 'complete', 'backend-log', 'worker-log'] },
    {
      path: [...override, 'backup', 'destinations', 'local', 'path'],
      value: join(directory, 'production-backups'),
    },
    ...off.map(id => ({ path: ['signOffs', id, 'environments'], value: ['local'] })),
  ]
}

/** The reservation is what a machine without a card cannot keep; the stand-in for the tool lies in the shared directory. */
async function withoutCard({ repository, root }: AblageStory, written: string): Promise<void> {
  const reservation = /^ {4}deploy:\n(?: {6,}.*\n)+/m
  expect(written).toMatch(reservation)
  await writeFile(join(repository, 'compose.yaml'), written.replace(reservation, ''))
  const env = join(root, 'shared/.env')
  const kept = (await readFile(env, 'utf8'))
    .split('\n')
    .filter(line => !/^(NVIDIA|ABLAGE_.ID|DB_)/.test(line))
  const own = ['NVIDIA_SMI=/app/storage/nvidia-smi', 'ABLAGE_UID=0', 'ABLAGE_GID=0', 'DB_PASSWORD=unused']
  await writeFile(env, [...own, ...kept].join('\n'), { mode: 0o600 })
  await commit({ repository }, 'no card')
}

async function commit({ repository }: Pick<AblageStory, 'repository'>, message: string): Promise<void> {
  const who = ['-c', 'user.name=example', '-c', 'user.email=example@example.org']
  await execute('git', [...who, 'commit', '-qam', message], { cwd: repository })
}

async function removeContainers(): Promise<void> {
  const left = await engine.run('ps', '-aq')
  if (left !== '') await engine.run('rm', '-f', ...left.split('\n'))
}
