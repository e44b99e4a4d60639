// Pieces of sh that several release steps share.
import { quote } from '../../core/shell.ts'
import { layout } from '../layout.ts'
import type { ReleaseRecord } from '../record.ts'

/** Stands for the host's own time in a record that was rendered here. */
const now = '@NOW@'

/** A record with a new state; its time is filled in by the host when it is written. */
export function withState(record: ReleaseRecord, state: ReleaseRecord['state'], run: string): ReleaseRecord {
  const provenAt = state === 'proven' ? { provenAt: record.provenAt ?? now } : {}
  return { ...record, ...provenAt, state, stateAt: now, run }
}

/** Writes `.stellwerk.json` into `directory` (a quoted word). */
export function writeRecord(record: ReleaseRecord, directory: string): string {
  const content = quote(JSON.stringify(record, undefined, 2))
  return `printf '%s\\n' ${content} | sed "s/${now}/$(sw_now)/g" | sw_write ${directory}/.stellwerk.json`
}

/** What a release must hold; all three come from the bundle's manifest. */
export interface Content {
  /** SHA-256 of SHA256SUMS: the digest of the bundle. */
  readonly digest: string
  /** Lines of SHA256SUMS. */
  readonly files: number
  /** SHA-256 over `./<path> <target>` lines of all links, sorted by path. */
  readonly linksDigest: string
}

/** Proves, in the current directory, that every file of SHA256SUMS has its content. Reports `wrong NAME`. */
export function verifyContent(digest: string): string {
  return `[ "$(sha256sum <SHA256SUMS | cut -d' ' -f1)" = ${quote(digest)} ] || sw_problem wrong SHA256SUMS
if ! sha256sum -c SHA256SUMS >"$sw_tmp/sums" 2>"$sw_tmp/sums.err"; then
  sw_bad=$(grep -v ': OK$' "$sw_tmp/sums" | head -n 1)
  sw_problem wrong "\${sw_bad%: *}"
fi
sw_good=$(grep -c ': OK$' "$sw_tmp/sums") || :`
}

/** The same, and that no line is missing. */
export function verifySums(content: Content): string {
  return `${verifyContent(content.digest)}
[ "$sw_good" = ${content.files} ] || sw_problem count "$sw_good" ${content.files}`
}

const own =
  '! -path ./SHA256SUMS ! -path ./SHA256SUMS.minisig ! -path ./.stellwerk.json ! -path ./.stellwerk-pin'

/** Proves that nothing else lies there: every listed file exists (verifySums), so equal counts mean equal sets. */
export function verifySet(content: Content): string {
  return `sw_have=$(find . -type f ${own} | wc -l)
if [ "$sw_have" -ne ${content.files} ]; then
  cut -c67- SHA256SUMS | sort >"$sw_tmp/want"
  sw_problem extra "$(find . -type f ${own} | cut -c3- | sort | comm -23 - "$sw_tmp/want" | head -n 1)"
fi
sw_links=$(find . -type l | sort | while IFS= read -r sw_l; do printf '%s %s\\n' "$sw_l" "$(readlink "$sw_l")"; done | sha256sum | cut -d' ' -f1)
[ "$sw_links" = ${quote(content.linksDigest)} ] || sw_problem links`
}

/** A user's commands, one after the other, each in its own process group and with what is left of the time. */
export function userCommands(commands: readonly string[]): string {
  return commands
    .map(command => `${userCommand(command)} || { sw_rc=$?; sw_problem command "$sw_rc" ${quote(command)}; }`)
    .join('\n')
}

/** How long all commands after this may take together. */
export function userDeadline(timeoutMs: number): string {
  return `sw_deadline=$(($(date +%s) + ${Math.max(1, Math.floor(timeoutMs / 1000))}))`
}

/** The last line of it is the command itself, to be asked how it ended. */
function userCommand(command: string): string {
  return `sw_left=$((sw_deadline - $(date +%s)))
[ "$sw_left" -gt 0 ] || sw_left=0
printf '%s\\n' ${quote(command)} >"$sw_tmp/command"
sw_bounded "$sw_left" "$sw_tmp/command"`
}

/** Runs the commands when the question ends with 0 (\`pending\`), and none of them when it ends with 1. */
export function onlyWhenPending(question: string, commands: string): string {
  return `sw_rc=0
${userCommand(question)} || sw_rc=$?
case "$sw_rc" in
0)
${commands}
;;
3) sw_data pending no ;;
*) sw_problem pending "$sw_rc" ${quote(question)} ;;
esac`
}

/** What every user command of a release finds in its environment. */
export function releaseEnvironment(props: {
  readonly root: string
  readonly release: string
  readonly environment: string
}): string {
  return `STELLWERK_RELEASE=${quote(props.release)}; STELLWERK_ROOT=${quote(props.root)}; STELLWERK_ENVIRONMENT=${quote(props.environment)}
export STELLWERK_RELEASE STELLWERK_ROOT STELLWERK_ENVIRONMENT
cd ${quote(layout.release(props.root, props.release))}`
}
