import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { answerOf, type Probe, probeScript } from './host-probes.ts'

const execute = promisify(execFile)
const probe = (id: string, fragment: string, secrets: readonly string[] = []): Probe => ({
  id,
  fragment,
  secrets,
})

async function ask(
  probes: readonly Probe[],
  secrets: Readonly<Record<string, string>> = {},
): Promise<string> {
  return (await execute('sh', ['-c', probeScript(probes, secrets)])).stdout
}

describe('probes', () => {
  it('each have their own answer, whatever the others meet', async () => {
    const output = await ask([
      probe('one', 'echo first; echo second'),
      probe('two', 'echo half; sw_problem connect "no such host"'),
      probe('three', 'false; echo never'),
      probe('four', 'exit 0'),
    ])

    expect(answerOf('one', output)).toEqual({ ok: true, lines: ['first', 'second'] })
    expect(answerOf('two', output)).toEqual({ ok: false, report: { key: 'connect', args: ['no such host'] } })
    expect(answerOf('three', output)).toMatchObject({ ok: false, report: { key: 'failed' } })
    expect(answerOf('four', output)).toEqual({ ok: true, lines: [] })
  })

  it('know their own secrets and no others', async () => {
    const value = `a'b"c $d`
    const output = await ask(
      [probe('mine', 'echo "$SECRET"', ['SECRET']), probe('other', 'echo "${SECRET-none}"')],
      { SECRET: value },
    )

    expect(answerOf('mine', output)).toEqual({ ok: true, lines: [value] })
    expect(answerOf('other', output)).toEqual({ ok: true, lines: ['none'] })
  })

  it('tell what a program said that reported nothing', async () => {
    const { report } = answerOf('x', await ask([probe('x', 'echo "cannot open" >&2; exit 7')])) as {
      report?: unknown
    }

    expect(report).toMatchObject({ key: 'failed', args: ['7', expect.stringContaining('cannot open')] })
  })

  it.each([
    ['nobody heard of', ''],
    ['were cut off', 'answer x first\n'],
  ])('that %s have failed', (_, output) => {
    expect(answerOf('x', output)).toEqual({ ok: false, report: { key: 'failed', args: ['no answer'] } })
  })
})
