// A terminal that remembers what was written to it.
import type { Io } from '../../src/cli/io.ts'

export interface Terminal extends Io {
  readonly stdout: () => string
  readonly stderr: () => string
}

/** `answer`: what the person types; a person sits there when it is given. */
export function aTerminal(answer?: string): Terminal {
  let [stdout, stderr] = ['', '']
  const person = answer !== undefined
  return {
    out: text => {
      stdout += text
    },
    err: text => {
      stderr += text
    },
    tty: { in: person, out: person, err: person },
    color: { out: false, err: false },
    columns: () => 80,
    ask: async () => answer,
    stdout: () => stdout,
    stderr: () => stderr,
  }
}
