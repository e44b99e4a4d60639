// restore --app: what differs between a set and the live files, and which of them go back.
import { comparedFile } from '../backup/steps/restore/files.ts'
import { type ExitCode, exitCode } from '../core/exit-code.ts'
import { quote } from '../core/shell.ts'
import { chooseFiles, compileRestoreFiles, type RestoredFiles } from '../procedures/restore-files.ts'
import { ask } from './ask.ts'
import { confirm } from './confirm.ts'
import { confirmName } from './confirm-name.ts'
import { type Context, listFlag, manyFlag, switchFlag, textFlag } from './context.ts'
import { kindsFor, newRun } from './deploying.ts'
import { table } from './present/table.ts'
import { findSet, safetyFor } from './restoring.ts'
import type { Session } from './session.ts'
import { refuse, underLock } from './under-lock.ts'

export async function restoreFiles(context: Context, session: Session): Promise<ExitCode> {
  const { config } = session
  session.connect()
  const found = await findSet(
    session,
    context.args['set'] ?? 'latest',
    textFlag(context, 'from'),
    context.wiring.clock.now(),
  )
  if (!found.ok) return refuse(context, found.error)
  const { set, from } = found.value
  const chosen = chooseFiles({ config, set, stores: listFlag(context, 'store') })
  if (!chosen.ok) return refuse(context, chosen.error)
  const { run, now } = newRun(context, 'restore')
  const overwrite = manyFlag(context, 'file')
  const dryRun = switchFlag(context, 'dry-run')
  const declined = dryRun ? undefined : await confirmFiles(context, session, chosen.value, set.id, now)
  if (declined) return refuse(context, [declined])
  const code = await underLock(context, session, {
    run,
    procedure: 'restore',
    kinds: await kindsFor(context, session),
    compile: async ({ facts }) => {
      const safety = safetyFor(context, session, facts, found.value)
      return compileRestoreFiles({
        config,
        facts,
        set,
        from,
        stores: chosen.value.map(({ name }) => name),
        overwrite,
        dryRun,
        acceptUnverified: textFlag(context, 'accept-unverified'),
        safety,
        run,
        by: context.wiring.self.by,
        now,
      })
    },
  })
  if (code === exitCode.done) await showCompared(context, session, chosen.value, run)
  return code
}

/** Before anything is overwritten a safety copy is made in this very run. */
function confirmFiles(
  context: Context,
  session: Session,
  stores: readonly RestoredFiles[],
  set: string,
  now: Date,
) {
  const overwrite = manyFlag(context, 'file')
  session.presenter.end()
  if (overwrite.length === 0) return confirmMissing(context, session, set)
  return confirmName(context, overwriting(context, overwrite, set), {
    target: stores.map(({ name }) => name).join(','),
    newestVerified: { id: set, createdAt: now },
    maxAge: 0,
    now,
  })
}

function confirmMissing(context: Context, { config }: Session, set: string) {
  const de = context.lang === 'de'
  return confirm(
    context,
    '',
    de ? `Fehlende Dateien aus ${set} zurücklegen?` : `Put missing files of ${set} back?`,
    `stellwerk restore ${config.environment.name} ${set} --app`,
  )
}

function overwriting({ lang }: Context, files: readonly string[], set: string): string {
  const head = lang === 'de' ? `Aus ${set} überschrieben werden:` : `Overwritten from ${set}:`
  return `${[head, ...files.map(file => `  ${file}`)].join('\n')}\n`
}

/** The most that a person reads; the whole list lies in the run's directory. */
const shown = 200

async function showCompared(
  context: Context,
  session: Session,
  stores: readonly RestoredFiles[],
  run: string,
): Promise<void> {
  const de = context.lang === 'de'
  const words: Readonly<Record<string, string>> = de
    ? { missing: 'fehlte', differs: 'anders', extra: 'nicht im Satz' }
    : { missing: 'missing', differs: 'different', extra: 'not in the set' }
  for (const { name, host } of stores) {
    const file = comparedFile(`${host.root}/.stellwerk/runs/${run}`, name)
    const answer = await ask(session, host, `cat ${quote(file)}\n`)
    const lines = answer.ok ? answer.value.split('\n').filter(line => line !== '') : []
    const files = lines.map(line => ({
      state: line.slice(0, line.indexOf(' ')),
      path: line.slice(line.indexOf(' ') + 1),
    }))
    if (switchFlag(context, 'json')) {
      const document = { schema: 'stellwerk.restore-files/1', store: name, host: host.name, files }
      context.io.out(`${JSON.stringify(document)}\n`)
      continue
    }
    const rows = files.slice(0, shown).map(({ state, path }) => [words[state] ?? state, path])
    const same = de ? 'alles wie im Satz' : 'all as in the set'
    const rest = files.length > shown ? `  … ${files.length - shown}\n` : ''
    context.io.out(`${name}: ${rows.length === 0 ? same : ''}\n${table(rows)}${rest}`)
  }
}
