// The two processes as they run on a server: started, used, ended by signal.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, type TestContext, test } from 'node:test'
import type { Call } from '../src/calls.ts'
import { openDatabase } from '../src/database.ts'
import { migrate } from '../src/migrations.ts'
import { loadSettings } from '../src/settings.ts'
import { json, makeEnvironment, migrations, post, root } from './gateway.ts'

// Mostly waiting for processes to start, so at the same time.
describe('processes', { concurrency: true }, () => {
  test('migrate tells pending from none, then web and worker serve a call', {
    timeout: 20_000,
  }, async context => {
    const env = await makeEnvironment(context)
    assert.equal(await ended(start(context, 'migrate.ts', env, '--pending').child), 0)
    assert.equal(await ended(start(context, 'migrate.ts', env).child), 0)
    assert.equal(await ended(start(context, 'migrate.ts', env, '--pending').child), 3)
    assert.equal(await ended(start(context, 'migrate.ts', env, '--wrong').child), 2)

    const worker = start(context, 'worker.ts', env)
    await worker.said('working')
    const web = start(context, 'web.ts', env)
    const { port } = await web.said('listening')
    const url = `http://127.0.0.1:${port}`
    const answer = await post(`${url}/api/calls`, { caller: '110', utterances: ['Rückruf'] })
    await worker.said('job done')

    const call = await json<Call>(await fetch(`${url}/api/calls/${(await json<Call>(answer)).id}`))
    assert.deepEqual([call.status, call.intent], ['transcribed', 'callback'])
    worker.child.kill('SIGTERM')
    web.child.kill('SIGTERM')
    assert.deepEqual(await Promise.all([ended(worker.child), ended(web.child)]), [0, 0])
  })

  test('web finishes the request at hand before it ends', { timeout: 20_000 }, async context => {
    const env = await migrated(await makeEnvironment(context))
    const web = start(context, 'web.ts', env)
    const { port } = await web.said('listening')
    const upload = request({
      host: '127.0.0.1',
      port: Number(port),
      path: '/api/uploads?name=a.txt',
      method: 'POST',
    })
    const response = once(upload, 'response')
    upload.write('first half, ')
    await once(upload, 'socket').then(([socket]) => (socket.connecting ? once(socket, 'connect') : undefined))
    // Answered after the upload began: now the process has both connections.
    await fetch(`http://127.0.0.1:${port}/api/health`).then(answer => answer.text())

    web.child.kill('SIGTERM')
    await web.said('ending')
    await assert.rejects(fetch(`http://127.0.0.1:${port}/api/health`))
    upload.end('second half')

    assert.equal((await response)[0].statusCode, 201)
    assert.equal(await ended(web.child), 0)
  })

  test('web cuts off a request that never ends', { timeout: 20_000 }, async context => {
    const env = await migrated({ ...(await makeEnvironment(context)), ASKPRO_SHUTDOWN_MS: '50' })
    const web = start(context, 'web.ts', env)
    const { port } = await web.said('listening')
    const upload = request({ host: '127.0.0.1', port: Number(port), path: '/api/uploads', method: 'POST' })
    upload.on('error', () => {})
    upload.write('never complete')
    await fetch(`http://127.0.0.1:${port}/api/health`).then(answer => answer.text())

    web.child.kill('SIGTERM')

    assert.equal(await ended(web.child), 1)
  })

  test('worker finishes the job at hand before it ends', { timeout: 20_000 }, async context => {
    const env: Record<string, string> = {
      ...(await makeEnvironment(context)),
      ASKPRO_TRANSCRIPTION_MS: '400',
    }
    await migrated(env)
    const web = start(context, 'web.ts', env)
    const { port } = await web.said('listening')
    const worker = start(context, 'worker.ts', env)
    await worker.said('working')
    await post(`http://127.0.0.1:${port}/api/calls`, { caller: '110', utterances: ['Termin'] })
    const database = await openDatabase(loadSettings(root, env).database)
    context.after(() => database.close())
    const state = async () => (await database.get('SELECT state FROM jobs'))?.['state']
    while ((await state()) !== 'running') await new Promise(setImmediate)

    worker.child.kill('SIGTERM')

    assert.equal(await ended(worker.child), 0)
    assert.equal(await state(), 'done')
  })

  test('a wrong setting and a used port end the start with a reason', { timeout: 20_000 }, async context => {
    const env = await migrated(await makeEnvironment(context))
    const web = start(context, 'web.ts', env)
    const { port } = await web.said('listening')

    const wrong = start(context, 'web.ts', { ...env, PORT: 'many' }).child
    const used = start(context, 'web.ts', { ...env, PORT: String(port) }).child
    assert.deepEqual(await Promise.all([ended(wrong), ended(used)]), [1, 1])
  })
})

async function migrated(env: Record<string, string>): Promise<Record<string, string>> {
  const database = await openDatabase(loadSettings(root, env).database)
  await migrate(database, migrations, new Date())
  await database.close()
  return env
}

function start(context: TestContext, file: string, env: Record<string, string>, ...words: string[]) {
  const child = spawn(process.execPath, [join(root, 'src', file), ...words], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  context.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
  const entries: Record<string, unknown>[] = []
  const waiting: (() => void)[] = []
  createInterface(child.stdout).on('line', line => {
    if (line.startsWith('{')) entries.push(JSON.parse(line))
    for (const look of waiting) look()
  })
  /** The log entry of this event, as soon as it is written; fails when the process ends without it. */
  const said = (event: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const look = () => {
        const entry = entries.find(candidate => candidate['event'] === event)
        if (entry) resolve(entry)
      }
      waiting.push(look)
      child.on('close', () => reject(new Error(`${file} ended without "${event}"`)))
      look()
    })
  return { child, said }
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}
