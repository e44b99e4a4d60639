// What a run left on a host, read for a post-mortem: its plan and journal, what its command reported, who signed, and the
// runs that came after it.
import { z } from 'zod'
import { quote } from '../core/shell.ts'
import { type JournalRecord, parseJournal } from '../engine/journal.ts'
import type { Plan } from '../engine/plan.ts'
import { parseSignatures, type Signature } from './waiting.ts'

const words = z.object({ en: z.string(), de: z.string() })
const report = z.object({
  v: z.literal(1),
  at: z.string(),
  by: z.string(),
  status: z.string(),
  problems: z.array(
    z.object({
      code: z.string(),
      what: words,
      why: words.optional(),
      where: z.object({ host: z.string().optional(), step: z.string().optional() }).optional(),
      evidence: z.string().optional(),
    }),
  ),
  checks: z.array(
    z.object({
      check: z.string(),
      host: z.string().optional(),
      verdict: z.string(),
      observed: words,
      at: z.string(),
    }),
  ),
})
/** What the command of a run that did not end well saw: checks run there, so the journal of a host does not hold them. */
export type RunReport = z.infer<typeof report>

export interface RunOnHost {
  readonly host: string
  readonly run: string
  readonly plan: Plan | undefined
  readonly records: readonly JournalRecord[]
  readonly reports: readonly RunReport[]
  readonly signatures: readonly Signature[]
  readonly waits: boolean
}

/** Exit code of the script on a host that has no record of the run. */
export const noSuchRun = 44

/** Read-only: the run whole, and of each later one its plan and what it did with the release that serves and with its data. */
export function evidenceScript(root: string, run: string): string {
  const state = quote(`${root}/.stellwerk`)
  const name = quote(run)
  return `sw_s=${state}
[ -s "$sw_s/runs/"${name}/plan.json ] || exit ${noSuchRun}
sw_on=
for sw_d in "$sw_s"/runs/*/; do
  sw_d=\${sw_d%/}
  sw_r=\${sw_d##*/}
  if [ "$sw_r" = ${name} ]; then sw_on=1; fi
  [ -n "$sw_on" ] && [ -s "$sw_d/plan.json" ] || continue
  printf 'run %s\\n' "$sw_r"
  printf 'plan %s\\n' "$(tr -d '\\n' <"$sw_d/plan.json")"
  if [ "$sw_r" = ${name} ]; then
    [ -e "$sw_d/journal.jsonl" ] && sed 's/^/journal /' "$sw_d/journal.jsonl"
    [ -s "$sw_d/report.jsonl" ] && sed 's/^/report /' "$sw_d/report.jsonl"
    [ -s "$sw_d/sign-offs.jsonl" ] && sed 's/^/signed /' "$sw_d/sign-offs.jsonl"
    [ -e "$sw_s/waiting/$sw_r.json" ] && echo 'waits '
  else
    grep -e '"step":"switch/' -e '"step":"migrate/' -e '"type":"end"' "$sw_d/journal.jsonl" 2>/dev/null | sed 's/^/journal /'
  fi
done
exit 0
`
}

/** Appends one line; a host that has no record of the run gets none. */
export function reportScript(root: string, run: string, entry: RunReport): string {
  const directory = quote(`${root}/.stellwerk/runs/${run}`)
  return `[ -s ${directory}/plan.json ] || exit 0
printf '%s\\n' ${quote(JSON.stringify(entry))} >>${directory}/report.jsonl
`
}

export function parseEvidence(host: string, output: string): readonly RunOnHost[] {
  const blocks: string[][] = []
  for (const line of output.split('\n')) {
    if (line.startsWith('run ')) blocks.push([])
    blocks.at(-1)?.push(line)
  }
  return blocks.map(lines => {
    const of = (key: string) =>
      lines.filter(line => line.startsWith(`${key} `)).map(line => line.slice(key.length + 1))
    return {
      host,
      run: of('run')[0] ?? '',
      plan: planOf(of('plan')[0]),
      records: parseJournal(of('journal').join('\n')),
      reports: of('report').flatMap(reportOf),
      signatures: parseSignatures(of('signed')),
      waits: of('waits').length > 0,
    }
  })
}

function planOf(content: string | undefined): Plan | undefined {
  const value = json(content) as Plan | undefined
  return value?.schema === 'stellwerk.plan/1' ? value : undefined
}

function reportOf(line: string): readonly RunReport[] {
  const read = report.safeParse(json(line))
  return read.success ? [read.data] : []
}

function json(content: string | undefined): unknown {
  try {
    return content === undefined ? undefined : JSON.parse(content)
  } catch {
    return undefined
  }
}
