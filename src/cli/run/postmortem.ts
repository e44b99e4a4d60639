import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { inParallel } from '../../engine/parallel.ts'
import { postmortem } from '../../runbook/postmortem.ts'
import { evidenceScript, noSuchRun, parseEvidence, type RunOnHost } from '../../runbook/run-evidence.ts'
import { connectionTo, unanswered } from '../ask.ts'
import type { Context } from '../context.ts'
import { exitFor, showProblems } from '../outcome.ts'
import { type Session, withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'
import { writeOrShow } from '../writing.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config } = session
    const name = context.args['run'] ?? ''
    const { found, problems } = await evidenceOf(context, session, name)
    // A host that cannot be asked may know what matters: the rest is still shown, and the exit code says so.
    showProblems(context, problems)
    const [first] = problems
    if (found.length === 0) return first ? exitFor(first) : refuse(context, [unknownRun(name, session)])
    const { redact } = session.deps({})
    const facts = {
      app: config.app,
      environment: config.environment.name,
      run: name,
      timeZone: config.timezone,
      found: found.toSorted((a, b) => (`${a.run} ${a.host}` < `${b.run} ${b.host}` ? -1 : 1)),
    }
    const markdown = redact(postmortem(facts, context.lang))
    const document = { environment: facts.environment, run: name, markdown }
    const written = await writeOrShow(context, 'stellwerk.postmortem/1', document, markdown)
    return written !== exitCode.done || !first ? written : exitFor(first)
  })
}

async function evidenceOf(context: Context, session: Session, name: string) {
  const found: RunOnHost[] = []
  const problems: Problem[] = []
  if (!/^[A-Za-z0-9_-]+$/.test(name)) return { found, problems }
  await inParallel(session.hosts, session.config.environment.parallel, async host => {
    // Every line, not the last MiB: plans are long.
    const lines: string[] = []
    const answer = await connectionTo(session, host).run(evidenceScript(host.root, name), {
      timeout: 60_000,
      signal: context.interrupt,
      onLine: (line, stream) => void (stream === 'stdout' && lines.push(line)),
    })
    const { ending } = answer
    if (ending.kind === 'exit' && ending.code === noSuchRun) return
    if (ending.kind === 'exit' && ending.code === 0) found.push(...parseEvidence(host.name, lines.join('\n')))
    else problems.push(unanswered(session, host, answer))
  })
  return { found, problems }
}

function unknownRun(name: string, { config, hosts }: Session): Problem {
  const asked = hosts.map(host => host.name).join(', ')
  const history = `stellwerk history ${config.environment.name}`
  return {
    code: 'STW-U001',
    what: text(`No host knows a run "${name}"`, `Kein Host kennt einen Lauf „${name}“`),
    why: text(`asked: ${asked}`, `gefragt: ${asked}`),
    next: [text(history, history)],
  }
}
