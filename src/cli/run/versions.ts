import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { localTime } from '../../core/local-time.ts'
import { markdownTable } from '../../runbook/markdown.ts'
import { versionRows, versionsOf } from '../../runbook/versions.ts'
import { type Context, switchFlag } from '../context.ts'
import { knownReleases } from '../known-releases.ts'
import { showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
import { withSession } from '../session.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { environment, timezone } = session.config
    const known = await knownReleases(context, session)
    if (!known.ok) return known.error
    const versions = versionsOf(
      [...known.value].flatMap(([host, { releases, current }]) =>
        releases.map(release => ({ host, current: release.id === current, ...release })),
      ),
    )
    showResult(context, 'stellwerk.versions/1', { environment: environment.name, versions }, () => {
      if (versions.length === 0) return context.lang === 'de' ? 'Noch kein Release\n' : 'No release yet\n'
      const rows = versionRows(versions, context.lang, at => localTime(at, timezone))
      return switchFlag(context, 'markdown') ? markdownTable(rows) : table(rows)
    })
    return exitCode.done
  })
}
