import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { quote } from '../../core/shell.ts'
import { signedWords } from '../../runbook/problems.ts'
import { parseSignatures, type Signature } from '../../runbook/waiting.ts'
import type { Context } from '../context.ts'
import { onEveryHost } from '../on-every-host.ts'
import { showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
import { type ShownWaiver, waiverLine, waiversOf } from '../present/waivers.ts'
import { withSession } from '../session.ts'

interface Entry {
  readonly host: string
  readonly run: string
  readonly procedure: string
  readonly release: string
  readonly by: string
  readonly begun: string
  readonly ended: string
  readonly status: string
  readonly waivers: readonly ShownWaiver[]
  readonly signOffs: readonly Signature[]
}

/** A run's directory on the host is the record: plan.json says what was meant, the journal's last line how it ended. */
function historyScript(root: string): string {
  return `for d in ${quote(`${root}/.stellwerk/runs`)}/*/; do
  [ -s "$d/plan.json" ] || continue
  r=\${d%/}
  r=\${r##*/}
  printf 'run %s\\n' "$r"
  [ -s "$d/sign-offs.jsonl" ] && sed 's/^/signed /' "$d/sign-offs.jsonl"
  [ -e ${quote(`${root}/.stellwerk/waiting`)}/"$r".json ] && echo 'waits '
  printf 'plan %s\\n' "$(tr -d '\\n' <"$d/plan.json")"
  printf 'end %s\\n' "$(grep '"type":"end"' "$d/journal.jsonl" 2>/dev/null | tail -n 1)"
done
exit 0
`
}

export async function run(context: Context): Promise<ExitCode> {
  return withSession(context, async session => {
    const entries: Entry[] = []
    const failed = await onEveryHost(
      context,
      session,
      host => historyScript(host.root),
      (host, output) => entries.push(...parseHistory(host.name, output)),
    )
    if (failed !== undefined) return failed
    entries.sort((a, b) => (a.run < b.run ? 1 : a.run > b.run ? -1 : a.host < b.host ? -1 : 1))
    const de = context.lang === 'de'
    const head = de
      ? ['begonnen', 'Host', 'was', 'Release', 'von', 'Ausgang', 'Lauf', '']
      : ['begun', 'host', 'what', 'release', 'by', 'outcome', 'run', '']
    const rows = entries.map(entry => [
      entry.begun.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'),
      entry.host,
      entry.procedure,
      entry.release,
      entry.by,
      entry.status,
      entry.run,
      signedWords(entry.signOffs),
    ])
    showResult(
      context,
      'stellwerk.history/1',
      { environment: session.config.environment.name, runs: entries },
      () =>
        rows.length === 0
          ? de
            ? 'Noch kein Lauf\n'
            : 'No run yet\n'
          : `${table([head, ...rows])}${waivedLines(entries, context.lang)}`,
    )
    return exitCode.done
  })
}

/** Which runs went on although a check said no. */
function waivedLines(entries: readonly Entry[], lang: Context['lang']): string {
  const lines = entries.flatMap(({ run, waivers }) =>
    waivers.map(waiver => `  ! ${run}: ${waiverLine(waiver, lang)}\n`),
  )
  return [...new Set(lines)].join('')
}

function parseHistory(host: string, output: string): Entry[] {
  const entries: Entry[] = []
  let run = ''
  let plan: Record<string, unknown> = {}
  let signed: string[] = []
  let waits = false
  for (const line of output.split('\n')) {
    if (line.startsWith('run ')) {
      run = line.slice(4)
      signed = []
      waits = false
    }
    if (line.startsWith('signed ')) signed.push(line.slice(7))
    if (line.startsWith('waits ')) waits = true
    if (line.startsWith('plan ')) plan = object(line.slice(5))
    if (!line.startsWith('end ')) continue
    const end = object(line.slice(4))
    const summary = (plan['summary'] ?? {}) as Record<string, unknown>
    entries.push({
      host,
      run,
      procedure: word(plan['procedure']),
      release: word(summary['release']),
      by: word(summary['by']),
      waivers: waiversOf(summary),
      begun: word(plan['createdAt']),
      ended: word(end['at']),
      // No end: the command died, and `recover` has not been here.
      status: word(end['status']) || (waits ? 'waiting' : 'unfinished'),
      signOffs: parseSignatures(signed),
    })
  }
  return entries
}

function object(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
