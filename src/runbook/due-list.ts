// The due list of a release on its host: `aftercare/<release>.jsonl`, one line a fact, appended only.
import { z } from 'zod'
import type { AfterCare } from '../config/schema/after-care.ts'
import { quote } from '../core/shell.ts'
import { same } from './guide.ts'

const task = z.object({
  id: z.string(),
  title: z.string(),
  /** Milliseconds after the beginning. */
  after: z.number(),
  checks: z.array(z.string()),
  signOff: z.string().optional(),
  note: z.string().optional(),
})
export type DueTask = z.infer<typeof task>

const words = z.object({ en: z.string(), de: z.string() })

const result = z.object({
  host: z.string().optional(),
  check: z.string(),
  verdict: z.string(),
  /** Written in English alone by early versions. */
  observed: z.union([words, z.string().transform(same)]),
})

const closed = z.object({
  type: z.literal('closed'),
  id: z.string(),
  verdict: z.enum(['pass', 'fail']),
  at: z.string(),
  by: z.string(),
  /** Milliseconds behind its time. */
  late: z.number(),
  evidence: z.string().optional(),
  results: z.array(result),
})
/** One task worked off; a failed one stays on the list until a person closes it or it passes. */
export type Closed = z.infer<typeof closed>

const record = z.discriminatedUnion('type', [
  z.object({ type: z.literal('begin'), release: z.string(), at: z.string() }),
  task.extend({ type: z.literal('due') }),
  closed,
  z.object({ type: z.literal('superseded'), by: z.string(), at: z.string() }),
])

export interface DueList {
  readonly release: string
  readonly beganAt: string
  readonly tasks: readonly DueTask[]
  readonly closed: readonly Closed[]
  readonly supersededBy?: string
}

export const careDirectory = (root: string) => `${root}/.stellwerk/aftercare`

/** `every: 1d, until: 7d` becomes one task a day: each is done once, and can be late by itself. */
export function tasksOf(plan: readonly AfterCare[]): readonly DueTask[] {
  return plan
    .flatMap((one): DueTask[] => {
      const rest = {
        title: one.title ?? one.id,
        checks: one.checks,
        ...(one.signOff === undefined ? {} : { signOff: one.signOff }),
        ...(one.note === undefined ? {} : { note: one.note }),
      }
      const { after, every, until } = one
      if (after !== undefined) return [{ id: one.id, after, ...rest }]
      if (every === undefined || until === undefined) return []
      const count = Math.floor(until / every)
      return Array.from({ length: count }, (_, index) => ({
        id: `${one.id}-${index + 1}`,
        after: every * (index + 1),
        ...rest,
      }))
    })
    .toSorted((a, b) => a.after - b.after)
}

/** Prints `care <line>` for every line of every list. */
export function careScript(root: string): string {
  return `for sw_f in ${quote(careDirectory(root))}/*.jsonl; do
  [ -s "$sw_f" ] || continue
  sw_n=\${sw_f##*/}
  sed "s|^|care \${sw_n%.jsonl} |" "$sw_f"
done
:
`
}

export function parseCare(output: string): readonly DueList[] {
  const lists = new Map<string, string[]>()
  for (const line of output.split('\n')) {
    const [, release, rest] = /^care (\S+) (.*)$/.exec(line) ?? []
    if (release !== undefined && rest !== undefined) lists.set(release, [...(lists.get(release) ?? []), rest])
  }
  return [...lists].map(([release, lines]) => fold(release, lines))
}

function fold(release: string, lines: readonly string[]): DueList {
  const records = lines.flatMap(line => {
    const start = line.lastIndexOf('{"v":1,')
    try {
      return start < 0 ? [] : (record.safeParse(JSON.parse(line.slice(start))).data ?? [])
    } catch {
      return []
    }
  })
  const begin = records.find(one => one.type === 'begin')
  const over = records.find(one => one.type === 'superseded')
  return {
    release,
    // Without a readable beginning everything is due: nothing may slip away unseen.
    beganAt: begin?.at ?? new Date(0).toISOString(),
    tasks: records.flatMap(one => (one.type === 'due' ? [withoutType(one)] : [])),
    closed: records.filter(one => one.type === 'closed'),
    ...(over ? { supersededBy: over.by } : {}),
  }
}

function withoutType({ type: _, ...rest }: DueTask & { readonly type: 'due' }): DueTask {
  return rest
}

/** Ends with 3 when there is no such list, with 4 when it has been superseded or the task has passed meanwhile. */
export function closeScript(root: string, release: string, entry: Closed): string {
  const { type, id, ...rest } = entry
  const file = quote(`${careDirectory(root)}/${release}.jsonl`)
  return `[ -s ${file} ] || exit 3
if grep -q '"type":"superseded"' ${file} || grep -F ${quote(`"type":"closed","id":"${id}","verdict":"pass"`)} ${file} >/dev/null; then exit 4; fi
sw_nl=
[ -z "$(tail -c 1 ${file})" ] || sw_nl='
'
printf '%s%s\\n' "$sw_nl" ${quote(JSON.stringify({ v: 1, type, id, ...rest }))} >>${file} || exit 1
dd if=/dev/null of=${file} conv=notrunc,fsync 2>/dev/null || sync
`
}
