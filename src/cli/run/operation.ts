import { readCatalogue } from '../../backup/catalogue.ts'
import { newestHolding } from '../../backup/guard.ts'
import type { StoredSet } from '../../backup/set.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { ProblemError } from '../../core/problem.ts'
import {
  type ChosenOperation,
  chooseOperation,
  compileOperation,
  storeOf,
} from '../../procedures/operation.ts'
import { namingOf } from '../backing-up.ts'
import { confirm } from '../confirm.ts'
import { confirmName } from '../confirm-name.ts'
import type { Context } from '../context.ts'
import { kindsFor, newRun } from '../deploying.ts'
import { showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
import { type Session, withSession } from '../session.ts'
import { refuse, underLock } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, session => {
    const name = context.args['name']
    return name === undefined ? list(context, session) : operate(context, session, name)
  })
}

async function list(context: Context, { config }: Session): Promise<ExitCode> {
  const operations = Object.entries(config.operations).map(([name, operation]) => ({
    name,
    about: operation.about ?? operation.command,
    destructive: operation.destructive,
    target: operation.target ?? null,
  }))
  const none = context.lang === 'de' ? 'Keine Operationen\n' : 'No operations\n'
  const mark = context.lang === 'de' ? 'zerstört' : 'destroys'
  showResult(context, 'stellwerk.operations/1', { operations }, () =>
    operations.length === 0
      ? none
      : table(
          operations.map(({ name, about, destructive, target }) => [
            name,
            about,
            destructive ? `${mark} ${target}` : '',
          ]),
        ),
  )
  return exitCode.done
}

async function operate(context: Context, whole: Session, name: string): Promise<ExitCode> {
  const { config } = whole
  const chosen = chooseOperation(config, name)
  if (!chosen.ok) return refuse(context, [chosen.error])
  // Only its own host is locked.
  const session = { ...whole, hosts: [chosen.value.host] }
  const { run, now } = newRun(context, 'operation')
  let set: ReturnType<typeof newestHolding>
  if (chosen.value.operation.destructive)
    set = newestHolding(
      await provenSets(session),
      storeOf(config, chosen.value.operation),
      context.wiring.clock.now(),
    )
  return underLock(context, session, {
    run,
    procedure: 'operation',
    kinds: await kindsFor(context, session),
    compile: async ({ facts }) => {
      const by = context.wiring.self.by
      return compileOperation({ ...chosen.value, config, facts, set: set?.id, run, by, now })
    },
    confirm: () => {
      session.presenter.end()
      return ask(context, session, chosen.value, set, context.wiring.clock.now())
    },
  })
}

function ask(
  context: Context,
  { config }: Session,
  { name, operation, host }: ChosenOperation,
  newestVerified: ReturnType<typeof newestHolding>,
  now: Date,
) {
  const de = context.lang === 'de'
  const env = config.environment.name
  const preface = `${name} ${de ? 'auf' : 'on'} ${host.name} (${env}): ${operation.about ?? operation.command}\n`
  const { target, maxBackupAge: maxAge } = operation
  if (operation.destructive && target !== undefined)
    return confirmName(context, preface, { target, newestVerified, maxAge, now })
  return confirm(context, preface, de ? 'Ausführen?' : 'Run it?', `stellwerk operation ${env} ${name}`)
}

/** What a destination that is off holds is not known, so it counts for nothing. */
async function provenSets(session: Session): Promise<readonly StoredSet[]> {
  const { config, presenter } = session
  const found: StoredSet[] = []
  for (const name of Object.keys(config.backup?.destinations ?? {})) {
    try {
      found.push(...(await readCatalogue(await session.destination(name), namingOf(config))).sets)
    } catch (error) {
      if (!ProblemError.is(error)) throw error
      presenter.event({ code: 'STW-E010', type: 'warning', text: error.problem.what })
    }
  }
  return found
}
