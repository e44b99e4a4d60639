import { readDrills } from '../../backup/drill-record.ts'
import type { Config } from '../../config/config.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import type { Problem } from '../../core/problem.ts'
import { ProblemError } from '../../core/problem.ts'
import { err, type Result } from '../../core/result.ts'
import type { HostFacts } from '../../procedures/facts.ts'
import { type KindDeps, makeKinds } from '../../procedures/kinds.ts'
import { type Measured, measured, parseRollbacks, rollbacksScript } from '../../procedures/measured.ts'
import { runbookFor, supposedRunbook } from '../../procedures/runbook.ts'
import { supposedBundle } from '../../procedures/supposed.ts'
import type { Guide } from '../../runbook/guide.ts'
import { guideHtml } from '../../runbook/guide-html.ts'
import { guideMarkdown } from '../../runbook/guide-markdown.ts'
import { ask } from '../ask.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { bundleFor, kindsFor, look, routerFileFor } from '../deploying.ts'
import { withConfig } from '../loading.ts'
import { showResult } from '../outcome.ts'
import { type Session, withSession } from '../session.ts'
import { refuse } from '../under-lock.ts'
import { planUploads } from '../uploads.ts'
import type { LoadedConfig } from '../wiring.ts'

export function run(context: Context): Promise<ExitCode> {
  if (switchFlag(context, 'offline')) return withConfig(context, loaded => offline(context, loaded), 'names')
  return withSession(context, async session => {
    const guide = await onlineGuide(context, session)
    session.presenter.end()
    return guide.ok ? show(context, session.config, guide.value) : refuse(context, guide.error)
  })
}

async function offline(context: Context, { config }: LoadedConfig): Promise<ExitCode> {
  // Only told, never run: no kind needs what it would work with.
  const guide = supposedRunbook(config, makeKinds({} as KindDeps))
  return guide.ok ? show(context, config, guide.value) : refuse(context, guide.error)
}

async function onlineGuide(context: Context, session: Session): Promise<Result<Guide, readonly Problem[]>> {
  const { config, hosts } = session
  const facts = await look(context, session, hosts)
  if (!facts.ok) return facts
  const given = await givenBundle(context, session, facts.value)
  if (!given.ok) return given
  return runbookFor(
    { ...config, hosts },
    {
      ...given.value,
      facts: facts.value,
      routerFile: await routerFileFor(context, session),
      kinds: await kindsFor(context, session),
      seen: { measured: await measuredTimes(session), releases: releasesOf(facts.value) },
    },
  )
}

async function givenBundle(context: Context, session: Session, facts: ReadonlyMap<string, HostFacts>) {
  const supposed = supposedBundle(session.config)
  if (textFlag(context, 'bundle') === undefined)
    return { ok: true as const, value: { ...supposed, supposed: true } }
  const bundle = await bundleFor(context, session)
  if (!bundle.ok) return err([bundle.error])
  const uploads = await planUploads(context.wiring, session, session.hosts, facts, bundle.value, false)
  return {
    ok: true as const,
    value: { bundle: bundle.value, uploads, release: supposed.release, supposed: false },
  }
}

/** What a host or a destination does not tell is missing in the guide, and said so there. */
async function measuredTimes(session: Session): Promise<Measured> {
  const { config, hosts } = session
  const answers = await Promise.all(
    hosts.map(host => ask(session, host, `${rollbacksScript(host.root)}\nexit 0\n`)),
  )
  const runs = answers.flatMap(answer => (answer.ok ? parseRollbacks(answer.value) : []))
  const of = { app: config.app, environment: config.environment.name }
  const drills = await Promise.all(
    Object.keys(config.backup?.destinations ?? {}).map(async name => {
      try {
        return await readDrills(await session.destination(name), of, 50)
      } catch (error) {
        if (!ProblemError.is(error)) throw error
        return []
      }
    }),
  )
  return measured(runs, drills.flat())
}

function releasesOf(facts: ReadonlyMap<string, HostFacts>) {
  const all = [...facts.values()].flatMap(({ release }) => release.releases)
  const byId = new Map(all.map(record => [record.id, record]))
  return [...byId.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1))
}

/** A page for the team: in the language of its document, unless another is asked for. */
async function show(
  context: Context,
  { environment: { name: environment }, language }: Config,
  guide: Guide,
): Promise<ExitCode> {
  const format = textFlag(context, 'format') === 'html' ? 'html' : 'markdown'
  const render = format === 'html' ? guideHtml : guideMarkdown
  const content = render(guide, textFlag(context, 'lang') === undefined ? language : context.lang)
  const file = textFlag(context, 'out')
  if (file !== undefined) {
    const written = await context.wiring.writeFile(file, content, { overwrite: true })
    if (!written.ok) return refuse(context, [written.error])
  }
  const document = { environment, format, file: file ?? null, ...(file === undefined ? { content } : {}) }
  showResult(context, 'stellwerk.runbook/1', document, () => (file === undefined ? content : `→ ${file}\n`))
  return exitCode.done
}
