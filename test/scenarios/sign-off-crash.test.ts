// A deploy that people sign, on hosts that differ and with commands that die.
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { type Ended, stellwerk } from '../rigs/command-line.ts'
import { countRecords, crashAt } from '../rigs/crash.ts'
import { openStory, type Story } from '../rigs/story.ts'
import { faultsOf } from '../rigs/story-state.ts'

const signOffs = { look: { title: 'Look', role: 'qa' } }

test('every host knows that it waits and who signed, and all are settled by one signature', async () => {
  await using site = await openStory({ app: 'static', hosts: 2 })
  await site.deployed(await site.bundle('v1'))
  await site.configure(document => ({ ...document, signOffs }))
  const ended = await site.run('deploy', '--bundle', await site.bundle('v2'))
  expect(ended.code, ended.said).toBe(10)
  const run = String(ended.document?.['run'])
  for (const { root } of site.hosts)
    expect(await readdir(join(root, '.stellwerk/waiting'))).toEqual([`${run}.json`])

  const signed = await site.run('sign-off', 'look', '--by', 'Eva')

  expect(signed.code, signed.said).toBe(0)
  expect(await faultsOf(site, [String(ended.document?.['release'])])).toEqual([])
  for (const { root } of site.hosts) {
    expect(await readdir(join(root, '.stellwerk/waiting'))).toEqual([])
    expect(await readFile(join(root, '.stellwerk/runs', run, 'sign-offs.jsonl'), 'utf8')).toContain(
      '"by":"Eva"',
    )
  }
})

test('refused between the last signature and the lock, it is not settled', async () => {
  await using site = await openStory({ app: 'static' })
  const v1 = await site.deployed(await site.bundle('v1'))
  await site.configure(document => ({ ...document, signOffs }))
  const ended = await site.run('deploy', '--bundle', await site.bundle('v2'))
  const [host] = site.hosts
  if (!host) throw new Error('no host')

  // A lock is made with ln.
  const late = await refusedAt('ln', site, String(ended.document?.['run']))

  expect([late.code, late.problems[0]?.why?.en], late.said).toEqual([10, 'Ben refused it: empty page'])
  expect(await readdir(join(host.root, '.stellwerk'))).not.toContain('lock')
  expect((await site.run('sign-off', '--reject', '--reason', 'as Ben says')).code).toBe(0)
  expect(await faultsOf(site, [v1])).toEqual([])
})

test('refused by somebody else at the same moment, it says so', async () => {
  await using site = await openStory({ app: 'static' })
  const v1 = await site.deployed(await site.bundle('v1'))
  await site.configure(document => ({ ...document, signOffs }))
  const ended = await site.run('deploy', '--bundle', await site.bundle('v2'))

  // A signature is made to last with dd.
  const late = await refusedAt('dd', site, String(ended.document?.['run']))

  expect([late.code, late.problems[0]?.why?.en], late.said).toEqual([10, 'Ben refused it: empty page'])
  expect((await site.run('recover')).code).toBe(0)
  expect(await faultsOf(site, [v1])).toEqual([])
})

test('while somebody else settles it, it is left to them', async () => {
  await using site = await openStory({ app: 'static' })
  await site.deployed(await site.bundle('v1'))
  await site.configure(document => ({ ...document, signOffs }))
  const ended = await site.run('deploy', '--bundle', await site.bundle('v2'))
  const lock = join(site.hosts[0]?.root ?? '', '.stellwerk/lock')
  const run = String(ended.document?.['run'])
  const owner = { run, procedure: 'sign-off', by: 'Ben', machine: 'elsewhere', pid: 1, lease: 60 }
  await writeFile(lock, JSON.stringify({ ...owner, token: 99, v: 1 }))

  const second = await site.run('sign-off', 'look')

  expect([second.code, second.problems[0]?.code], second.said).toEqual([6, 'STW-E113'])
  expect(await readFile(lock, 'utf8')).toContain('"token":99')
  await rm(lock)
  expect((await site.run('recover')).code).toBe(0)
  expect(await faultsOf(site, [String(ended.document?.['release'])])).toEqual([])
})

// Cheap: files behind a link. Where the command dies, people have signed nothing, or all of it.
test('killed at any record of a deploy that waits or settles, nothing is approved that nobody signed', async () => {
  await using site = await openStory({ app: 'static' })
  await site.deployed(await site.bundle('v1'))
  await site.configure(document => ({ ...document, signOffs }))
  const before = countRecords(site)
  const whole = await site.run('deploy', '--bundle', await site.bundle('v2'))
  expect(whole.code, whole.said).toBe(10)
  const length = countRecords(site) - before
  expect((await site.run('sign-off', 'look')).code).toBe(0)
  const settling = countRecords(site) - before - length
  expect([length, settling].every(count => count > 4)).toBe(true)
  const faults: string[] = []
  const ends = new Set<string>()
  for (const point of [length - 2, length, length + 2, length + settling - 1]) {
    const bundle = await site.bundle(`v${point}-killed`)
    const signs = point > length
    if (signs) await site.run('deploy', '--bundle', bundle)
    const words: [string, ...string[]] = signs ? ['sign-off', 'look'] : ['deploy', '--bundle', bundle]
    await crashAt(site, words, signs ? point - length : point)
    const recovered = await site.run('recover')
    ends.add(`${signs ? 'signed' : 'unsigned'} ${recovered.code}`)
    // Waiting still: it has to be signed, and then it is as good as any.
    if (recovered.code === 10) faults.push(...(signs ? ['it was signed and waits'] : await signed(site)))
    faults.push(...(await faultsOf(site)).map(fault => `record ${point}: ${fault}`))
  }
  expect(faults).toEqual([])
  expect(
    [...ends].every(end => ['unsigned 0', 'unsigned 10', 'signed 0'].includes(end)),
    [...ends].join(),
  ).toBe(true)

  async function signed(one: Story): Promise<string[]> {
    const ended = await one.run('sign-off', 'look')
    return ended.code === 0 ? [] : [ended.said]
  }
})

/** Signs, and right before the first use of `tool` on the host somebody else refuses the release. */
async function refusedAt(tool: string, site: Story, run: string): Promise<Ended> {
  const log = join(site.hosts[0]?.root ?? '', '.stellwerk/runs', run, 'sign-offs.jsonl')
  const bin = join(site.directory, 'bin')
  const at = '2026-11-21T10:00:00Z'
  const refusal = JSON.stringify({
    ...{ v: 1, type: 'reject', id: '', role: '', by: 'Ben', at, machine: 'm', reason: 'empty page' },
  })
  await mkdir(bin)
  await writeFile(join(bin, tool), `#!/bin/sh\necho '${refusal}' >>'${log}'\nexec /bin/${tool} "$@"\n`)
  await chmod(join(bin, tool), 0o755)
  const env = {
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    XDG_STATE_HOME: join(site.directory, 'state'),
  }
  return stellwerk(['sign-off', 'test', 'look', '--json'], { cwd: site.directory, env })
}
