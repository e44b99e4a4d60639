import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import { inParallel } from '../../engine/parallel.ts'
import { endingText } from '../../engine/problems.ts'
import { connectionTo, unanswered } from '../ask.ts'
import { type Context, switchFlag } from '../context.ts'
import { lineWriter } from '../lines.ts'
import { exitForAll, showProblems } from '../outcome.ts'
import { withSession } from '../session.ts'

/** Runs the words after -- in `current`, on each host; a line starts with its host when there are several. */
export async function run(context: Context): Promise<ExitCode> {
  const command = context.rest.map(quote).join(' ')
  if (command === '') {
    showProblems(context, [
      {
        code: 'STW-U001',
        what: text('No command was given', 'Es wurde kein Befehl angegeben'),
        next: [text('stellwerk exec <environment> -- <command>', 'stellwerk exec <umgebung> -- <befehl>')],
      },
    ])
    return exitCode.usage
  }
  return withSession(context, async session => {
    const { hosts, config } = session
    const redact = session.deps({}).redact
    const problems = await inParallel(
      hosts,
      config.environment.parallel,
      async (host): Promise<Problem[]> => {
        const write = lineWriter(
          context,
          'stellwerk.exec/1',
          { host: host.name },
          hosts.length > 1 ? `${host.name}: ` : '',
        )
        const script = `cd ${quote(`${host.root}/current`)}/ || exit 1\n${command}\n`
        const answer = await connectionTo(session, host).run(script, {
          timeout: 24 * 3_600_000,
          signal: context.interrupt,
          onLine: (line, stream) => write(redact(line), stream),
        })
        const { ending } = answer
        // The exit code of this command is its own: that of the remote one is data.
        if (ending.kind === 'exit' && switchFlag(context, 'json'))
          context.io.out(
            `${JSON.stringify({ schema: 'stellwerk.exec/1', host: host.name, exit: ending.code })}\n`,
          )
        if (ending.kind === 'exit' && ending.code === 0) return []
        const problem =
          ending.kind === 'unreachable'
            ? unanswered(session, host, answer)
            : failed(host.name, endingText(ending))
        showProblems(context, [problem])
        return [problem]
      },
    )
    return exitForAll(problems.flat())
  })
}

function failed(host: string, why: ReturnType<typeof text>) {
  return {
    code: 'STW-D501',
    what: text(`The command failed on ${host}`, `Der Befehl ist auf ${host} gescheitert`),
    where: { host },
    why,
  }
}
