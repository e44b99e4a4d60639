// Whether there is a live database and what is in it, before anybody decides to replace it: a read-only script, and the reader of its
// answer.
import { text } from '../core/lang.ts'
import type { Problem } from '../core/problem.ts'
import { err, ok, type Result } from '../core/result.ts'
import { quote } from '../core/shell.ts'
import { referenced } from '../core/shell-value.ts'
import { type Access, secretValues } from '../databases/access.ts'
import { engineFor } from '../databases/engines.ts'
import { type DatabaseFacts, parseFacts } from '../databases/facts.ts'
import { databaseProblem } from '../databases/problems.ts'
import { streamLibrary } from '../databases/stream.ts'
import { fragmentLibrary } from '../engine/prelude.ts'

/** Runs `fragment` as a step would, and prints what it prints. With secrets it must travel on standard input. `scratch`: an absolute
 *  path on the host that is made for it and removed. */
export function readOnlyScript(
  { root, scratch }: { readonly root: string; readonly scratch: string },
  secrets: Readonly<Record<string, string>>,
  fragment: string,
): string {
  return `set -u
LC_ALL=C; export LC_ALL
umask 077
sw_root=${quote(root)}; sw_run=look
sw_tmp=$(mktemp -d "\${TMPDIR:-/tmp}/stellwerk.look.XXXXXX") || exit 1
sw_scratch=${quote(scratch)}
trap 'rm -rf "$sw_tmp" "$sw_scratch"' EXIT
mkdir -p "$sw_scratch" || exit 1
trap 'exit 143' HUP INT TERM
export sw_root sw_run sw_tmp
${fragmentLibrary}
${Object.entries(secrets)
  .map(([name, value]) => `${name}=${quote(value)}; export ${name}`)
  .join('\n')}
${streamLibrary({ compression: 'none', recipients: [] })}
sw_rc=0
(
set -eu
cd "$sw_root"
${fragment}
) || sw_rc=$?
if [ "$sw_rc" != 0 ]; then echo '${refused}'; cat "$sw_tmp/report" 2>/dev/null; fi
exit 0
`
}

const refused = '----- refused'

/** Secrets that a script about this database needs. */
export function secretsFor(access: Access): readonly string[] {
  return referenced(secretValues(access), access.known)
}

/** `damaged`: it is there and cannot be read, so no copy of it can be made. */
export type LiveState =
  | { readonly kind: 'there'; readonly facts: DatabaseFacts }
  | { readonly kind: 'missing' }
  | { readonly kind: 'damaged'; readonly problem: Problem }

/** Rows only: a sum over the content would read everything while a person waits. */
export function liveStateFragment(access: Access, scratch: string): string {
  const engine = engineFor(access)
  return `sw_present=$(
${engine.present(access)}
) || exit 1
echo "${presentWord}$sw_present"
[ "$sw_present" = yes ] || exit 0
(
${engine.facts({ access, out: `${scratch}/live`, fingerprint: 'rows' })}
)
cat ${quote(`${scratch}/live.facts`)}`
}

const presentWord = '----- present '

/** A failure when nobody knows: the server does not answer, or a tool is missing. */
export function parseLiveState(
  output: string,
  context: { readonly store: string; readonly host: string },
): Result<LiveState> {
  const lines = output.split('\n')
  const failure = refusal(output, context)
  const damaged = (problem: Problem) => ok({ kind: 'damaged', problem } as const)
  if (lines.includes(`${presentWord}no`)) return failure ? err(failure) : ok({ kind: 'missing' })
  if (!lines.includes(`${presentWord}yes`)) return err(failure ?? unknown(context))
  if (failure) return failure.code === missingTool ? err(failure) : damaged(failure)
  const facts = parseFacts(output)
  return facts ? ok({ kind: 'there', facts }) : damaged(unknown(context))
}

const missingTool = 'STW-B100'

function unknown({ store, host }: { readonly store: string; readonly host: string }): Problem {
  return {
    code: 'STW-B468',
    what: text(`What is in ${store} could not be counted`, `Was in ${store} ist, ließ sich nicht zählen`),
    where: { host },
  }
}

/** Why the script of readOnlyScript gave no answer. */
export function refusal(
  output: string,
  context: { readonly store: string; readonly host: string },
): Problem | undefined {
  const lines = output.split('\n')
  const at = lines.indexOf(refused)
  if (at < 0) return undefined
  const [key = '', ...args] = lines.slice(at + 1).filter(line => line !== '')
  return databaseProblem({ key, args }, context)
}
