import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { localTime } from '../../core/local-time.ts'
import { parseReleaseFacts, releaseFactsScript } from '../../release/facts.ts'
import { markdownTable } from '../../runbook/markdown.ts'
import { type KnownRelease, versionRows, versionsOf } from '../../runbook/versions.ts'
import { type Context, switchFlag } from '../context.ts'
import { onEveryHost } from '../on-every-host.ts'
import { showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
import { withSession } from '../session.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { environment, timezone } = session.config
    const known: KnownRelease[] = []
    const failed = await onEveryHost(
      context,
      session,
      host => `${releaseFactsScript(host.root, [])}\nexit 0\n`,
      (host, output) => {
        const facts = parseReleaseFacts(output, context.wiring.clock.now())
        for (const release of facts.releases)
          known.push({ host: host.name, current: release.id === facts.current, ...release })
      },
    )
    if (failed !== undefined) return failed
    const versions = versionsOf(known.toSorted((a, b) => (a.host < b.host ? -1 : 1)))
    showResult(context, 'stellwerk.versions/1', { environment: environment.name, versions }, () => {
      if (versions.length === 0) return context.lang === 'de' ? 'Noch kein Release\n' : 'No release yet\n'
      const rows = versionRows(versions, context.lang, at => localTime(at, timezone))
      return switchFlag(context, 'markdown') ? markdownTable(rows) : table(rows)
    })
    return exitCode.done
  })
}
