// A deploy that people sign, where not all hosts go the same way.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stellwerk } from '../rigs/command-line.ts'
import { openDataStory } from '../rigs/data-story.ts'
import { currentOn, openStory, type Story } from '../rigs/story.ts'
import type { Document } from '../rigs/story-app.ts'
import { faultsOf } from '../rigs/story-state.ts'

const signOffs = { look: { title: 'Look', role: 'qa' } }
const currents = (site: Story) => Promise.all(site.hosts.map(currentOn))
const root = (site: Story, index: number) => site.hosts[index]?.root ?? ''

/** A host that holds the mark fails, and is left out. */
function leavingOut(document: Document): Document {
  const { test: kept } = document['environments'] as { test: object }
  return {
    ...document,
    signOffs,
    release: { keep: 3, prepare: ['test ! -e ../../bad-host'] },
    environments: { test: { ...kept, onHostFailure: 'leave-out' } },
  }
}

test('a host that failed is named while people sign and when they have; nothing is rolled out beside it meanwhile', async () => {
  await using site = await openStory({ app: 'static', hosts: 2 })
  const v1 = await site.deployed(await site.bundle('v1'))
  await site.configure(leavingOut)
  const mark = join(root(site, 1), 'bad-host')
  await writeFile(mark, '')

  const ended = await site.run('deploy', '--bundle', await site.bundle('v2'))
  expect([ended.code, ended.problems[0]?.where?.host], ended.said).toEqual([10, 'web2'])
  const v2 = String(ended.document?.['release'])
  const runs = join(root(site, 0), '.stellwerk/runs', String(ended.document?.['run']))
  expect(await readFile(join(runs, 'report.jsonl'), 'utf8')).toContain('"host":"web2"')

  await rm(mark)
  const other = ['--bundle', await site.bundle('v3'), '--hosts', 'web2'] as const
  for (const verb of ['deploy', 'plan deploy']) {
    const beside = await site.run(verb, ...other)
    expect([beside.code, beside.problems[0]?.code], beside.said).toEqual([10, 'STW-O800'])
  }

  const signed = await site.run('sign-off', 'look')
  expect([signed.code, signed.document?.['status']], signed.said).toEqual([4, 'left-out'])
  expect(signed.document?.['hosts']).toEqual([
    { name: 'web1', state: 'new' },
    { name: 'web2', state: 'old' },
  ])
  expect(await currents(site)).toEqual([v2, v1])

  // Only the hosts that wait go back: web2 never had v2.
  expect((await site.run('deploy', '--bundle', await site.bundle('v4'), '--hosts', 'web1')).code).toBe(10)
  const refused = await site.run('sign-off', '--reject', '--reason', 'the page is empty')
  expect(refused.code, refused.said).toBe(0)
  expect(await currents(site)).toEqual([v2, v1])
})

test('a host that was lost before the switch is settled by no signature', async () => {
  await using site = await openStory({ app: 'static', hosts: 2 })
  const v1 = await site.deployed(await site.bundle('v1'))
  await site.configure(leavingOut)
  const running = site.start('deploy', '--bundle', await site.bundle('v2'))
  await running.until(event => event.type === 'phase.end' && event.phase === 'publish')
  await site.hosts[1]?.ssh?.kill()
  const lost = await running.ended
  expect([lost.code, lost.document?.['status']], lost.said).toEqual([4, 'needs-a-look'])
  await site.hosts[1]?.ssh?.start()

  const signed = await site.run('sign-off', 'look')

  expect([signed.code, signed.problems[0]?.code], signed.said).toEqual([4, 'STW-O814'])
  const recovered = await site.run('recover')
  expect(recovered.code, recovered.said).toBe(0)
  expect(await faultsOf(site, [v1])).toEqual([])
})

test('refused on a host that served something and on one that is new, both are as before; asked first, written down then', async () => {
  await using site = await openStory({ app: 'static', hosts: 2 })
  const first = await site.run('deploy', '--bundle', await site.bundle('v1'), '--hosts', 'web1')
  await site.configure(document => ({ ...document, signOffs }))
  const ended = await site.run('deploy', '--bundle', await site.bundle('v2'))
  expect(ended.code, ended.said).toBe(10)
  const words = ['sign-off', 'test', '--reject', '--reason', 'empty', '--json']
  const runs = join(root(site, 0), '.stellwerk/runs', String(ended.document?.['run']))

  const env = { XDG_STATE_HOME: join(site.directory, 'state'), TMPDIR: join(site.directory, 'tmp') }
  const alone = await stellwerk(words, { cwd: site.directory, env })
  expect([alone.code, alone.problems[0]?.code], alone.said).toEqual([8, 'STW-U002'])
  expect(await readdir(runs)).not.toContain('sign-offs.jsonl')

  const refused = await site.run('sign-off', '--reject', '--reason', 'empty')
  expect(refused.code, refused.said).toBe(0)
  expect(await currents(site)).toEqual([first.document?.['release'], ''])
  expect(await readFile(join(runs, 'sign-offs.jsonl'), 'utf8')).toContain('"type":"reject"')
  for (const { root: there } of site.hosts) {
    expect(await readdir(join(there, '.stellwerk/waiting'))).toEqual([])
    expect(await readdir(join(there, '.stellwerk'))).not.toContain('lock')
  }
})

test('refused with nothing to roll back to, what people wrote meanwhile stays', async () => {
  await using data = await openDataStory('sqlite', {
    local: true,
    migrate: { undo: 'restore' },
    document: document => ({ ...document, signOffs }),
  })
  const bundle = await data.bundle('v1', ['ALTER TABLE calls ADD COLUMN more text'])
  const ended = await data.story.run('deploy', '--bundle', bundle)
  expect(ended.code, ended.said).toBe(10)
  await data.sql("INSERT INTO calls (what) VALUES ('while people look')")

  const refused = await data.story.run('sign-off', '--reject', '--reason', 'the page is empty')

  expect(refused.code, refused.said).toBe(0)
  expect(await data.sql('SELECT count(*) FROM calls')).toBe('3')
})
