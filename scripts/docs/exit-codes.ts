// docs/reference/exit-codes.md. A new exit code does not compile until it has its sentence here.
import { exitCode } from '../../src/core/exit-code.ts'

const meaning: Readonly<Record<keyof typeof exitCode, string>> = {
  done: 'Done, or nothing to do.',
  failedAndUnchanged: 'Failed; what was changed has been undone, or nothing was changed.',
  usage: 'The command line is not understood.',
  config: '`stellwerk.yaml` has problems.',
  needsALook: 'State was changed and could be brought to neither side: a person must look.',
  checkSaysNo: 'A check says no.',
  locked: 'Another run holds the lock, or the environment is frozen.',
  unreachable: 'A host does not answer or does not let us in.',
  declined: 'Not confirmed: no answer, or no terminal and no `--yes`.',
  licence: 'The licence does not allow it.',
  waiting:
    'A run waits for people: users have the new release, and it counts as proven once the sign-offs are there. Neither a success nor a failure, so it has a code of its own.',
  bug: 'A bug in Stellwerk.',
}

/** What the launcher and the operating system add. */
const further: readonly (readonly [string, string])[] = [
  ['69', 'The launcher found no Node 24; nothing was started.'],
  ['128 + n', 'Ended by signal n, as every program.'],
]

export function exitCodesReference(): string {
  const rows = Object.entries(exitCode).map(
    ([name, code]) => [String(code), meaning[name as keyof typeof exitCode]] as const,
  )
  return `# Exit codes

Every command ends with one of these. Treat a code that is not listed as a failure.

| code | meaning |
|---|---|
${[...rows, ...further]
  .sort(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  .map(([code, text]) => `| ${code} | ${text} |`)
  .join('\n')}
`
}
