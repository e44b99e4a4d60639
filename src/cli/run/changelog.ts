import type { ExitCode } from '../../core/exit-code.ts'
import { text } from '../../core/lang.ts'
import type { Problem } from '../../core/problem.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { quote } from '../../core/shell.ts'
import { changelog, changeOf, commitFormat, parseCommits } from '../../runbook/changelog.ts'
import { type Context, textFlag } from '../context.ts'
import { knownReleases } from '../known-releases.ts'
import { type Session, withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'
import { writeOrShow } from '../writing.ts'

interface Range {
  readonly app: string
  readonly directory: string
  readonly from: string
  /** What people call it: the version of the live release. */
  readonly called?: string
}

/** Between two commits no host is asked; without --from the live release is where it begins. */
export async function run(context: Context): Promise<ExitCode> {
  const from = textFlag(context, 'from')
  if (from === undefined)
    return withSession(context, async session => {
      const live = await liveRelease(context, session)
      return 'exit' in live ? live.exit : write(context, live)
    })
  const loaded = await context.wiring.loadAny(textFlag(context, 'config'))
  if (!loaded.ok) return refuse(context, loaded.error)
  const { app, directory } = loaded.value.config
  return write(context, { app, directory, from })
}

async function liveRelease(context: Context, session: Session): Promise<Range | { readonly exit: ExitCode }> {
  const { app, directory, environment } = session.config
  const known = await knownReleases(context, session)
  if (!known.ok) return { exit: known.error }
  const [first] = [...known.value.values()].flatMap(({ releases, current }) =>
    releases.filter(({ id }) => id === current),
  )
  if (first) return { app, directory, from: first.gitSha, called: first.version }
  return { exit: refuse(context, [nothingLive(environment.name)]) }
}

async function write(context: Context, range: Range): Promise<ExitCode> {
  const wanted = textFlag(context, 'to') ?? 'HEAD'
  const from = await commitOf(context, range.directory, range.from)
  const to = await commitOf(context, range.directory, wanted)
  if (!from.ok || !to.ok) {
    const problems = [from, to].flatMap(one => (one.ok ? [] : [one.error]))
    return refuse(context, problems)
  }
  const log = await git(
    context,
    range.directory,
    `git log --no-merges --format=${quote(commitFormat)} ${quote(`${from.value.sha}..${to.value.sha}`)}`,
  )
  if (log === undefined) return refuse(context, [unknownCommit(wanted)])
  const commits = parseCommits(log)
  const words = { from: range.called ?? from.value.name, to: to.value.name }
  if (commits.length === 0 && from.value.sha !== to.value.sha) return refuse(context, [behind(words)])
  const markdown = changelog({ app: range.app, ...words, commits }, context.lang)
  const document = { ...words, changes: commits.map(changeOf), markdown }
  return writeOrShow(context, 'stellwerk.changelog/1', document, markdown)
}

/** A tag by its name, anything else by its short hash. */
async function commitOf(
  context: Context,
  directory: string,
  ref: string,
): Promise<Result<{ readonly sha: string; readonly name: string }>> {
  const asked = quote(`${ref}^{commit}`)
  const sha = (
    await git(context, directory, `git rev-parse --verify --quiet --end-of-options ${asked}`)
  )?.trim()
  if (sha === undefined || sha === '') return err(unknownCommit(ref))
  const tag = await git(context, directory, `git describe --tags --exact-match ${quote(sha)} 2>/dev/null`)
  return ok({ sha, name: tag?.trim() || sha.slice(0, 7) })
}

async function git({ wiring }: Context, directory: string, command: string): Promise<string | undefined> {
  const answer = await wiring.here.run(`cd ${quote(directory)} && ${command}\n`, { timeout: 60_000 })
  return answer.ending.kind === 'exit' && answer.ending.code === 0 ? answer.stdout : undefined
}

function unknownCommit(ref: string): Problem {
  return {
    code: 'STW-N810',
    what: text(`Git knows no commit "${ref}" here`, `Git kennt hier keinen Commit „${ref}“`),
    next: [text('git fetch --tags', 'git fetch --tags')],
  }
}

function nothingLive(environment: string): Problem {
  return {
    code: 'STW-N811',
    what: text(
      `No release serves on ${environment}, so nothing tells where to begin`,
      `Auf ${environment} dient kein Release, also ist offen, wo es beginnt`,
    ),
    next: [text('stellwerk changelog --from <commit>', 'stellwerk changelog --from <Commit>')],
  }
}

function behind({ from, to }: { readonly from: string; readonly to: string }): Problem {
  return {
    code: 'STW-N812',
    what: text(
      `${to} brings no commit that ${from} does not have: it is older, or another branch`,
      `${to} bringt keinen Commit, den ${from} nicht hat: älter, oder ein anderer Branch`,
    ),
  }
}
