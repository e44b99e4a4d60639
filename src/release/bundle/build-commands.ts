// Runs the commands of a build in its export, one after the other, within one time for all of them.

import type { Clock } from '../../core/clock.ts'
import { formatDuration } from '../../core/duration.ts'
import { type Text, text } from '../../core/lang.ts'
import { quote, words } from '../../core/shell.ts'
import type { Emit } from '../../engine/events.ts'
import type { Ending, Host } from '../../engine/host.ts'
import { refuse } from './boundary.ts'
import { cancelled, commandFailed } from './build-problems.ts'

export interface CommandsProps {
  readonly here: Host
  /** The export. */
  readonly directory: string
  readonly commands: readonly string[]
  readonly test: readonly string[]
  /** Added to the environment of this machine; values, not references. */
  readonly env: Readonly<Record<string, string>>
  /** Milliseconds for all commands together. */
  readonly timeout: number
  readonly clock: Pick<Clock, 'elapsed'>
  readonly signal: AbortSignal
  readonly emit: Emit
  readonly redact: (line: string) => string
}

/** Throws a ProblemError for the first command that does not end with 0. */
export async function runCommands(props: CommandsProps): Promise<void> {
  const end = props.clock.elapsed() + props.timeout
  const all = [
    ...props.commands.map((command, index) => ({
      command,
      kind: 'commands' as const,
      step: `build/commands/${index + 1}`,
    })),
    ...props.test.map((command, index) => ({
      command,
      kind: 'test' as const,
      step: `build/test/${index + 1}`,
    })),
  ]
  for (const { command, kind, step } of all) {
    const title = props.redact(command)
    const began = props.clock.elapsed()
    props.emit({ code: 'STW-E004', type: 'step.begin', step, title: text(title, title) })
    const tail: string[] = []
    const onLine = (raw: string) => {
      const line = props.redact(raw)
      tail.push(line)
      if (tail.length > 30) tail.shift()
      props.emit({ code: 'STW-E006', type: 'output', step, line })
    }
    const { ending } = await props.here.run(script(props, command), {
      timeout: Math.max(1, end - began),
      signal: props.signal,
      onLine,
    })
    const passed = ending.kind === 'exit' && ending.code === 0
    props.emit({
      code: 'STW-E005',
      type: 'step.end',
      step,
      ms: props.clock.elapsed() - began,
      verdict: passed ? 'pass' : 'fail',
    })
    if (ending.kind === 'aborted') refuse(cancelled())
    if (!passed) refuse(commandFailed(title, kind, reason(ending, props.timeout), tail.join('\n')))
  }
}

/** The command in a shell of its own, so that its `exit`, `set` and variables end with it. */
function script(props: CommandsProps, command: string): string {
  const exports = Object.entries(props.env).map(([name, value]) => `${name}=${quote(value)}; export ${name}`)
  return [
    'unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX',
    ...exports,
    `cd ${quote(props.directory)}`,
    `exec ${words('sh', '-eu', '-c', command)}`,
  ].join('\n')
}

function reason(ending: Ending, timeout: number): Text {
  switch (ending.kind) {
    case 'exit':
      return text(`It ended with code ${ending.code}`, `Er endete mit Code ${ending.code}`)
    case 'signal':
      return text(`It was ended by ${ending.signal}`, `Er wurde durch ${ending.signal} beendet`)
    case 'timeout':
      return text(
        `The build took longer than ${formatDuration(timeout)} (build.timeout) and was ended`,
        `Der Bau dauerte länger als ${formatDuration(timeout)} (build.timeout) und wurde beendet`,
      )
    case 'aborted':
      return text('It was cancelled', 'Er wurde abgebrochen')
    case 'lost':
    case 'unreachable':
      return text(ending.why, ending.why)
  }
}
