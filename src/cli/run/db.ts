import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { type Text, text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { quote } from '../../core/shell.ts'
import { referenced } from '../../core/shell-value.ts'
import { secretValues } from '../../databases/access.ts'
import { clientPrograms, prepareClient, withClient } from '../../databases/client.ts'
import type { Execution } from '../../engine/host.ts'
import { type DatabaseStore, databaseStores } from '../../procedures/stores.ts'
import { unknownName } from '../../procedures/unknown-name.ts'
import { connectionTo, unanswered } from '../ask.ts'
import { type Context, textFlag } from '../context.ts'
import { lineWriter } from '../lines.ts'
import { exitFor, showProblems } from '../outcome.ts'
import { type Session, withSession } from '../session.ts'
import { atTerminal, noTerminal } from '../terminal-session.ts'

/** The database's own client, signed in; with --query one answer in a session that may only read. */
export async function run(context: Context): Promise<ExitCode> {
  const query = textFlag(context, 'query')
  const absent =
    query === undefined
      ? noTerminal(context, 'stellwerk db <environment> <name> --query "select 1"')
      : undefined
  if (absent) {
    showProblems(context, [absent])
    return exitCode.usage
  }
  return withSession(context, async session => {
    const store = chosen(session, context.args['database'])
    if ('code' in store) {
      showProblems(context, [store])
      return exitFor(store)
    }
    const connection = connectionTo(session, store.host)
    const prepared = await connection.run(
      `${secretLines(session, store)}${prepareClient(store.access, query)}`,
      {
        timeout: 60_000,
        signal: context.interrupt,
      },
    )
    const directory = prepared.stdout.trim()
    if (prepared.ending.kind !== 'exit' || prepared.ending.code !== 0 || directory === '') {
      const problem = unprepared(session, store, prepared)
      showProblems(context, [problem])
      return exitFor(problem)
    }
    try {
      if (query === undefined)
        return await atTerminal(context, session, store.host, withClient(directory, 'run'))
      return await ask(context, session, store, withClient(directory, 'ask'))
    } finally {
      // A cut connection leaves its trap no time.
      await connection.run(`rm -rf ${quote(directory)}\n`, { timeout: 30_000 })
    }
  })
}

function chosen({ config }: Session, name: string | undefined): DatabaseStore | Problem {
  const all = databaseStores(config)
  const [only] = all
  const found = name === undefined && all.length === 1 ? only : all.find(store => store.name === name)
  if (!found && name === undefined) return unnamed(all.map(store => store.name))
  return (
    found ??
    unknownName(
      'database',
      name ?? '',
      all.map(store => store.name),
    )
  )
}

function unnamed(known: readonly string[]): Problem {
  const [first = '<name>'] = known
  return known.length === 0
    ? {
        code: 'STW-U001',
        what: text('stellwerk.yaml names no database', 'stellwerk.yaml nennt keine Datenbank'),
        next: [text('stellwerk explain databases', 'stellwerk explain databases')],
      }
    : {
        code: 'STW-U001',
        what: text('Which database?', 'Welche Datenbank?'),
        why: text(`there are ${known.join(', ')}`, `es gibt ${known.join(', ')}`),
        next: [text(`stellwerk db <environment> ${first}`, `stellwerk db <Umgebung> ${first}`)],
      }
}

// The script travels on standard input, so no process list shows them.
function secretLines({ config }: Session, { access }: DatabaseStore): string {
  return referenced(secretValues(access), access.known)
    .map(name => `${name}=${quote(config.secrets.get(name)?.reveal() ?? '')}\n`)
    .join('')
}

async function ask(
  context: Context,
  session: Session,
  store: DatabaseStore,
  script: string,
): Promise<ExitCode> {
  const { host, name } = store
  const redact = session.deps({}).redact
  const write = lineWriter(context, 'stellwerk.db/1', { host: host.name, database: name }, '')
  const answer = await connectionTo(session, host).run(script, {
    timeout: 24 * 3_600_000,
    signal: context.interrupt,
    onLine: (line, stream) => write(redact(line), stream),
  })
  if (answer.ending.kind === 'exit' && answer.ending.code === 0) return exitCode.done
  const problem = unanswered(session, host, answer)
  showProblems(context, [problem])
  return exitFor(problem)
}

function unprepared(session: Session, { host, access }: DatabaseStore, answer: Execution): Problem {
  const { ending } = answer
  if (ending.kind !== 'exit' || ending.code !== 3) return unanswered(session, host, answer)
  const named = clientPrograms(access)
  const or = (word: string): string => named.join(` ${word} `)
  const what: Text = text(`${host.name} has no ${or('or')}`, `Auf ${host.name} fehlt ${or('oder')}`)
  return {
    code: 'STW-S133',
    what,
    where: { host: host.name },
    next: [text(`stellwerk doctor`, `stellwerk doctor`)],
  }
}
