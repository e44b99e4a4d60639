import { runChecks, runIdentity, waive } from '../../checks/index.ts'
import type { HostConfig } from '../../config/config.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import type { CheckResult } from '../../engine/check-result.ts'
import { inParallel } from '../../engine/parallel.ts'
import { checksOf } from '../../procedures/given.ts'
import { unknownName } from '../../procedures/unknown-name.ts'
import { overdueProblems } from '../../runbook/problems.ts'
import { joinPeople } from '../../runbook/waiting.ts'
import { checkContextFor } from '../checking.ts'
import { type Context, listFlag, switchFlag } from '../context.ts'
import { look } from '../deploying.ts'
import { exitFor, showProblems, showResult } from '../outcome.ts'
import { markOf } from '../present/mark.ts'
import { paletteFor } from '../present/palette.ts'
import { waiverLine } from '../present/waivers.ts'
import { type Session, withSession } from '../session.ts'

/** Runs the chosen checks against what is live now. Exit 5 when one that blocks did not pass - or when none ran. */
export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config, hosts } = session
    const unknown = listFlag(context, 'only').filter(name => config.checks[name] === undefined)
    if (unknown.length > 0) {
      const known = Object.keys(config.checks)
      showProblems(
        context,
        unknown.map(name => unknownName('check', name, known)),
      )
      return exitCode.usage
    }
    const facts = await look(context, session, hosts)
    if (!facts.ok) {
      showProblems(context, facts.error)
      return facts.error[0] ? exitFor(facts.error[0]) : exitCode.unreachable
    }
    const results = (
      await inParallel(hosts, config.environment.parallel, host =>
        checkHost(context, session, host, facts.value.get(host.name)?.release.current),
      )
    ).flat()
    session.presenter.end()
    const people = joinPeople([...facts.value.values()].map(fact => fact.people))
    const late = overdueProblems(people, config.environment.name, context.wiring.clock.now())
    showProblems(context, late)
    const reasons = results.filter(result => result.blocks)
    const good = results.length > 0 && reasons.length === 0
    showResult(
      context,
      'stellwerk.check/1',
      { environment: config.environment.name, pass: good, results, reasons: reasons.map(reasonOf) },
      () => render(context, results, reasons),
    )
    return good ? exitCode.done : exitCode.checkSaysNo
  })
}

async function checkHost(
  context: Context,
  session: Session,
  host: HostConfig,
  current: string | undefined,
): Promise<readonly CheckResult[]> {
  const { config } = session
  const checkContext = checkContextFor(context, session, host)
  const { identity } = config.verify
  const wantsIdentity =
    !('waived' in identity) &&
    current !== undefined &&
    chosen(context, config).some(name => config.verify.health.includes(name))
  const who = wantsIdentity ? [await runIdentity(identity, current, checkContext)] : []
  const checks = checksOf(config, host, chosen(context, config))
  // In order: a smoke test may use what an earlier one made.
  const results: CheckResult[] = []
  for (const check of checks) results.push(...(await runChecks([check], checkContext)))
  const now = context.wiring.clock.now()
  return [...who, ...results.map(result => waive(result, config.waivers, now))]
}

function chosen(context: Context, config: Session['config']): readonly string[] {
  const only = listFlag(context, 'only')
  if (only.length > 0) return only
  const purposes = { gate: config.gates, health: config.verify.health, smoke: config.verify.smoke }
  const asked = (['gate', 'health', 'smoke'] as const).filter(purpose => switchFlag(context, purpose))
  const take = asked.length > 0 ? asked : (['gate', 'health', 'smoke'] as const)
  return [...new Set(take.flatMap(purpose => purposes[purpose]))]
}

/** Why it is no: what a machine reads without going through all results. */
function reasonOf({ check, host, verdict, observed }: CheckResult) {
  return { check, ...(host === undefined ? {} : { host }), verdict, observed }
}

function render(context: Context, results: readonly CheckResult[], reasons: readonly CheckResult[]): string {
  const { lang } = context
  const de = lang === 'de'
  const palette = paletteFor(context.io.color.out)
  if (results.length === 0)
    return de ? '? keine Prüfung lief, also ist nichts bewiesen\n' : '? no check ran, so nothing is proven\n'
  const lines = results.map(result => `${markOf(result.verdict, palette)} ${lineOf(result, lang)}\n`)
  const passed = results.filter(({ verdict }) => verdict === 'pass').length
  const count = de
    ? `${passed} von ${results.length} Prüfungen bestanden`
    : `${passed} of ${results.length} checks passed`
  if (reasons.length === 0) return `${lines.join('')}${palette.green('✔')} ${count}\n`
  // Among many lines the few that say no are easily missed.
  const why = reasons.map(result => `  ${markOf(result.verdict, palette)} ${lineOf(result, lang)}\n`)
  return `${lines.join('')}\n${palette.red('✖')} ${count}${de ? '; es steht dagegen:' : '; against it stands:'}\n${why.join('')}`
}

function lineOf(result: CheckResult, lang: Context['lang']): string {
  const de = lang === 'de'
  const { check, host, level, verdict, observed, waiver } = result
  const warning = level === 'warn' && verdict !== 'pass' ? (de ? ' (nur Warnung)' : ' (warning only)') : ''
  const waived = waiver ? `\n    ! ${waiverLine({ check, ...waiver }, lang)}` : ''
  return `${host === undefined ? '' : `${host}  `}${check}  ${observed[lang]}${warning}${waived}`
}
