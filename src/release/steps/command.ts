// A team's own commands inside a release: prepare, migrate, clear caches.
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { referenced, shellValue } from '../../core/shell-value.ts'
import type { HostKind, Report, Step } from '../../engine/step.ts'
import { commandByHand } from './by-hand.ts'
import { onlyWhenPending, releaseEnvironment, userCommands, userDeadline } from './fragment.ts'

export interface CommandStep extends Step {
  readonly kind: 'release.command'
  readonly host: string
  readonly root: string
  readonly environment: string
  readonly release: string
  readonly commands: readonly string[]
  /** Asked first: 0, the commands run; 1, there is nothing to do; any other end, the step fails. */
  readonly onlyIf?: string
  /** Values may hold ${NAME} of a secret. */
  readonly env: Readonly<Record<string, string>>
  /** Secrets the configuration knows. */
  readonly known: readonly string[]
  /** Run by the undo instead, inside this release: see `when`. */
  readonly undoRelease?: string
  /** go: runs the commands, undo does nothing. back: does nothing, its undo runs them in `undoRelease`. Undo runs in
   *  reverse order, so what must happen after the link is back stands before the switch. */
  readonly when: 'go' | 'back'
}

export const commandKind: HostKind<CommandStep> = {
  at: 'host',
  run: step => (step.when === 'go' ? body(step, step.release) : ':'),
  undo: step => (step.when === 'back' && step.undoRelease !== undefined ? body(step, step.undoRelease) : ':'),
  // A team's command leaves no mark that could be read: whether it ran is unknown until it runs again.
  inspect: step => (step.when === 'back' ? 'echo done' : 'echo unknown'),
  byHand: commandByHand,
  describe: ({ commands, onlyIf }) => {
    const shown = commands.join('; ')
    return onlyIf === undefined
      ? text(`Run in the release: ${shown}`, `Im Release ausführen: ${shown}`)
      : text(
          `Run in the release, if pending (${onlyIf}): ${shown}`,
          `Im Release ausführen, falls etwas ansteht (${onlyIf}): ${shown}`,
        )
  },
  explain: (step, report) => commandProblem(step, report),
  secrets: secretsOf,
}

/** Those that the commands or their variables refer to; the engine exports them into the fragment. */
function secretsOf(step: CommandStep): readonly string[] {
  return referenced([...step.commands, step.onlyIf ?? '', ...Object.values(step.env)], step.known)
}

function body(step: CommandStep, release: string): string {
  const commands = userCommands(step.commands)
  return `${releaseEnvironment({ root: step.root, release, environment: step.environment })}
${Object.entries(step.env)
  .map(([name, value]) => `${name}=${shellValue(value, secretsOf(step))}; export ${name}`)
  .join('\n')}
${userDeadline(step.timeout)}
${step.onlyIf === undefined ? commands : onlyWhenPending(step.onlyIf, commands)}`
}

function commandProblem(step: CommandStep, report: Report): Problem {
  const [code = '?', command = ''] = report.args
  const unknown = report.key === 'pending'
  const why =
    code === '124'
      ? text(
          'it took longer than its time-out and was ended',
          'er dauerte länger als das Zeitlimit und wurde beendet',
        )
      : text(`it ended with exit code ${code}`, `er endete mit Exit-Code ${code}`)
  return {
    code: 'STW-R331',
    what: unknown
      ? text(
          `"${command}" could not tell whether anything is pending (${step.title.en.toLowerCase()})`,
          `„${command}“ konnte nicht sagen, ob etwas ansteht (${step.title.de})`,
        )
      : text(
          `"${command}" failed (${step.title.en.toLowerCase()})`,
          `„${command}“ ist gescheitert (${step.title.de})`,
        ),
    why,
    next: [
      ...(unknown
        ? [
            text(
              'It must end with 0 when something is pending and with 3 when nothing is',
              'Er muss mit 0 enden, wenn etwas ansteht, und mit 3, wenn nichts ansteht',
            ),
          ]
        : []),
      text(
        `Try it on ${step.host} in ${step.root}/releases/${step.release}`,
        `Auf ${step.host} in ${step.root}/releases/${step.release} ausprobieren`,
      ),
    ],
  }
}
