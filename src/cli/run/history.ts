import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { quote } from '../../core/shell.ts'
import type { Context } from '../context.ts'
import { onEveryHost } from '../on-every-host.ts'
import { showResult } from '../outcome.ts'
import { table } from '../present/table.ts'
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
}

/** A run's directory on the host is the record: plan.json says what was meant, the journal's last line how it ended. */
function historyScript(root: string): string {
  return `for d in ${quote(`${root}/.stellwerk/runs`)}/*/; do
  [ -s "$d/plan.json" ] || continue
  r=\${d%/}
  printf 'run %s\\n' "\${r##*/}"
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
      ? ['begonnen', 'Host', 'was', 'Release', 'von', 'Ausgang', 'Lauf']
      : ['begun', 'host', 'what', 'release', 'by', 'outcome', 'run']
    const rows = entries.map(entry => [
      entry.begun.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'),
      entry.host,
      entry.procedure,
      entry.release,
      entry.by,
      entry.status,
      entry.run,
    ])
    showResult(
      context,
      'stellwerk.history/1',
      { environment: session.config.environment.name, runs: entries },
      () => (rows.length === 0 ? (de ? 'Noch kein Lauf\n' : 'No run yet\n') : table([head, ...rows])),
    )
    return exitCode.done
  })
}

function parseHistory(host: string, output: string): Entry[] {
  const entries: Entry[] = []
  let run = ''
  let plan: Record<string, unknown> = {}
  for (const line of output.split('\n')) {
    if (line.startsWith('run ')) run = line.slice(4)
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
      begun: word(plan['createdAt']),
      ended: word(end['at']),
      // No end: the command died, and `recover` has not been here.
      status: word(end['status']) || 'unfinished',
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
