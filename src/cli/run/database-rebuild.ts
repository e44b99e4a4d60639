import { refusal } from '../../backup/live-facts.ts'
import type { SavedRows } from '../../backup/steps/restore/rebuild.ts'
import { formatBytes } from '../../core/bytes.ts'
import type { ExitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { SqliteLook } from '../../databases/sqlite/look.ts'
import { canRebuildFragment } from '../../databases/sqlite/rebuild.ts'
import { noBackup } from '../../procedures/backup.ts'
import { compileRebuild, type FileStore } from '../../procedures/rebuild.ts'
import { databaseStores } from '../../procedures/stores.ts'
import { unknownName } from '../../procedures/unknown-name.ts'
import { newSet, pinnedSets } from '../backing-up.ts'
import { confirmName } from '../confirm-name.ts'
import type { Context } from '../context.ts'
import { lookAtFile } from '../damaged.ts'
import { kindsFor, newRun } from '../deploying.ts'
import { chosen, seeDestinations } from '../destinations.ts'
import { askDatabase } from '../restoring.ts'
import { type Session, withSession } from '../session.ts'
import { refuse, underLock } from '../under-lock.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config } = session
    if (!config.backup) return refuse(context, [noBackup(config)])
    const found = fileStore(session, context.args['database'])
    if (!found.ok) return refuse(context, [found.error])
    const store = found.value
    const { run, now } = newRun(context, 'database-rebuild')
    const look = await damage(context, session, store, run)
    if (!look.ok) return refuse(context, [look.error])
    const saved = await newestRows(session, store.name)
    const preface = prefaceText(store, look.value, saved)[context.lang]
    session.presenter.end()
    // Before the lock: nobody waits for a person who reads. What is replaced is kept by this very run.
    const declined = await confirmName(context, preface, {
      target: fileName(store),
      newestVerified: { id: run, createdAt: now },
      maxAge: 0,
      now,
    })
    if (declined) return refuse(context, [declined])
    return underLock(context, session, {
      run,
      procedure: 'database-rebuild',
      kinds: await kindsFor(context, session),
      compile: async ({ facts }) =>
        compileRebuild({
          ...{ config, facts, store, saved, run, now, by: context.wiring.self.by },
          bytes: look.value.bytes ?? 0,
          evidence: { set: newSet(context, config), pinned: pinnedSets(facts) },
        }),
    })
  })
}

/** The named one, or the only one. */
function fileStore({ config }: Session, name: string | undefined): Result<FileStore> {
  const files = databaseStores(config).flatMap(({ access, ...store }): FileStore[] =>
    access.kind === 'sqlite' ? [{ ...store, access }] : [],
  )
  const wanted =
    name === undefined && files.length === 1 ? files[0] : files.find(store => store.name === name)
  if (wanted) return ok(wanted)
  const names = files.map(store => store.name)
  if (name !== undefined) return err(unknownName('database', name, names))
  return err({
    code: 'STW-B643',
    what: text('Say which database to rebuild', 'Sagen, welche Datenbank neu aufgebaut werden soll'),
    why: text(`SQLite files here: ${names.length}`, `SQLite-Dateien hier: ${names.length}`),
    next: names.map(one => {
      const command = `stellwerk database rebuild ${config.environment.name} ${one}`
      return text(command, command)
    }),
  })
}

/** Only what is surely damaged is replaced, and only where the program for it is. */
async function damage(
  context: Context,
  session: Session,
  store: FileStore,
  run: string,
): Promise<Result<SqliteLook>> {
  const look = await lookAtFile(context, session, store, { run, quick: false })
  if (!look.ok) return look
  const { name, host, access } = store
  const { integrity, said } = look.value
  if (integrity === 'ok') return err(intact(store))
  if (integrity === 'unknown')
    return err({
      code: 'STW-B644',
      what: text(
        `Nobody can tell whether ${name} is damaged, so nothing was done`,
        `Niemand kann sagen, ob ${name} beschädigt ist, also wurde nichts getan`,
      ),
      where: { host: host.name },
      why: text(said.join('; '), said.join('; ')),
    })
  const tool = await askDatabase(context, session, store, run, () => canRebuildFragment(access))
  const refused = tool.ok ? refusal(tool.value, { store: name, host: host.name }) : tool.error
  return refused ? err(refused) : look
}

function intact({ name, host }: FileStore): Problem {
  return {
    code: 'STW-B640',
    what: text(
      `There is nothing to rebuild: ${name} is sound`,
      `Es gibt nichts neu aufzubauen: ${name} ist in Ordnung`,
    ),
    where: { host: host.name },
    why: text('integrity_check says ok', 'integrity_check sagt ok'),
  }
}

/** Of the newest verified set that holds the database, at whichever destination answers. */
async function newestRows(session: Session, name: string): Promise<SavedRows | undefined> {
  const wanted = chosen(session.config, undefined)
  const seen = wanted.ok ? await seeDestinations(session, wanted.value) : []
  const [newest] = seen
    .flatMap(({ catalogue }) => catalogue?.sets ?? [])
    .filter(({ state }) => state === 'verified' || state === 'drilled')
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
    .flatMap(({ id, manifest }) =>
      manifest.parts.flatMap(part =>
        part.kind === 'sqlite' && part.store === name ? [{ set: id, tables: part.facts.tables }] : [],
      ),
    )
  return newest
}

function fileName({ access }: FileStore): string {
  return access.file.slice(access.file.lastIndexOf('/') + 1)
}

function prefaceText(store: FileStore, { bytes = 0, said }: SqliteLook, saved: SavedRows | undefined) {
  const { name, host } = store
  const [file, size] = [fileName(store), formatBytes(bytes)]
  const lines = said.map(line => `    ${line}\n`).join('')
  const rows = saved?.tables.map(table => `${table.name} ${table.rows}`).join(', ')
  return text(
    `What can still be read of ${name} replaces it: ${file} on ${host.name} (${size})\n  integrity_check:\n${lines}  ${saved ? `rows in set ${saved.set}: ${rows}` : 'no verified set holds it'}\n  Rows that cannot be read are lost here; the damaged files are kept.\n`,
    `Was von ${name} noch lesbar ist, ersetzt: ${file} auf ${host.name} (${size})\n  integrity_check:\n${lines}  ${saved ? `Zeilen im Satz ${saved.set}: ${rows}` : 'kein verifizierter Satz enthält sie'}\n  Nicht lesbare Zeilen gehen hier verloren; die beschädigten Dateien werden aufgehoben.\n`,
  )
}
