// A destructive migration under load: visitors get the old release, the page or the new release, and the page is gone
// afterwards, however the deploy ends.
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLoad } from '../rigs/load.ts'
import { openStory, type Story, tailOf } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

// The app says what it finds in its data: another word than its own is what no visitor may see.
const server = `import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
const own = readFileSync('schema', 'utf8').trim()
const release = process.env.RELEASE
createServer((request, response) => {
  const found = readFileSync('data/schema', 'utf8').trim()
  response.writeHead(found === own || request.url === '/alive' ? 200 : 500, { 'X-Release': release })
  response.end(found)
}).listen(Number(process.env.PORT), '127.0.0.1')
`
const migrate = `cp schema data/schema
while [ -e data/wait ]; do sleep 0.05; done
if [ -e fails ]; then cp data/before data/schema; exit 1; fi
`

// A slot is ready when it runs; whether it fits the data is for the checks.
function readyAt(path: string, services: unknown): unknown {
  const { web, ...rest } = services as Record<string, Record<string, unknown>>
  return { web: { ...web, ready: { path, timeout: '20s' } }, ...rest }
}

let story: Story
let schema = 0

async function bundle(more: Record<string, string> = {}): Promise<string> {
  schema++
  return story.bundle(`v${schema}`, 'fine', {
    'server.mjs': server,
    'migrate.sh': `cp data/schema data/before 2>/dev/null || :\n${migrate}`,
    'preview.sh': `echo "ALTER TABLE v${schema};"\n`,
    schema: `v${schema}\n`,
    ...more,
  })
}

const root = () => story.hosts[0]?.root ?? ''
const url = () => story.hosts[0]?.url ?? ''

async function statusOf(): Promise<string> {
  const ended = await story.run('maintenance status')
  const hosts = ended.document?.['hosts'] as readonly { readonly state: string }[] | undefined
  return hosts?.map(({ state }) => state).join() ?? tailOf(ended)
}

async function visit(
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; mark: string | null }> {
  const answer = await fetch(url(), { headers })
  return {
    status: answer.status,
    text: await answer.text(),
    mark: answer.headers.get('x-stellwerk-maintenance'),
  }
}

beforeAll(async () => {
  process.env['MAINTENANCE_PASS'] = 'let-me-in-0815'
  story = await openStory({
    document: document => ({
      ...document,
      services: readyAt('/alive', document['services']),
      secrets: { MAINTENANCE_PASS: { env: 'MAINTENANCE_PASS' } },
      maintenance: { allowHeader: { secret: 'MAINTENANCE_PASS' } },
      databases: {
        main: {
          kind: 'other',
          migrate: {
            command: 'sh migrate.sh',
            class: 'destructive',
            preview: 'sh preview.sh',
            timeout: '1m',
          },
        },
      },
    }),
  })
  await story.deployed(await bundle())
}, 120_000)
afterAll(() => story[Symbol.asyncDispose]())

describe('a deploy with a destructive migration', () => {
  test('under load nobody sees a mixed state, and the SQL stays with the run', async () => {
    const next = await bundle()
    const load = startLoad({ url: url(), concurrency: 6 })
    await load.more(50)
    const ended = await story.run('deploy', '--bundle', next)
    await load.more(50)
    const report = await load.stop()

    expect(ended.code, tailOf(ended)).toBe(0)
    expect(report.reasons).toEqual(['status 503'])
    expect(Object.keys(report.byRelease)).toHaveLength(2)
    expect(await statusOf()).toBe('off')
    const run = String(ended.document?.['run'])
    expect(await readFile(join(root(), '.stellwerk/runs', run, 'preview.sql'), 'utf8')).toBe(
      `ALTER TABLE v${schema};\n`,
    )
    expect(ended.said).not.toContain('let-me-in-0815')
  })

  test('that fails leaves the old release, and no page', async () => {
    const before = await visit()
    const ended = await story.run('deploy', '--bundle', await bundle({ fails: 'yes\n' }))

    expect(ended.code).toBe(1)
    expect(await visit()).toEqual(before)
    expect(await statusOf()).toBe('off')
    expect(await faultsOf(story)).toEqual([])
  })

  test('that is interrupted takes the page away', async () => {
    const next = await bundle()
    const before = await visit()
    const running = story.start('deploy', '--bundle', next)
    await running.until(event => event.type === 'step.end' && event.step.endsWith('/on-proof'))
    running.kill('SIGINT')
    const ended = await running.ended

    expect(ended.code).toBe(1)
    expect(await statusOf()).toBe('off')
    // A migration of kind other has no way back of its own: the data is put back by hand here.
    await writeFile(join(root(), 'shared/data/schema'), before.text)
    expect(await visit()).toEqual(before)
  })

  test.each(['maintenance/local/on', 'maintenance-off/local/off'])(
    'killed at %s: recover opens the gate',
    async step => {
      const before = (await visit()).text
      const running = story.start('deploy', '--bundle', await bundle())
      await running.until(event => event.type === 'step.begin' && event.step === step)
      running.kill('SIGKILL')
      await running.ended
      const recovered = await story.run('recover')

      expect(recovered.code, tailOf(recovered)).toBe(0)
      expect(await statusOf()).toBe('off')
      expect(await faultsOf(story)).toEqual([])
      await writeFile(join(root(), 'shared/data/schema'), before)
      expect(await visit()).toMatchObject({ status: 200, text: before })
    },
  )
})

describe('by hand', () => {
  test('it is on, is seen by status and doctor, survives a deploy, and ends', async () => {
    expect((await story.run('maintenance on', '--reason', 'new disks')).code).toBe(0)
    expect(await visit()).toMatchObject({ status: 503, mark: 'page' })
    expect((await visit({ 'X-Stellwerk-Pass': 'let-me-in-0815' })).status).toBe(200)
    const status = await story.run('maintenance status')
    expect(status.document).toMatchObject({ hosts: [{ state: 'on', reason: 'new disks' }] })
    const doctor = await story.run('doctor')
    expect(doctor.said).toContain('STW-M822')
    const before = (await visit({ 'X-Stellwerk-Pass': 'let-me-in-0815' })).text

    await story.deployed(await bundle())
    expect(await visit()).toMatchObject({ status: 503, mark: 'page' })
    const checked = await story.run('check')
    expect(checked.code, tailOf(checked)).toBe(0)
    expect(checked.said).not.toContain('let-me-in-0815')

    // A migration of kind other has no way back of its own: the data is put back by hand here.
    await writeFile(join(root(), 'shared/data/schema'), before)
    const back = await story.run('rollback')
    expect(back.code, tailOf(back)).toBe(0)
    expect(await visit()).toMatchObject({ status: 503, mark: 'page' })

    expect((await story.run('maintenance off')).code).toBe(0)
    expect(await visit()).toMatchObject({ status: 200, text: before })
    expect(existsSync(join(root(), '.stellwerk/lock'))).toBe(false)
  })

  test('--for that ends while a deploy works behind the page is no fault of the deploy', async () => {
    const next = await bundle()
    expect((await story.run('maintenance on', '--for', '12s')).code).toBe(0)
    const over = Date.now() + 12_000
    const wait = join(root(), 'shared/data/wait')
    await writeFile(wait, '')
    const running = story.start('deploy', '--bundle', next)
    await running.until(event => event.type === 'step.end' && event.step.endsWith('/on-proof'))
    while (Date.now() < over) await new Promise(resolve => setTimeout(resolve, 50))
    await rm(wait)
    const ended = await running.ended

    expect(ended.code, tailOf(ended)).toBe(0)
    expect(await statusOf()).toBe('off')
  })

  test('--for is a time that somebody may mean', async () => {
    // So many days that there is no such date.
    expect((await story.run('maintenance on', '--for', '999999999999d')).code).toBe(2)
  })

  test('--for ends it without anybody', async () => {
    expect((await story.run('maintenance on', '--for', '2s')).code).toBe(0)
    for (let answer = await visit(); answer.status === 503; answer = await visit())
      await new Promise(resolve => setTimeout(resolve, 50))
    expect(await statusOf()).toBe('off')
  })
})
