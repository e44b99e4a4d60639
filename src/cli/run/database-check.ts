import { refusal } from '../../backup/live-facts.ts'
import { formatBytes } from '../../core/bytes.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { type Text, text } from '../../core/lang.ts'
import type { Verdict } from '../../core/verdict.ts'
import { engineFor } from '../../databases/engines.ts'
import type { SqliteLook } from '../../databases/sqlite/look.ts'
import { type DatabaseStore, databaseStores } from '../../procedures/stores.ts'
import { unknownName } from '../../procedures/unknown-name.ts'
import { type Context, switchFlag } from '../context.ts'
import { lookAtFile } from '../damaged.ts'
import { newRun } from '../deploying.ts'
import { showResult } from '../outcome.ts'
import { markOf } from '../present/mark.ts'
import { paletteFor } from '../present/palette.ts'
import { askDatabase } from '../restoring.ts'
import { type Session, withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'

interface Finding {
  readonly database: string
  readonly kind: string
  readonly host: string
  readonly verdict: Verdict
  readonly what: Text
  readonly bytes?: number
  readonly version?: string
  /** Percent of the pages that hold nothing. */
  readonly freePercent?: number
}

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const all = databaseStores(session.config)
    const name = context.args['database']
    const stores = all.filter(store => name === undefined || store.name === name)
    if (name !== undefined && stores.length === 0)
      return refuse(context, [
        unknownName(
          'database',
          name,
          all.map(store => store.name),
        ),
      ])
    const { run } = newRun(context, 'database-check')
    const findings: Finding[] = []
    for (const store of stores) {
      const about = { database: store.name, kind: store.access.kind, host: store.host.name }
      const found = await (store.access.kind === 'sqlite' ? judgeFile : judgeServer)(
        context,
        session,
        store,
        run,
      )
      findings.push({ ...about, ...found })
    }
    session.presenter.end()
    const palette = paletteFor(context.io.color.out)
    showResult(
      context,
      'stellwerk.database.check/1',
      { environment: session.config.environment.name, databases: findings },
      () =>
        findings
          .map(one => `${markOf(one.verdict, palette)} ${one.database}: ${one.what[context.lang]}\n`)
          .join(''),
    )
    return findings.every(({ verdict }) => verdict === 'pass') ? exitCode.done : exitCode.checkSaysNo
  })
}

type Judged = Omit<Finding, 'database' | 'kind' | 'host'>

async function judgeFile(
  context: Context,
  session: Session,
  store: DatabaseStore,
  run: string,
): Promise<Judged> {
  const look = await lookAtFile(context, session, store, { run, quick: switchFlag(context, 'quick') })
  if (!look.ok) return unknown(look.error.why ?? look.error.what)
  const { integrity, said, bytes, pages, free } = look.value
  const size = bytes === undefined ? {} : { bytes }
  const share = pages && free !== undefined ? { freePercent: Math.round((free * 100) / pages) } : {}
  if (integrity === 'ok')
    return { verdict: 'pass', what: sound(look.value, share.freePercent), ...size, ...share }
  const why = said.join('; ')
  if (integrity === 'unknown') return { ...unknown(text(why, why)), ...size }
  return { verdict: 'fail', what: text(`damaged: ${why}`, `beschädigt: ${why}`), ...size }
}

function sound({ bytes = 0 }: SqliteLook, free: number | undefined): Text {
  const size = formatBytes(bytes)
  const percent = free ?? '?'
  return text(
    `sound, ${size}, ${percent} % of its pages are empty`,
    `in Ordnung, ${size}, ${percent} % der Seiten sind leer`,
  )
}

async function judgeServer(
  context: Context,
  session: Session,
  store: DatabaseStore,
  run: string,
): Promise<Judged> {
  const { access, host, name } = store
  if (access.kind === 'sqlite') throw new Error(`not a server: ${name}`)
  const answer = await askDatabase(context, session, store, run, () =>
    engineFor(access).query(access, access.database, 'SELECT version()'),
  )
  const refused = answer.ok ? refusal(answer.value, { store: name, host: host.name }) : answer.error
  if (refused) return unknown(refused.why ?? refused.what)
  const version = answer.ok ? answer.value.trim() : ''
  if (version === '') return unknown(text('no answer', 'keine Antwort'))
  return { verdict: 'pass', what: text(`answers: ${version}`, `antwortet: ${version}`), version }
}

function unknown(why: Text): Judged {
  return { verdict: 'unknown', what: text(`not known: ${why.en}`, `nicht bekannt: ${why.de}`) }
}
