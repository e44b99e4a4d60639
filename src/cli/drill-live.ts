// Who the servers of production say they are, before a drill goes near another one.
import { refusal } from '../backup/live-facts.ts'
import type { StoredSet } from '../backup/set.ts'
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { engineFor } from '../databases/engines.ts'
import type { LiveServer } from '../procedures/drill.ts'
import { databaseStores } from '../procedures/stores.ts'
import type { Context } from './context.ts'
import { askDatabase } from './restoring.ts'
import type { Session } from './session.ts'

/** Every live database of a kind that the set holds, whatever it is called: one server may serve several. */
export async function liveServers(
  context: Context,
  session: Session,
  { manifest }: StoredSet,
  run: string,
): Promise<readonly LiveServer[]> {
  const kinds = new Set(manifest.parts.map(({ kind }) => kind))
  // Its own server is allowed, so there is nothing to ask.
  if (session.config.backup?.drill.sameServer) return []
  const wanted = databaseStores(session.config).filter(({ access }) => kinds.has(access.kind))
  const found = await Promise.all(
    wanted.map(async (store): Promise<readonly LiveServer[]> => {
      const { name, host, access } = store
      if (access.kind === 'sqlite') return []
      const fragment = engineFor(access).identity(access)
      const answer = await askDatabase(context, session, store, `${run}-${name}`, () => fragment)
      if (!answer.ok) return [{ store: name, problem: answer.error }]
      const refused = refusal(answer.value, { store: name, host: host.name })
      const identity = answer.value.trim()
      if (refused) return [{ store: name, problem: refused }]
      if (!/^[^/\n]+\/[^\n]+$/.test(identity)) return [{ store: name, problem: unclear(identity) }]
      return [{ store: name, kind: access.kind, identity }]
    }),
  )
  return found.flat()
}

function unclear(said: string): Problem {
  return {
    code: 'STW-B411',
    what: text(`"${said}" names no server`, `„${said}“ nennt keinen Server`),
  }
}
