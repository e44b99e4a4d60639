// What the version table says about a release: the given words, else the subject of its commit.
import { oneLine } from '../core/one-line.ts'
import { quote } from '../core/shell.ts'
import type { Bundle } from '../release/bundle/bundle.ts'
import type { Context } from './context.ts'
import type { Session } from './session.ts'
import { typedFlag } from './typed.ts'

/** Empty when git does not know the commit, as with a bundle from another machine. */
export async function notesFor(context: Context, session: Session, bundle: Bundle): Promise<string> {
  const given = typedFlag(context, session.config, 'notes')
  // Notes travel into plans, records and announcements.
  if (given !== undefined) return kept(given)
  const script = `cd ${quote(session.config.directory)} && git log -1 --format=%s ${quote(bundle.manifest.gitSha)} 2>/dev/null\n`
  const answer = await context.wiring.here.run(script, { timeout: 30_000 })
  return answer.ending.kind === 'exit' && answer.ending.code === 0 ? kept(answer.stdout) : ''
}

// One row of a table, one line of a message: a whole changelog has no place there.
function kept(notes: string): string {
  return oneLine(notes).slice(0, 2000)
}
