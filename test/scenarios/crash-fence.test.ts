// A run whose lock was taken over while its script still runs: the script does no further step, and the run says so.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../rigs/router.ts'
import { journalsOf, openStory, tailOf } from '../rigs/story.ts'
import type { Document } from '../rigs/story-app.ts'
import { faultsOf } from '../rigs/story-state.ts'

/** Two migrations in one script: the first waits for the test, the second must never begin. */
function twoMigrations(document: Document): Document {
  const migrate = (file: string) => ({ kind: 'other', migrate: { command: `sh ${file}`, timeout: '2m' } })
  return { ...document, databases: { first: migrate('migrate.sh'), second: migrate('second.sh') } }
}

test.each([
  ['this machine', undefined],
  ['a host over ssh', 1],
] as const)('on %s, recover --steal stops a living run at its next step', async (_where, hosts) => {
  await using story = await openStory({ ...(hosts ? { hosts } : {}), document: twoMigrations })
  const root = story.hosts[0]?.root ?? ''
  const read = (path: string) => readFile(join(root, path), 'utf8').catch(() => '')
  const quiet = { 'migrate.sh': ':\n', 'second.sh': ':\n' }
  const old = await story.deployed(await story.bundle('v1', 'fine', quiet))
  const waiting = {
    'migrate.sh': 'while [ ! -e data/go ]; do sleep 0.1; done\n',
    'second.sh': 'echo begun >>data/second\n',
  }
  const bundle = await story.bundle('v2', 'fine', waiting)

  const running = story.start('deploy', '--bundle', bundle)
  await running.until(event => event.type === 'step.begin' && event.step.endsWith('/first'))
  const refused = await story.run('recover')
  const before = await read('.stellwerk/lock')
  const stealing = story.start('recover', '--steal', 'the laptop was lost')
  await until('the lock to change hands', async () => {
    const now = await read('.stellwerk/lock')
    return now !== '' && now !== before
  })
  await writeFile(join(root, 'shared/data/go'), '')
  const [ended, stolen] = await Promise.all([running.ended, stealing.ended])

  expect(refused.code).toBe(6)
  expect(refused.problems[0]).toMatchObject({ code: 'STW-E113' })
  expect(ended.code, tailOf(ended)).toBe(4)
  expect(ended.problems[0]).toMatchObject({ code: 'STW-E103' })
  expect(await read('shared/data/second')).toBe('')
  expect(stolen.code, tailOf(stolen)).toBe(0)
  const records = (await journalsOf(story)).at(-1)?.records ?? []
  expect(records.some(record => 'step' in record && record.step.endsWith('/second'))).toBe(false)
  expect(await faultsOf(story, [old])).toEqual([])
})
