import type { HostConfig } from '../../config/config.ts'
import { concerns } from '../../config/roles.ts'
import { parseDuration } from '../../core/duration.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import { inParallel } from '../../engine/parallel.ts'
import { unknownName } from '../../procedures/unknown-name.ts'
import { logsScript } from '../../services/index.ts'
import { connectionTo, unanswered } from '../ask.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { lineWriter } from '../lines.ts'
import { exitFor, exitForAll, showProblems } from '../outcome.ts'
import { type Session, withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'

const untimed = text(
  '--since is ignored here: these lines are kept without a time, and --lines says how many',
  '--since gilt hier nicht: diese Zeilen tragen keine Zeit, und --lines sagt, wie viele',
)

/** Exit code of the script on a host that has no record of the run. */
const noSuchRun = 44

/** Lines as the services wrote them, without known secrets; with several sources each line names its own. */
export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const problem = wrongRequest(context, session)
    if (problem) {
      showProblems(context, [problem])
      return exitCode.usage
    }
    const sources = session.hosts.flatMap(host => sourcesOn(context, session, host))
    const asked = serviceOf(context)
    if (sources.length === 0 && asked !== undefined) return refuse(context, [noLog(asked)])
    const redact = session.deps({}).redact
    const wanted = textFlag(context, 'grep')
    const since = textFlag(context, 'since') !== undefined
    let known = false
    const problems = await inParallel(
      sources,
      session.config.environment.parallel,
      async (source): Promise<Problem[]> => {
        const { host, name, script, times } = source
        const place = sources.length > 1 ? `${host.name} ${name}  ` : ''
        const write = lineWriter(context, 'stellwerk.logs/1', { host: host.name, source: name }, place)
        if (since && !times) write(untimed[context.lang], 'stderr')
        const answer = await connectionTo(session, host).run(script, {
          timeout: switchFlag(context, 'follow') ? 30 * 86_400_000 : 60_000,
          signal: context.interrupt,
          onLine: (line, stream) => {
            const shown = redact(line)
            if (wanted === undefined || shown.includes(wanted)) write(shown, stream)
          },
        })
        const { ending } = answer
        if (ending.kind === 'exit' && ending.code === noSuchRun) return []
        known = true
        if (ending.kind === 'aborted' || (ending.kind === 'exit' && ending.code === 0)) return []
        const failed = unanswered(session, host, answer)
        showProblems(context, [failed])
        return [failed]
      },
    )
    const run = textFlag(context, 'run')
    if (run === undefined || known) return exitForAll(problems.flat())
    const unknown = unknownRun(run, session)
    showProblems(context, [unknown])
    return exitFor(unknown)
  })
}

function noLog(service: string): Problem {
  return {
    code: 'STW-U001',
    what: text(`No log of ${service} can be read`, `Von ${service} ist kein Log lesbar`),
    why: text(
      'a service of kind command has a log that only its own commands know; or none of the hosts runs it',
      'ein Dienst der Art command hat ein Log, das nur seine eigenen Befehle kennen; oder keiner der Hosts führt ihn aus',
    ),
    next: [text(`stellwerk explain services.${service}`, `stellwerk explain services.${service}`)],
  }
}

function unknownRun(run: string, { config, hosts }: Session): Problem {
  const asked = hosts.map(host => host.name).join(', ')
  const history = `stellwerk history ${config.environment.name}`
  return {
    code: 'STW-U001',
    what: text(`No host knows a run "${run}"`, `Kein Host kennt einen Lauf „${run}“`),
    why: text(`asked: ${asked}`, `gefragt: ${asked}`),
    next: [text(history, history)],
  }
}

function wrongRequest(context: Context, session: Session) {
  const service = serviceOf(context)
  const known = Object.keys(session.config.services)
  if (service !== undefined && !known.includes(service)) {
    return unknownName('service', service, known)
  }
  const run = textFlag(context, 'run')
  if (run !== undefined && !/^[A-Za-z0-9_-]+$/.test(run)) {
    return {
      code: 'STW-U001',
      what: text(`"${run}" is not the name of a run`, `„${run}“ ist kein Name eines Laufs`),
      next: [text('stellwerk history', 'stellwerk history')],
    }
  }
  const since = textFlag(context, 'since')
  if (since !== undefined && sinceOf(context) === undefined) {
    return {
      code: 'STW-U001',
      what: text(
        `--since takes a duration such as 10m, not "${since}"`,
        `--since erwartet eine Dauer wie 10m, nicht „${since}“`,
      ),
    }
  }
  const lines = textFlag(context, 'lines')
  if (lines !== undefined && !/^[1-9]\d{0,6}$/.test(lines)) {
    return {
      code: 'STW-U001',
      what: text(
        `--lines takes a whole number, not "${lines}"`,
        `--lines erwartet eine ganze Zahl, nicht „${lines}“`,
      ),
    }
  }
  return undefined
}

function serviceOf(context: Context): string | undefined {
  return context.args['service'] ?? textFlag(context, 'service')
}

function sinceOf(context: Context): number | undefined {
  return parseDuration(textFlag(context, 'since') ?? '')
}

function sourcesOn(context: Context, session: Session, host: HostConfig) {
  const { config } = session
  const run = textFlag(context, 'run')
  const lines = Number(textFlag(context, 'lines') ?? '50')
  const follow = switchFlag(context, 'follow')
  if (run !== undefined) {
    const file = quote(`${host.root}/.stellwerk/runs/${run}/output.log`)
    const journal = quote(`${host.root}/.stellwerk/runs/${run}/journal.jsonl`)
    // A run whose commands printed nothing has an empty log: its journal is what there is to read.
    const empty =
      context.lang === 'de'
        ? 'Die Befehle dieses Laufs gaben nichts aus. Was er tat:'
        : 'The commands of this run printed nothing. What it did:'
    const directory = quote(`${host.root}/.stellwerk/runs/${run}`)
    const script = `[ -d ${directory} ] || exit ${noSuchRun}
if [ -e ${file} ] && [ ! -s ${file} ] && [ -s ${journal} ] && [ ${follow ? 1 : 0} = 0 ]; then echo ${quote(empty)} >&2; exec tail -n ${lines} ${journal}; fi
if [ -e ${file} ]; then exec tail -n ${lines} ${follow ? '-F ' : ''}${file}; else echo "no output of this run here" >&2; fi\n`
    return [{ host, name: run, script, times: false }]
  }
  const place = { app: config.app, environment: config.environment.name, root: host.root }
  const only = serviceOf(context)
  const since = sinceOf(context)
  return Object.entries(config.services).flatMap(([name, service]) => {
    if ((only !== undefined && only !== name) || !concerns(service.roles, host)) return []
    const script = logsScript(name, service, place, {
      follow,
      lines,
      ...(since === undefined
        ? {}
        : { since: Math.floor((context.wiring.clock.now().getTime() - since) / 1000) }),
    })
    return script === undefined ? [] : [{ host, name, script, times: service.kind !== 'process' }]
  })
}
