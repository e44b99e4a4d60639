// environments.<name>.branch: only commits of that branch are deployed there. What git cannot say is a no.
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { quote } from '../core/shell.ts'
import type { Bundle } from '../release/bundle/bundle.ts'
import type { Context } from './context.ts'
import type { Session } from './session.ts'

export async function branchProblem(
  context: Context,
  session: Session,
  bundle: Bundle,
): Promise<Problem | undefined> {
  const { branch, name } = session.config.environment
  if (branch === undefined) return undefined
  const { gitSha } = bundle.manifest
  const contains = (ref: string) => `git merge-base --is-ancestor ${quote(gitSha)} ${quote(ref)} 2>/dev/null`
  const script = `cd ${quote(session.config.directory)}\n${contains(branch)} || ${contains(`origin/${branch}`)}\n`
  const answer = await context.wiring.here.run(script, { timeout: 30_000 })
  if (answer.ending.kind === 'exit' && answer.ending.code === 0) return undefined
  const sha = gitSha.slice(0, 7)
  return {
    code: 'STW-D303',
    what: text(
      `Commit ${sha} is not on branch "${branch}", so it is not deployed to ${name}`,
      `Commit ${sha} liegt nicht auf Branch „${branch}“ und kommt deshalb nicht nach ${name}`,
    ),
    why: text(`environments.${name}.branch says so`, `environments.${name}.branch verlangt es`),
    next: [
      text(
        `git checkout ${branch} && git merge …, or git fetch`,
        `git checkout ${branch} && git merge …, oder git fetch`,
      ),
    ],
  }
}
