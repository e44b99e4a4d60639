import { type Claim, claimsOf } from '../../config/claim.ts'
import type { HostConfig } from '../../config/config.ts'
import { formatPath } from '../../config/path.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { redactor } from '../../core/secret.ts'
import { parseOwner } from '../../engine/lease.ts'
import { lockScript, parseLockView } from '../../engine/lock-view.ts'
import { inParallel } from '../../engine/parallel.ts'
import { lockProblem } from '../../engine/problems.ts'
import { doctorScript, findings } from '../../procedures/doctor.ts'
import { byWeight, type DoctorFinding, found, standsAgainst } from '../../procedures/doctor-finding.ts'
import { factsScript, parseFacts } from '../../procedures/gather.ts'
import { forgotten } from '../../procedures/maintenance.ts'
import type { RouterFile } from '../../traffic/index.ts'
import { ask } from '../ask.ts'
import { type Context, textFlag } from '../context.ts'
import { routerFileFor } from '../deploying.ts'
import { backupFindings } from '../doctor-backup.ts'
import { askDocument, type DocumentAnswer, type Reached } from '../doctor-document.ts'
import { showProblems, showResult } from '../outcome.ts'
import { peopleFindings } from '../people-findings.ts'
import { deviations } from '../present/deviations.ts'
import { readyLines } from '../present/doctor.ts'
import { type Session, withSession } from '../session.ts'

/** All findings of all hosts at once; exit 5 when there is one, 7 when a host could not be asked. */
export async function run(context: Context): Promise<ExitCode> {
  // A secret without a value is a finding among others here, and nothing that hides them.
  return withSession(context, session => examineAll(context, session), 'whole', 'told')
}

type Located = DoctorFinding & { readonly claim?: Claim }

async function examineAll(context: Context, session: Session): Promise<ExitCode> {
  const { config, hosts } = session
  const { name } = config.environment
  const routerFile = await routerFileFor(context, session)
  const asked = await inParallel(hosts, config.environment.parallel, host =>
    examine(context, session, host, routerFile),
  )
  const reached = asked.flatMap(({ reached: one }) => one ?? [])
  const there = reached.map(({ host }) => host)
  const document = await askDocument(context, session, reached)
  const problems = [
    ...asked.flatMap(result => result.problems),
    ...(await backupFindings(context, session, there)),
    ...(await peopleFindings(context, session, there)),
  ]
  session.presenter.end()
  const raw = [...problems.map(problem => found(problem, name)), ...document.findings]
  const all = located(
    session,
    raw.map(finding => redacted(session, finding)),
  )
  const against = all.filter(standsAgainst)
  const warnings = all.filter(finding => !standsAgainst(finding))
  showProblems(
    context,
    against.map(({ problem }) => problem),
  )
  const report = await writeReport(context, session, all, document)
  if (report !== undefined) showProblems(context, [report])
  showResult(
    context,
    'stellwerk.doctor/1',
    {
      environment: name,
      ok: against.length === 0,
      findings: against.map(documented),
      warnings: warnings.map(documented),
      held: namesOf(document.held),
      notAsked: document.left,
    },
    () =>
      readyLines(
        {
          environment: name,
          hosts: hosts.map(host => host.name),
          against: against.length,
          warnings: warnings.map(({ problem }) => problem),
          held: document.held.length,
          left: document.left,
          report: textFlag(context, 'report'),
        },
        context.lang,
      ),
  )
  if (asked.some(result => result.reached === undefined)) return exitCode.unreachable
  if (against.length > 0) return exitCode.checkSaysNo
  return report === undefined ? exitCode.done : exitCode.failedAndUnchanged
}

/** What tools of a host said may hold anything. */
function redacted({ config }: Session, finding: DoctorFinding): DoctorFinding {
  const { why, evidence } = finding.problem
  const redact = redactor(config.secrets.values())
  const problem = {
    ...finding.problem,
    ...(why === undefined ? {} : { why: text(redact(why.en), redact(why.de)) }),
    ...(evidence === undefined ? {} : { evidence: redact(evidence) }),
  }
  return { ...finding, problem }
}

/** Each with the line of the document that claims otherwise, the heaviest first. */
function located({ config, source }: Session, all: readonly DoctorFinding[]): readonly Located[] {
  const claims = claimsOf(source.file, source.text, config.environment.name)
  return byWeight(
    all.map((finding): Located => {
      const { problem, key } = finding
      if (problem.where?.file !== undefined || key === undefined) return finding
      const claim = claims(key)
      if (claim === undefined) return finding
      const { file, line } = claim
      return { ...finding, problem: { ...problem, where: { file, line, ...problem.where } }, claim }
    }),
  )
}

function documented({ problem, weight, key }: Located) {
  return { ...problem, weight, ...(key === undefined ? {} : { key: formatPath(key) }) }
}

function namesOf(held: DocumentAnswer['held']): readonly string[] {
  return [...new Set(held.map(({ check }) => check))].toSorted()
}

async function writeReport(
  context: Context,
  session: Session,
  all: readonly Located[],
  { held, left }: DocumentAnswer,
): Promise<Problem | undefined> {
  const file = textFlag(context, 'report')
  if (file === undefined) return undefined
  const { config, hosts } = session
  const { wiring } = context
  const chosen = textFlag(context, 'lang') ?? wiring.env['STELLWERK_LANG']
  const content = deviations(
    {
      app: config.app,
      environment: config.environment.name,
      hosts: hosts.map(({ name }) => name),
      at: wiring.clock.now(),
      findings: all,
      held: namesOf(held),
      left,
    },
    chosen === undefined ? config.language : context.lang,
  )
  const path = file.startsWith('/') ? file : `${wiring.cwd}/${file}`
  const redact = redactor(config.secrets.values())
  const written = await wiring.writeFile(path, redact(content), { overwrite: true })
  return written.ok ? undefined : written.error
}

interface Examined {
  /** Absent: the host gave no answer. */
  readonly reached?: Reached
  readonly problems: readonly Problem[]
}

async function examine(
  context: Context,
  session: Session,
  host: HostConfig,
  routerFile: RouterFile | undefined,
): Promise<Examined> {
  const { config } = session
  const now = context.wiring.clock.now()
  const script = `${lockScript(host.root)}${factsScript(config, host)}\n${doctorScript(config, host)}\nexit 0\n`
  const answer = await ask(session, host, script, context.interrupt)
  if (!answer.ok) return { problems: [answer.error] }
  const output = answer.value
  const lock = parseLockView(output)
  const locked = lock.dead
    ? [
        lockProblem(
          host.name,
          {
            kind: 'held',
            owner: parseOwner(lock.holder ?? ''),
            ageSeconds: lock.ageSeconds ?? 0,
            expired: true,
            changed: true,
          },
          config.environment.name,
        ),
      ]
    : []
  const frozen = lock.frozen
    ? [lockProblem(host.name, { kind: 'frozen', ...lock.frozen }, config.environment.name)]
    : []
  const facts = parseFacts(output, now)
  const page = lock.holder === undefined ? forgotten(config, host, facts) : []
  const { current } = facts.release
  return {
    reached: { host, ...(current === undefined ? {} : { current }) },
    problems: [...locked, ...frozen, ...page, ...findings(config, host, facts, output, routerFile)],
  }
}
