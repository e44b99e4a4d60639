// SQLite: one file, whose dump is a copy made by VACUUM INTO. Facts and checks are those of the copy.
import { quote } from '../../core/shell.ts'
import type { Access, FileAccess } from '../access.ts'
import type { DatabaseEngine, DumpProps, RestoreProps } from '../engine.ts'
import { copyLibrary } from './copy.ts'
import { factsLibrary, valueSql } from './facts.ts'
import { programLibrary } from './program.ts'
import { readyFragment } from './ready.ts'
import { swapFragment, unswapFragment } from './swap.ts'

export const sqliteEngine: DatabaseEngine = {
  kind: 'sqlite',
  tools: [['sqlite3', 'node']],
  ending: () => 'sqlite',
  dump: props => inSubshell(factsOf(props, 'sw_pack "$sw_out" cat "$sw_out.copy"')),
  facts: props => inSubshell(factsOf(props, '')),
  identity: access => `${factsLibrary('rows')}sw_identify ${quote(ofFile(access).file)}\n`,
  // An app that was started too early leaves an empty file: nothing is in it.
  present: access =>
    `if [ -s ${quote(ofFile(access).file)} ] || [ -s ${quote(`${ofFile(access).file}-wal`)} ]; then echo yes; else echo no; fi\n`,
  ready: access => readyFragment(ofFile(access)),
  restore: props => inSubshell(restoreFragment(props)),
  swap: (access, beside, old) =>
    inSubshell(library(access) + swapFragment({ live: ofFile(access).file, beside, old })),
  unswap: (access, beside, old) =>
    inSubshell(library(access) + unswapFragment({ live: ofFile(access).file, beside, old })),
  drop: (_, target) =>
    isOurs(target)
      ? `rm -f ${allOf(quote(target))} || sw_problem drop 1 ${quote(`cannot remove ${target}`)}\n`
      : `sw_problem refused ${quote(target)}\n`,
  sweep: (access, prefix) => sweepFragment(ofFile(access).file, prefix),
  query: (
    access,
    target,
    sql,
  ) => `${library(access)}[ -f ${quote(target)} ] || sw_problem query 1 ${quote(`no such file: ${target}`)}
sw_value ${quote(target)} ${quote(valueSql(sql))}
`,
}

function ofFile(access: Access): FileAccess {
  if (access.kind !== 'sqlite') throw new Error(`not a SQLite file: ${access.kind}`)
  return access
}

function library(access: Access, fingerprint: DumpProps['fingerprint'] = 'content'): string {
  return programLibrary(ofFile(access)) + factsLibrary(fingerprint) + copyLibrary
}

/** A shell of its own: its exit trap and `exit` are its own as well. */
function inSubshell(fragment: string): string {
  return `(\nset -eu\n${fragment})\n`
}

/** A file and what SQLite and we leave beside it. */
function allOf(word: string): string {
  return ['', '-wal', '-shm', '-journal', '.tmp', '.pages', '.raw'].map(ending => word + ending).join(' ')
}

function isOurs(target: string): boolean {
  return /\/stw_[^/]*$/.test(target)
}

function factsOf(
  { access, out, fingerprint, schemaVersion }: Omit<DumpProps, 'format'>,
  pack: string,
): string {
  const { file } = ofFile(access)
  // facts writes to OUT.facts as dump does; the copy goes whatever happens.
  return `sw_out=${quote(out)}
sw_whole=
trap 'rm -f "$sw_out.copy" "$sw_out.copy.tmp"; [ -n "$sw_whole" ] || rm -f "$sw_out.facts"' EXIT
[ -f ${quote(file)} ] || sw_problem missing ${quote(file)}
${library(access, fingerprint)}sw_moment=$(sw_now)
sw_copy ${quote(file)} "$sw_out.copy" dump
sw_sound "$sw_out.copy"
sw_version=$(sw_sqlite "$sw_out.copy" 'SELECT sqlite_version()') || sw_sqlite_fail dump "$?"
${schemaVersion === undefined ? '' : `sw_schema_version=$(sw_value "$sw_out.copy" ${quote(valueSql(schemaVersion))})\n`}sw_name=$(sw_identify ${quote(file)})
sw_content "$sw_out.copy" >"$sw_tmp/content"
{
  printf 'server\\t%s\\ntool\\t%s\\nidentity\\t%s\\nsnapshot\\t%s\\nexact\\tyes\\n' "$sw_version" "$sw_version" "$sw_name" "$sw_moment"
  ${schemaVersion === undefined ? '' : `printf 'version\\t%s\\n' "$(sw_flat "$sw_schema_version")"\n  `}cat "$sw_tmp/content"
  echo end
} | sw_write "$sw_out.facts" || sw_problem dump 1 "cannot write $sw_out.facts"
${pack}
sw_whole=yes
`
}

function restoreFragment({ access, target, from }: RestoreProps): string {
  return `sw_target=${quote(target)}
if [ -e "$sw_target" ] || [ -L "$sw_target" ]; then sw_problem exists "$sw_target"; fi
trap 'rm -f "$sw_target.tmp"' EXIT
${library(access)}sw_load() { umask 077; cat >"$sw_target.tmp"; }
sw_rc=0
rm -f ${allOf('"$sw_target"')}
sw_unpack ${quote(from)} sw_load 2>"$sw_tmp/sqlite.said" || sw_rc=$?
[ "$sw_rc" = 0 ] || sw_sqlite_fail load "$sw_rc"
sw_sound "$sw_target.tmp"
sw_own "$sw_target.tmp"
sw_fsync "$sw_target.tmp"
mv "$sw_target.tmp" "$sw_target"
`
}

function sweepFragment(file: string, prefix: string): string {
  if (!prefix.startsWith('stw_drill_') || prefix.includes('/')) return `sw_problem refused ${quote(prefix)}\n`
  return `for sw_file in ${quote(file.slice(0, file.lastIndexOf('/')))}/${quote(prefix)}*; do
  case $sw_file in *-wal | *-shm | *-journal) continue ;; esac
  [ -f "$sw_file" ] || continue
  for sw_open in /proc/[0-9]*/fd/*; do
    if [ "$sw_open" -ef "$sw_file" ]; then continue 2; fi
  done
  rm -f ${allOf('"$sw_file"')} || sw_problem drop 1 "cannot remove $sw_file"
done
`
}
