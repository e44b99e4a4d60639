import type { Config, HostConfig } from '../../config/config.ts'
import { holds } from '../../config/waivers.ts'
import { formatDuration } from '../../core/duration.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { quote } from '../../core/shell.ts'
import { parseOwner } from '../../engine/lease.ts'
import { type LockView, lockScript, parseLockView } from '../../engine/lock-view.ts'
import { factsScript, parseFacts } from '../../procedures/gather.ts'
import { rollbackCandidates } from '../../release/target.ts'
import { type StatusRow, statusRows } from '../../services/index.ts'
import type { Context } from '../context.ts'
import { onEveryHost } from '../on-every-host.ts'
import { showResult } from '../outcome.ts'
import { type Palette, paletteFor } from '../present/palette.ts'
import { table } from '../present/table.ts'
import { type WaitingRun, waitingRuns } from '../present/waiting.ts'
import { type ShownWaiver, waiverLine, waiversOf } from '../present/waivers.ts'
import { withSession } from '../session.ts'

interface HostStatus {
  readonly host: string
  readonly current: string | null
  readonly state: string | null
  readonly version: string | null
  readonly rollbackTarget: string | null
  readonly router: { readonly running: boolean; readonly release: string | null } | null
  readonly services: readonly StatusRow[]
  readonly lock: LockView
  /** The run that put it under maintenance. */
  readonly maintenance: string | null
  /** Runs that wait for sign-offs. */
  readonly waiting: readonly WaitingRun[]
  /** Checks that did not count when the live release came, and those that do not count now. */
  readonly waivers: readonly ShownWaiver[]
  /** What a person should look at; none: all is well. */
  readonly findings: readonly string[]
}

/** Exit 5 when a host has a finding: scripts can ask whether all is well. */
export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const { config } = session
    const found: HostStatus[] = []
    const failed = await onEveryHost(
      context,
      session,
      host => `${lockScript(host.root)}${factsScript(config, host)}\n${waivedScript(host.root)}exit 0\n`,
      (host, output) => void found.push(statusOf(host, output)),
    )
    if (failed !== undefined) return failed
    found.sort((a, b) => (a.host < b.host ? -1 : 1))
    const shown = found.map(status => withStranger(status, found, context.lang))
    showResult(
      context,
      'stellwerk.status/1',
      { app: config.app, environment: config.environment.name, hosts: shown },
      () => render(shown, context, paletteFor(context.io.color.out)),
    )
    return shown.some(host => host.findings.length > 0) ? exitCode.checkSaysNo : exitCode.done

    function statusOf(host: HostConfig, output: string): HostStatus {
      const facts = parseFacts(output, context.wiring.clock.now())
      const { current, releases } = facts.release
      const record = releases.find(release => release.id === current)
      const services = statusRows(config.services, host, facts.services)
      const embedded = config.router?.kind === 'embedded'
      const router =
        config.router && config.router.kind !== 'symlink'
          ? { running: !embedded || facts.router.running, release: facts.router.target?.release ?? null }
          : null
      const lock = parseLockView(output)
      const status = {
        host: host.name,
        current: current ?? null,
        state: record?.state ?? null,
        version: record?.version ?? null,
        rollbackTarget: rollbackCandidates(releases, current)[0]?.id ?? null,
        router,
        services,
        lock,
        maintenance: facts.maintenance?.order ?? null,
        waivers: waiversNow(config.waivers, output, context.wiring.clock.now()),
        waiting: waitingRuns(facts.people, context.wiring.clock.now(), context.lang),
      }
      return { ...status, findings: findingsOf(status, context.lang) }
    }
  })
}

const waivedMark = 'stellwerk-waived '

/** The plan of the run that brought the live release, when it had waivers. */
function waivedScript(root: string): string {
  return `r=$(sed -n 's/.*"run": *"\\([^"]*\\)".*/\\1/p' ${quote(`${root}/current/.stellwerk.json`)} 2>/dev/null | head -n 1)
f=${quote(`${root}/.stellwerk/runs`)}/$r/plan.json
if [ -n "$r" ] && grep -q '"waivers"' "$f" 2>/dev/null; then printf '\\n%s%s\\n' '${waivedMark}' "$(tr -d '\\n' <"$f")"; fi
`
}

function waiversNow(inFile: Config['waivers'], output: string, now: Date): readonly ShownWaiver[] {
  const own = Object.entries(inFile).flatMap(([check, waiver]) =>
    holds(waiver, now) ? [{ check, ...waiver }] : [],
  )
  const line = output.split('\n').find(one => one.startsWith(waivedMark))
  return [...ofRun(line?.slice(waivedMark.length)), ...own].filter(
    ({ check }, index, all) => all.findIndex(other => other.check === check) === index,
  )
}

function ofRun(plan: string | undefined): readonly ShownWaiver[] {
  if (plan === undefined) return []
  try {
    return waiversOf(JSON.parse(plan).summary)
  } catch {
    return []
  }
}

function findingsOf(status: Omit<HostStatus, 'findings'>, lang: Context['lang']): string[] {
  const de = lang === 'de'
  const findings: string[] = []
  if (status.current === null) findings.push(de ? 'noch kein Release' : 'no release yet')
  else if (status.state !== 'proven' && status.waiting.length === 0)
    findings.push(
      de
        ? `das aktive Release ist „${status.state ?? 'unbekannt'}“, nicht bewährt`
        : `the live release is "${status.state ?? 'unknown'}", not proven`,
    )
  if (status.current !== null && status.router && !status.router.running)
    findings.push(de ? 'der Router läuft nicht' : 'the router does not run')
  if (status.current !== null && status.router && status.router.release !== status.current) {
    findings.push(
      de
        ? `der Router schickt Anfragen an ${status.router.release ?? 'niemanden'}`
        : `the router sends requests to ${status.router.release ?? 'nobody'}`,
    )
  }
  if (status.current !== null) {
    for (const row of status.services) {
      const place = row.slot === undefined ? row.service : `${row.service}/${row.slot}`
      // While people look at the new release the old one stays ready beside it.
      const stranger = row.release !== undefined && row.release !== status.current
      if (row.state === 'running' && stranger && status.waiting.length === 0) {
        findings.push(de ? `${place} läuft aus ${row.release}` : `${place} runs from ${row.release}`)
      }
      if (row.state === 'running' && row.supervised !== false) continue
      findings.push(
        row.state === 'running'
          ? de
            ? `${place} läuft ohne Aufsicht`
            : `${place} runs without its supervisor`
          : `${place}: ${row.state}`,
      )
    }
  }
  findings.push(...status.waiting.flatMap(({ words }) => words))
  if (status.lock.dead) findings.push(de ? 'ein toter Lauf hält die Sperre' : 'a dead run holds the lock')
  return findings
}

// Two releases in service at once are nobody's wish; what lags behind is what a person should look at.
function withStranger(status: HostStatus, all: readonly HostStatus[], lang: Context['lang']): HostStatus {
  const newest = all.toSorted((a, b) => ((a.current ?? '') < (b.current ?? '') ? 1 : -1))[0]
  if (!newest?.current || status.current === null || status.current === newest.current) return status
  const finding =
    lang === 'de'
      ? `${newest.host} hat ein neueres Release: ${newest.current}`
      : `${newest.host} has a newer release: ${newest.current}`
  return { ...status, findings: [...status.findings, finding] }
}

function render(hosts: readonly HostStatus[], context: Context, palette: Palette): string {
  const de = context.lang === 'de'
  const now = context.wiring.clock.now().getTime()
  return hosts
    .map(host => {
      const mark = host.findings.length === 0 ? palette.green('✔') : palette.red('✖')
      const lines = [
        `${mark} ${palette.bold(host.host)}  ${host.current ?? '–'}  ${host.version ?? ''}  ${host.state ?? ''}\n`,
      ]
      const rows = host.services.map(row => [
        '   ',
        row.slot === undefined ? row.service : `${row.service}/${row.slot}`,
        row.state,
        row.port === undefined ? '' : `:${row.port}`,
        row.pid === undefined ? (row.container ?? '') : `pid ${row.pid}`,
        row.health ?? '',
        row.since === undefined ? '' : formatDuration(Math.max(now - row.since, 0)),
        row.restarts > 0 ? (de ? `${row.restarts} Neustarts` : `${row.restarts} restarts`) : '',
        row.release ?? '',
      ])
      if (rows.length > 0) lines.push(table(rows))
      if (host.lock.holder !== undefined) lines.push(`    ${lockLine(host.lock, de)}\n`)
      if (host.maintenance !== null)
        lines.push(
          `    ${palette.yellow('!')} ${de ? 'in Wartung' : 'under maintenance'} (${host.maintenance})\n`,
        )
      if (host.lock.frozen)
        lines.push(
          `    ${de ? 'eingefroren bis' : 'frozen until'} ${host.lock.frozen.until} (${host.lock.frozen.by}: ${host.lock.frozen.reason})\n`,
        )
      for (const waiver of host.waivers)
        lines.push(`    ${palette.yellow('!')} ${waiverLine(waiver, context.lang)}\n`)
      for (const finding of host.findings) lines.push(`    ${palette.red('✖')} ${finding}\n`)
      if (host.rollbackTarget !== null)
        lines.push(
          palette.dim(
            `    ↶ ${de ? 'ein Rollback ginge zu' : 'a rollback would go to'} ${host.rollbackTarget}\n`,
          ),
        )
      return lines.join('')
    })
    .join('')
}

function lockLine(lock: LockView, de: boolean): string {
  const owner = parseOwner(lock.holder ?? '')
  const who = `${owner.procedure ?? '?'} ${owner.by ?? '?'}@${owner.machine ?? '?'} (${owner.run ?? '?'})`
  const age = formatDuration((lock.ageSeconds ?? 0) * 1000)
  return de
    ? `gesperrt: ${who}, letztes Lebenszeichen vor ${age}`
    : `locked: ${who}, last sign of life ${age} ago`
}
