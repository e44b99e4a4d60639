import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { measured, parseRollbacks, rollbacksScript } from './measured.ts'

test('the times of rollbacks come from the journals, and only of those that ended well', async () => {
  const root = await mkdtemp(join(tmpdir(), 'measured-'))
  const line = (at: string, rest: string) => `{"v":1,"at":"${at}","token":1,${rest}}\n`
  const journal = async (run: string, status: string, ...times: readonly string[]) => {
    await mkdir(join(root, '.stellwerk/runs', run), { recursive: true })
    const [first = '', last = ''] = times
    const text = `${line(first, '"type":"intent","step":"a"')}${line(last, `"type":"end","status":"${status}"`)}`
    await writeFile(join(root, '.stellwerk/runs', run, 'journal.jsonl'), text)
  }
  await journal('20261101_000000-rollback-aaaaaa', 'done', '2026-11-01T00:00:00Z', '2026-11-01T00:00:41Z')
  await journal('20261102_000000-rollback-bbbbbb', 'done', '2026-11-02T00:00:00Z', '2026-11-02T00:00:12Z')
  await journal('20261103_000000-rollback-cccccc', 'undone', '2026-11-03T00:00:00Z', '2026-11-03T00:09:00Z')
  await journal('20261104_000000-deploy-dddddd', 'done', '2026-11-04T00:00:00Z', '2026-11-04T00:09:00Z')

  const runs = parseRollbacks(execFileSync('sh', ['-c', rollbacksScript(root)], { encoding: 'utf8' }))

  expect(measured(runs, [])).toEqual({
    rollback: { count: 2, last: 12_000, worst: 41_000, at: '2026-11-02T00:00:12Z' },
  })
  await rm(root, { recursive: true })
})

test('of a run on several hosts the slowest counts; drills count when they were green and measured', () => {
  const run = (ended: string) => ({ run: 'one', began: '2026-11-01T00:00:00Z', ended })
  const drill = (verdict: 'green' | 'red', startedAt: string, rto: number | null) => ({
    verdict,
    startedAt,
    rto,
    rpo: 3_600_000,
  })

  expect(
    measured(
      [run('2026-11-01T00:00:05Z'), run('2026-11-01T00:00:09Z'), run('nonsense')],
      [
        drill('green', '2026-11-02', 60_000),
        drill('red', '2026-11-03', 1),
        drill('green', '2026-11-01', 90_000),
      ],
    ),
  ).toEqual({
    rollback: { count: 1, last: 9000, worst: 9000, at: '2026-11-01T00:00:09Z' },
    restore: { count: 2, last: 60_000, worst: 90_000, at: '2026-11-02' },
    loss: { count: 2, last: 3_600_000, worst: 3_600_000, at: '2026-11-02' },
  })
  expect(measured([], [])).toEqual({})
})
