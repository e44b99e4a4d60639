// What a host knows of manual steps: the file of a run that waits for people, and what they signed. Plain files, so that
// any machine goes on with it.
import { z } from 'zod'
import { oneLine } from '../core/one-line.ts'
import { quote } from '../core/shell.ts'

const rule = z.object({
  id: z.string(),
  title: z.string(),
  role: z.string(),
  evidence: z.enum(['none', 'text', 'number', 'file']),
  persons: z.number(),
  /** Milliseconds. */
  timeout: z.number(),
  matcher: z.unknown().optional(),
})

/** A sign-off as the plan held it: a later edit of stellwerk.yaml changes nothing for a run that waits. */
export type AskedSignOff = z.infer<typeof rule>

const waiting = z.object({
  schema: z.literal('stellwerk.waiting/1'),
  run: z.string(),
  release: z.string(),
  version: z.string(),
  by: z.string(),
  /** ISO 8601, by the clock of the host. */
  since: z.string(),
  signOffs: z.array(rule).min(1),
})
export type Waiting = z.infer<typeof waiting>

/** A file on a host may hold anything: what is shown of it stays in its line. */
const said = z.string().transform(oneLine)

const signature = z.object({
  v: z.literal(1),
  type: z.enum(['sign', 'reject']),
  /** Empty: the run as a whole is rejected. */
  id: z.string(),
  role: z.string(),
  by: said,
  at: z.string(),
  /** Of the command that recorded it. */
  machine: z.string(),
  evidence: said.optional(),
  /** Of a file: `evidence` is its name. */
  sha256: z.string().optional(),
  bytes: z.number().optional(),
  reason: said.optional(),
  /** Signed before a deploy: for this version, and only for this bundle when one was given. */
  version: z.string().optional(),
  digest: z.string().optional(),
})
export type Signature = z.infer<typeof signature>

export interface PeopleFacts {
  readonly waiting: readonly { readonly asked: Waiting; readonly signatures: readonly Signature[] }[]
  /** Files in waiting/ that nobody can read: somebody waits, and nobody knows for what. */
  readonly unreadable: readonly string[]
  /** Signed before a deploy. */
  readonly before: readonly Signature[]
  /** A due list lies there that no newer release has ended. */
  readonly careIsOpen?: true
}

export const paths = (root: string) => ({
  waiting: (run: string) => `${root}/.stellwerk/waiting/${run}.json`,
  signatures: (run: string) => `${root}/.stellwerk/runs/${run}/sign-offs.jsonl`,
  before: `${root}/.stellwerk/sign-offs.jsonl`,
})

/** Bytes: thousands of signatures. Older ones are of versions that went long ago, and missing they only forbid. */
const mostBefore = 262_144

/** Prints `people.<key> <value>` lines. Changes nothing. */
export function peopleScript(root: string): string {
  return `sw_s=${quote(`${root}/.stellwerk`)}
for sw_f in "$sw_s"/waiting/*.json; do
  [ -e "$sw_f" ] || continue
  sw_n=\${sw_f##*/}
  sw_n=\${sw_n%.json}
  printf 'people.waiting %s %s\\n' "$sw_n" "$(tr -d '\\n' <"$sw_f")"
  [ -s "$sw_s/runs/$sw_n/sign-offs.jsonl" ] && sed "s|^|people.signed $sw_n |" "$sw_s/runs/$sw_n/sign-offs.jsonl"
done
[ -s "$sw_s/sign-offs.jsonl" ] && tail -c ${mostBefore} "$sw_s/sign-offs.jsonl" | sed 's/^/people.before /'
for sw_f in "$sw_s"/aftercare/*.jsonl; do
  [ -s "$sw_f" ] && ! grep -q '"type":"superseded"' "$sw_f" || continue
  echo 'people.care open'
  break
done
:
`
}

export function parsePeople(output: string): PeopleFacts {
  const lines = (key: string) =>
    output
      .split('\n')
      .filter(line => line.startsWith(`people.${key} `))
      .map(line => line.slice(key.length + 8))
  const found = lines('waiting').map(line => {
    const [run = ''] = line.split(' ', 1)
    return { run, asked: parseWaiting(line.slice(run.length + 1)) }
  })
  return {
    waiting: found.flatMap(({ run, asked }) =>
      asked?.run === run
        ? [{ asked, signatures: parseSignatures(lines('signed').filter(line => line.startsWith(`${run} `))) }]
        : [],
    ),
    unreadable: found.filter(({ run, asked }) => asked?.run !== run).map(({ run }) => run),
    before: parseSignatures(lines('before')),
    ...(lines('care').length > 0 ? { careIsOpen: true } : {}),
  }
}

function parseWaiting(content: string): Waiting | undefined {
  try {
    return waiting.safeParse(JSON.parse(content)).data
  } catch {
    return undefined
  }
}

/** A line torn by a crash is no signature; one appended behind it shares its line. */
export function parseSignatures(lines: readonly string[]): readonly Signature[] {
  return lines.flatMap(line => {
    const start = line.lastIndexOf('{"v":1,')
    try {
      return start < 0 ? [] : (signature.safeParse(JSON.parse(line.slice(start))).data ?? [])
    } catch {
      return []
    }
  })
}

/** What several hosts say of the same: every run once, every signature once. */
export function joinPeople(all: Iterable<PeopleFacts>): PeopleFacts {
  const facts = [...all]
  const runs = new Map<string, PeopleFacts['waiting'][number]>()
  for (const one of facts.flatMap(({ waiting: some }) => some)) {
    const known = runs.get(one.asked.run)
    runs.set(
      one.asked.run,
      known ? { asked: known.asked, signatures: once([...known.signatures, ...one.signatures]) } : one,
    )
  }
  return {
    waiting: [...runs.values()],
    unreadable: [...new Set(facts.flatMap(({ unreadable }) => unreadable))],
    before: once(facts.flatMap(({ before }) => before)),
  }
}

function once(signatures: readonly Signature[]): readonly Signature[] {
  return [...new Map(signatures.map(one => [JSON.stringify(one), one])).values()]
}
