// The scripts of waiting, signing and after-care in the shells that hosts have; each of them is safe to run twice.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noUndo } from '../../src/procedures/release-steps.ts'
import { careScript, type DueTask, parseCare } from '../../src/runbook/due-list.ts'
import { signBeforeScript, signScript } from '../../src/runbook/record.ts'
import { beginCareKind } from '../../src/runbook/steps/begin-care.ts'
import { closeKind } from '../../src/runbook/steps/close.ts'
import { waitKind } from '../../src/runbook/steps/wait.ts'
import { parsePeople, peopleScript, type Signature } from '../../src/runbook/waiting.ts'
import { runFragment } from '../rigs/fragment.ts'

const run = '20261121_021500-deploy-1f3a9c'
const title = { en: "it's", de: '„es“' }
const step = { id: 'a', host: 'web1', title, timeout: 1000, undo: noUndo('no', 'nein') }
const signature: Signature = {
  v: 1,
  type: 'sign',
  id: 'look',
  role: 'qa',
  by: "Eva O'Neil",
  at: '2026-11-21T10:00:00Z',
  machine: 'laptop',
  evidence: 'said "50 %" $HOME \\n `id`',
}

describe.each(['dash', 'bash', 'busybox sh'])('%s', shell => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'runbook-'))
    await mkdir(join(root, '.stellwerk/runs', run), { recursive: true })
  })
  afterAll(() => rm(root, { recursive: true }))
  const context = () => ({ root, run, runDirectory: join(root, '.stellwerk/runs', run) })
  // What the prelude gives to a step beside the library.
  const fragment = async (script: string) => {
    const prelude = `sw_token=7\n`
    const result = await runFragment(`${prelude}${script}`, { shell })
    expect([result.code, result.stderr]).toEqual([0, ''])
    return result.stdout.trim()
  }
  const people = () =>
    parsePeople(
      execFileSync('sh', ['-c', peopleScript(root)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )
  const wait = () => ({
    ...step,
    kind: 'sign-off.wait' as const,
    root,
    waiting: {
      schema: 'stellwerk.waiting/1' as const,
      run,
      release: 'r1',
      version: '1.0',
      by: 'anna',
      signOffs: [
        {
          id: 'look',
          title: "it's & 50 % \\ done",
          role: 'qa',
          evidence: 'none' as const,
          persons: 1,
          timeout: 1,
        },
      ],
    },
  })

  test('a run waits, is signed while it does, and is closed', async () => {
    const unsigned = { waiting: [], unreadable: [], before: [] }
    expect(await fragment(waitKind.inspect(wait(), context()))).toBe('undone')
    await fragment(signScript(root, run, signature))
    expect(people()).toEqual(unsigned)
    for (const _ of [1, 2]) await fragment(waitKind.run(wait(), context()))
    expect(await fragment(waitKind.inspect(wait(), context()))).toBe('done')
    await writeFile(join(root, '.stellwerk/runs', run, 'sign-offs.jsonl'), '{"v":1,"type":"si')
    await fragment(signScript(root, run, signature))
    const [found] = people().waiting
    expect(found?.asked.signOffs[0]?.title).toBe("it's & 50 % \\ done")
    expect(Math.abs(Date.parse(found?.asked.since ?? '') - Date.now())).toBeLessThan(600_000)
    expect(found?.signatures).toEqual([signature])

    const close = { ...step, kind: 'sign-off.close' as const, root, waits: run, status: 'rejected' as const }
    for (const _ of [1, 2]) await fragment(closeKind.run(close, context()))
    expect(await fragment(closeKind.inspect(close, context()))).toBe('done')
    expect(people()).toEqual(unsigned)
    const journal = await readFile(join(root, '.stellwerk/runs', run, 'journal.jsonl'), 'utf8')
    expect(journal.match(/"type":"end","status":"rejected"/g)).toHaveLength(1)
    expect(await readdir(join(root, '.stellwerk/runs', run))).toContain('waiting.json')
    await fragment(waitKind.run(wait(), context()))
    for (const _ of [1, 2]) await fragment(waitKind.undo(wait(), context()))
    expect(await fragment(waitKind.inspect(wait(), context()))).toBe('undone')
  })

  test('what is signed before a deploy is kept', async () => {
    await fragment(signBeforeScript(root, { ...signature, version: 'v1' }))
    await fragment(signBeforeScript(root, { ...signature, version: 'v2' }))
    expect(people().before.map(({ version, evidence }) => [version, evidence])).toEqual([
      ['v1', signature.evidence],
      ['v2', signature.evidence],
    ])
  })

  test('after-care begins once and ends that of another release', async () => {
    const task = { id: 'hour-1', title: "it's", after: 1, checks: ['health'] }
    const begin = (release: string, tasks: readonly DueTask[] = [task]) =>
      beginCareKind.run({ ...step, kind: 'aftercare.begin', root, release, tasks }, context())
    expect(people().careIsOpen).toBeUndefined()
    for (const release of ['r1', 'r1', 'r2', 'r2']) await fragment(begin(release))
    const lists = parseCare(execFileSync('sh', ['-c', careScript(root)], { encoding: 'utf8' }))
    expect(lists.map(({ release, tasks, supersededBy }) => [release, tasks, supersededBy])).toEqual([
      ['r1', [task], 'r2'],
      ['r2', [task], undefined],
    ])
    expect(people().careIsOpen).toBe(true)
    await fragment(begin('r3', []))
    expect(people().careIsOpen).toBeUndefined()
  })
})
