// Questions to one machine that are asked together: each is a fragment in a shell of its own, and what one meets tells nothing of
// the others. Nothing is kept there.
import { quote } from '../core/shell.ts'
import { fragmentLibrary } from './prelude.ts'
import type { Report } from './step.ts'

export interface Probe {
  /** Unique in its script; letters, digits, "-", "_" and "/". */
  readonly id: string
  /** Runs like the fragment of a step, away from its directory: what it prints is the answer, what it reports the failure. */
  readonly fragment: string
  /** Names of secrets it may read. */
  readonly secrets: readonly string[]
}

/** Lines of the answer, or why there is none. A probe that nobody heard of has failed. */
export type Answer =
  | { readonly ok: true; readonly lines: readonly string[] }
  | { readonly ok: false; readonly report: Report }

const delimiter = 'STELLWERK_PROBE'

/** Must travel on standard input: it holds the values of the secrets. */
export function probeScript(probes: readonly Probe[], secrets: Readonly<Record<string, string>>): string {
  return `set -u
LC_ALL=C; export LC_ALL
umask 077
cd /
sw_base=$(mktemp -d "\${TMPDIR:-/tmp}/stellwerk.probe.XXXXXX") || exit 1
trap 'rm -rf "$sw_base"' EXIT
trap 'exit 143' HUP INT TERM
sw_tmp=$sw_base/tmp
export sw_tmp
${probes.map(probe => probeText(probe, secrets)).join('')}exit 0
`
}

function probeText(
  { id, fragment, secrets: names }: Probe,
  secrets: Readonly<Record<string, string>>,
): string {
  if (fragment.includes(delimiter)) throw new Error('a probe cannot contain its own delimiter')
  const variables = names.flatMap(name => {
    const value = secrets[name]
    return value === undefined ? [] : [`${name}=${quote(value)}; export ${name}\n`]
  })
  return `rm -rf "$sw_tmp"; mkdir "$sw_tmp" || exit 1
cat >"$sw_base/probe" <<'${delimiter}'
${fragmentLibrary}
${fragment}
${delimiter}
(
${variables.join('')}sh -eu "$sw_base/probe" </dev/null >"$sw_base/answer" 2>"$sw_base/said"
)
sw_rc=$?
if [ "$sw_rc" = 0 ]; then
  sed ${quote(`s|^|answer ${id} |`)} "$sw_base/answer"
  echo ${quote(`ended ${id} ok`)}
else
  [ -s "$sw_tmp/report" ] || { echo failed; echo "$sw_rc"; tail -c 600 "$sw_base/said" | tr '\\n\\r\\t' '   '; echo; } >"$sw_tmp/report"
  sed ${quote(`s|^|report ${id} |`)} "$sw_tmp/report"
  echo ${quote(`ended ${id} failed`)}
fi
`
}

export function answerOf(id: string, output: string): Answer {
  const lines = (kind: string) =>
    output
      .split('\n')
      .filter(line => line.startsWith(`${kind} ${id} `))
      .map(line => line.slice(kind.length + id.length + 2))
  const [ended] = lines('ended')
  if (ended === 'ok') return { ok: true, lines: lines('answer') }
  const [key = 'failed', ...args] = lines('report')
  return { ok: false, report: { key, args: ended === undefined ? ['no answer'] : args } }
}
