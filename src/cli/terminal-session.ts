// What a person does on a host at their own terminal: one host, and a terminal to give.
import type { HostConfig } from '../config/config.ts'
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Ending } from '../engine/host.ts'
import { endingText } from '../engine/problems.ts'
import { connectionTo } from './ask.ts'
import type { Context } from './context.ts'
import { showProblems } from './outcome.ts'
import type { Session } from './session.ts'

/** Undefined: a person sits at the terminal. `instead`: what works without one. */
export function noTerminal({ io }: Context, instead: string): Problem | undefined {
  if (io.tty.in && io.tty.out) return undefined
  return {
    code: 'STW-S130',
    what: text('There is no terminal to work at', 'Es gibt kein Terminal, an dem man arbeiten könnte'),
    why: text(
      'standard input or output is a file or a pipe',
      'Standardeingabe oder -ausgabe ist eine Datei oder eine Pipe',
    ),
    next: [text(instead, instead)],
  }
}

export function oneHost(hosts: readonly HostConfig[]): Result<HostConfig> {
  const [first, ...more] = hosts
  if (first && more.length === 0) return ok(first)
  const names = hosts.map(({ name }) => name).join(', ')
  return err({
    code: 'STW-S131',
    what: text('A terminal works on one host', 'Ein Terminal arbeitet auf einem Host'),
    why: text(`these fit: ${names || 'none'}`, `diese passen: ${names || 'keiner'}`),
    next: [text(`--hosts ${first?.name ?? '<name>'}`, `--hosts ${first?.name ?? '<name>'}`)],
  })
}

/** The exit code of the program is said, and stays within the codes of this program. */
export async function atTerminal(
  context: Context,
  session: Session,
  host: HostConfig,
  script: string,
): Promise<ExitCode> {
  const connection = connectionTo(session, host)
  const ending: Ending = connection.terminal
    ? await connection.terminal(script)
    : { kind: 'unreachable', why: 'this host has no terminal' }
  if (ending.kind === 'exit' && ending.code === 0) return exitCode.done
  showProblems(context, [
    {
      code: 'STW-S132',
      what: text(
        `The session on ${host.name} did not end well`,
        `Die Sitzung auf ${host.name} endete nicht gut`,
      ),
      where: { host: host.name },
      why: endingText(ending),
    },
  ])
  return ending.kind === 'exit' ? exitCode.failedAndUnchanged : exitCode.unreachable
}
