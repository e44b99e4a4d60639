// A dump and the facts of its very snapshot: one psql holds the snapshot open and counts, while pg_dump reads it.
import { quote } from '../../core/shell.ts'
import type { DumpProps } from '../engine.ts'
import { factsSql, openSnapshot } from './facts-sql.ts'
import { postgresAccess, signedIn } from './sign-in.ts'
import { toolVersion, versionGate } from './version.ts'

/** sed: leaves the rows of a plain dump alone, so that no text in a row can pass for a line of the dump itself. */
export const skipRows = "-e '/^COPY .* FROM stdin;$/,/^\\\\\\.$/b'"
export const trailer = '^-- PostgreSQL database dump complete$'

// A reader beside the pipe that understands the dump: pg_restore finds a custom dump that is cut (its --list does not), a plain one
// has its last line. The packed file cannot be read here when it is encrypted: the private key is somewhere else.
const gates = {
  custom: 'pg_restore -f /dev/null',
  plain: `sed -n ${skipRows} -e '/${trailer}/p'`,
}

export function dump(props: DumpProps): string {
  const format = props.format === 'plain' ? 'plain' : 'custom'
  return coordinated(
    props,
    'pg_dump',
    `sw_pg_dump() { # Standard output: the dump. Each of the three is waited for.
  rm -f pg.raw pg.gate
  mkfifo pg.raw pg.gate
  ${gates[format]} <pg.gate >pg.seen 2>pg.gate.said &
  sw_pg_gate=$!
  tee pg.gate <pg.raw &
  sw_pg_tee=$!
  sw_pg_dumped=0
  pg_dump -w --format=${format} -Z0 --lock-wait-timeout=60000 --snapshot="$sw_pg_snapshot" >pg.raw 2>pg.dump.said || sw_pg_dumped=$?
  sw_pg_copied=0
  wait "$sw_pg_tee" || sw_pg_copied=$?
  sw_pg_read=0
  wait "$sw_pg_gate" || sw_pg_read=$?
  [ ${format} = custom ] || [ -s pg.seen ] || { sw_pg_read=1; echo 'its last line is missing' >>pg.gate.said; }
  printf '%s %s\\n' "$sw_pg_dumped" "$sw_pg_read" >pg.codes
  [ "$sw_pg_dumped$sw_pg_copied$sw_pg_read" = 000 ]
}
rm -f pg.codes
sw_pg_made=$(sw_packed "$sw_pg_out")
sw_pg_rc=0
# Whoever writes the dump must not keep psql's commands open.
(sw_pack "$sw_pg_out" sw_pg_dump) 8>&- 9<&- || sw_pg_rc=$?
if [ "$sw_pg_rc" != 0 ]; then
  # Facts that failed take the snapshot away from pg_dump: then they are the reason.
  if [ -s pg.said ]; then
    sw_pg_dumped=$sw_pg_rc
    sw_pg_gone
    [ "$sw_pg_rc" = 0 ] || sw_pg_failed dump "$sw_pg_rc"
    sw_pg_rc=$sw_pg_dumped
  fi
  # The packing blames its source; which part of it, and why, is known here.
  sw_pg_key=
  { read -r sw_pg_key && read -r sw_pg_stage; } <report || sw_pg_stage=
  if [ "$sw_pg_key $sw_pg_stage" = 'stage source' ] && read -r sw_pg_dumped sw_pg_read <pg.codes; then
    [ "$sw_pg_dumped" = 0 ] || sw_problem dump "$sw_pg_dumped" "$(tail -c 600 pg.dump.said)"
    [ "$sw_pg_read" = 0 ] || sw_problem incomplete "$(tail -c 600 pg.gate.said)"
  fi
  exit "$sw_pg_rc"
fi`,
  )
}

export function facts(props: Omit<DumpProps, 'format'>): string {
  return coordinated(props, 'psql', '')
}

// psql reads its commands from a named pipe that this shell holds open: whatever ends the shell ends psql, and with it the snapshot.
function coordinated(props: Omit<DumpProps, 'format'>, tool: string, act: string): string {
  const { out, fingerprint, schemaVersion } = props
  return signedIn(
    postgresAccess(props.access),
    'user',
    `sw_pg_out=${quote(out)}
sw_pg_made=
sw_pg_psql=
sw_pg_end() {
  sw_pg_code=$?
  trap - EXIT
  exec 8>&- 9<&-
  if [ -n "$sw_pg_psql" ]; then
    kill -INT "$sw_pg_psql" 2>/dev/null || :
    kill "$sw_pg_psql" 2>/dev/null || :
    wait "$sw_pg_psql" || :
  fi
  [ "$sw_pg_code" = 0 ] || rm -f "$sw_pg_made" "$sw_pg_out.facts"
  exit "$sw_pg_code"
}
sw_pg_gone() { # psql has ended too early, or is made to
  exec 8>&-
  sw_pg_rc=0
  wait "$sw_pg_psql" || sw_pg_rc=$?
  sw_pg_psql=
}
${toolVersion(tool)}
rm -f pg.commands pg.answers pg.facts pg.version pg.sql
mkfifo pg.commands pg.answers
sw_psql <pg.commands >pg.answers &
sw_pg_psql=$!
exec 8>pg.commands
exec 9<pg.answers
trap sw_pg_end EXIT
trap 'exit 143' HUP INT TERM
cat >&8 <<'SW_SQL' || :
${openSnapshot}SW_SQL
if ! IFS=$sw_tab read -r sw_pg_number sw_pg_server sw_pg_snapshot sw_pg_moment sw_pg_identity <&9; then
  sw_pg_gone
  sw_pg_failed dump "$sw_pg_rc"
fi
${versionGate(tool)}
printf '%s' ${quote(factsSql(fingerprint, schemaVersion))} >pg.sql
cat pg.sql >&8 || :
${act}
sw_pg_gone
[ "$sw_pg_rc" = 0 ] || sw_pg_failed dump "$sw_pg_rc"
[ "$(tail -n 1 pg.facts)" = end ] || sw_problem incomplete 'the facts have no end'
{
  printf 'server\\t%s\\ntool\\t%s\\nidentity\\t%s\\n' "$sw_pg_server" "$sw_tool" "$sw_pg_identity"
  printf 'snapshot\\t%s\\nexact\\tyes\\n' "$sw_pg_moment"
${schemaVersion === undefined ? '' : versionLine}  cat pg.facts
} >pg.all
sw_write "$sw_pg_out.facts" <pg.all || sw_problem stage write 1 "$sw_pg_out.facts"`,
  )
}

const versionLine = `  [ "$(awk 'END { print NR }' pg.version)" = 1 ] || sw_problem query 1 'schemaVersion: not one row'
  case "$(cat pg.version)" in '' | *"$sw_tab"*) sw_problem query 1 'schemaVersion: not one value' ;; esac
  printf 'version\\t%s\\n' "$(cat pg.version)"
`
