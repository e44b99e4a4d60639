// A worker is stopped when its work is done, not when a pause is over: what happens when it is, when it is not, and when nobody
// can tell.
import { access, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStory, tailOf } from '../rigs/story.ts'
import type { Document } from '../rigs/story-app.ts'

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

test('waits for the work, takes back what it said, puts work back, and never guesses', async () => {
  await using story = await openStory()
  const at = (name: string) => join(story.directory, name)
  const drain = (props: Document) => async () => {
    await story.configure(document => {
      const services = document['services'] as Record<string, Document>
      return {
        checks: {
          ...(document['checks'] as Document),
          idle: { kind: 'command', command: `test ! -e ${at('busy')}` },
        },
        services: {
          ...services,
          worker: {
            ...services['worker'],
            drain: {
              check: 'idle',
              timeout: '1s',
              every: '100ms',
              begin: `echo begin >>${at('said')}; : >${at('paused')}`,
              end: `echo end >>${at('said')}; rm -f ${at('paused')}`,
              ...props,
            },
          },
        },
      }
    })
  }
  const [host] = story.hosts
  const answer = async () => (await (await fetch(host?.workerUrl ?? '')).text()).trim()
  await drain({})()
  const v1 = await story.deployed(await story.bundle('v1'))
  // The first release has nobody before it who could come to rest.
  expect(await exists(at('said'))).toBe(false)

  await writeFile(at('busy'), '')
  const aborted = await story.run('deploy', '--bundle', await story.bundle('v2'))
  expect(aborted.code, tailOf(aborted)).toBe(1)
  expect(aborted.said).toContain('STW-S120')
  expect(await answer()).toBe(v1)
  expect(await exists(at('paused'))).toBe(false)
  expect((await readFile(at('said'), 'utf8')).trim().split('\n')).toEqual(['begin', 'end'])

  await drain({ otherwise: 'requeue', requeue: `echo requeue >>${at('said')}` })()
  await rm(at('said'))
  const v3 = await story.deployed(await story.bundle('v3'))
  expect(await answer()).toBe(v3)
  expect((await readFile(at('said'), 'utf8')).trim().split('\n')).toEqual(['begin', 'requeue', 'end'])

  // At rest: nothing is put back, also with the mark of the run before.
  await rm(at('busy'))
  await rm(at('said'))
  const v4 = await story.deployed(await story.bundle('v4'))
  expect(await answer()).toBe(v4)
  expect((await readFile(at('said'), 'utf8')).trim().split('\n')).toEqual(['begin', 'end'])

  // `wait` waits as long once more: the work ends in the second time.
  await drain({ otherwise: 'wait', timeout: '3s' })()
  await writeFile(at('busy'), '')
  const running = story.start('deploy', '--bundle', await story.bundle('v5'))
  await running.until(event => event.type === 'waiting' && event.text.en.includes('not at rest'))
  await rm(at('busy'))
  const waited = await running.ended
  expect(waited.code, tailOf(waited)).toBe(0)

  await story.configure(document => ({
    checks: {
      ...(document['checks'] as Document),
      idle: { kind: 'command', command: '/nowhere/to/be/found' },
    },
  }))
  const unknown = await story.run('deploy', '--bundle', await story.bundle('v6'))
  expect(unknown.code, tailOf(unknown)).toBe(1)
  expect(unknown.said).toContain('Nobody can tell whether worker has come to rest')
  expect(await answer()).toBe(String(waited.document?.['release']))
})
