import type { HostConfig } from '../../config/config.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { isReleaseId } from '../../core/ids.ts'
import { text } from '../../core/lang.ts'
import type { ReleaseFacts } from '../../release/facts.ts'
import { pinScript, unpinScript } from '../../release/pin.ts'
import { rollbackCandidates } from '../../release/target.ts'
import { type Context, textFlag } from '../context.ts'
import { knownReleases } from '../known-releases.ts'
import { onEveryHost } from '../on-every-host.ts'
import { showProblems, showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
import { type Session, withSession } from '../session.ts'

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const pinned = await changePins(context, session)
    if (pinned !== undefined) return pinned
    const known = await knownReleases(context, session)
    if (!known.ok) return known.error
    const hosts = [...known.value].map(([host, facts]) => ({ host, ...view(facts) }))
    showResult(context, 'stellwerk.releases/1', { environment: session.config.environment.name, hosts }, () =>
      hosts.map(entry => render(entry, hosts.length > 1, context)).join('\n'),
    )
    return exitCode.done
  })
}

// --pin and --unpin come first, so that the table shows what is true after them.
async function changePins(context: Context, session: Session): Promise<ExitCode | undefined> {
  const [pin, unpin] = [textFlag(context, 'pin'), textFlag(context, 'unpin')]
  for (const release of [pin, unpin]) {
    if (release === undefined) continue
    if (!isReleaseId(release)) {
      const what = text(
        `"${release}" is not the name of a release`,
        `„${release}“ ist kein Name eines Releases`,
      )
      showProblems(context, [{ code: 'STW-R202', what }])
      return exitCode.failedAndUnchanged
    }
    const { wiring } = context
    const script = (host: HostConfig) =>
      release === pin
        ? pinScript(host.root, release, wiring.self.by, wiring.clock.now())
        : unpinScript(host.root, release)
    const failed = await onEveryHost(context, session, script)
    if (failed !== undefined) return failed
  }
  return undefined
}

function view(facts: ReleaseFacts | undefined) {
  const target = facts && rollbackCandidates(facts.releases, facts.current)[0]?.id
  return {
    current: facts?.current ?? null,
    rollbackTarget: target ?? null,
    releases: (facts?.releases ?? []).toReversed(),
    pinned: facts?.pinned ?? [],
    strangers: facts?.strangers ?? [],
  }
}

function render(
  entry: { host: string } & ReturnType<typeof view>,
  withHost: boolean,
  context: Context,
): string {
  const de = context.lang === 'de'
  // Most releases migrate nothing, and then nobody made a set before them.
  const withSet = entry.releases.some(({ backup }) => backup !== undefined)
  const set = (cell: string) => (withSet ? [cell] : [])
  const head = de
    ? ['', 'Release', 'Version', 'Zustand', 'seit', 'von', ...set('Satz davor'), 'Notiz']
    : ['', 'Release', 'Version', 'State', 'since', 'by', ...set('Set before'), 'Notes']
  const rows = entry.releases.map(release => [
    release.id === entry.current ? '▶' : release.id === entry.rollbackTarget ? '↶' : '',
    release.id,
    `${release.version}${release.dirty ? ' (dirty)' : ''}`,
    `${release.state}${entry.pinned.includes(release.id) ? ', pinned' : ''}`,
    release.stateAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'),
    release.by,
    ...set(release.backup ?? ''),
    release.notes,
  ])
  const legend = de ? '▶ dient jetzt   ↶ Ziel eines Rollbacks' : '▶ serves now   ↶ target of a rollback'
  const body =
    rows.length === 0
      ? de
        ? 'Noch kein Release\n'
        : 'No release yet\n'
      : `${table([head, ...rows])}${legend}\n`
  const strangers =
    entry.strangers.length === 0
      ? ''
      : `! ${entry.strangers.join(', ')}: ${de ? 'ohne lesbaren Vermerk' : 'without a readable record'}\n`
  return `${withHost ? `${entry.host}\n` : ''}${body}${strangers}`
}
