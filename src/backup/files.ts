// Stores of files as sh fragments: one packed tar, its facts, and the sums of its files. Uses sw_pack of databases/stream.ts.
import { quote } from '../core/shell.ts'
import { livePath, type StoreProps, storedName } from './files-store.ts'
import { type FileFacts, fileFacts } from './set.ts'

export { placing } from './files-place.ts'
// The one door to stores of files.
export { filesProblem } from './files-problem.ts'
export { compareFiles, copyBack, restoreFiles } from './files-restore.ts'
export { livePath, type StoreProps, storedName, unpackedName } from './files-store.ts'

export interface DumpFilesProps extends StoreProps {
  /** As tar --exclude: patterns for a path or its end, with everything below. */
  readonly exclude: readonly string[]
  readonly minFiles: number
  /** Absolute path without the endings of packing: makes `sw_packed <out>`, `<out>.facts` and `<out>.sums`. */
  readonly out: string
  /** Absolute paths that are never saved: our own backups. */
  readonly own: readonly string[]
}

/** Lines `key<TAB>value`, and `end` last: without it the file is cut and nothing is known. */
export function parseFileFacts(content: string): FileFacts | undefined {
  const lines = content.split('\n')
  if (!lines.includes('end')) return undefined
  const values = new Map(lines.map(line => [line.split('\t')[0] ?? '', line.split('\t')[1] ?? '']))
  const count = (key: string) => (/^\d+$/.test(values.get(key) ?? '') ? Number(values.get(key)) : undefined)
  const integrity = lines.flatMap(line => (line.startsWith('integrity\t') ? [line.slice(10)] : []))
  return fileFacts.safeParse({
    files: count('files'),
    bytes: count('bytes'),
    links: count('links'),
    directories: count('directories'),
    digest: values.get('digest'),
    ...(values.has('moved') && values.get('moved') !== '0' ? { moved: count('moved') ?? Number.NaN } : {}),
    ...(integrity.length > 0 ? { integrity } : {}),
  }).data
}

function isBelow(name: string, parent: string): boolean {
  return name !== parent && (parent === '.' || name.startsWith(`${parent}/`))
}

/** What find decided is in the archive, tar only gets the list. Sums are taken while tar reads; when anything changed until both
 *  were done, all is read once more, sums first; what changes again is in the archive without a sum (sw_data `changed COUNT`).
 *  Reports `missing PATH`, `few COUNT`, `nested PATH`, `tool NAME`, `files CODE TEXT`, and those of sw_pack. */
export function dumpFiles(props: DumpFilesProps): string {
  const names = [...new Set(props.paths.map(storedName))]
  const live = new Map(props.paths.map(path => [storedName(path), livePath(props, path)]))
  const outer = names.filter(name => !names.some(other => isBelow(name, other)))
  const inner = names.filter(name => !outer.includes(name))
  const each = (list: readonly string[], word: string) =>
    list.map(name => `${word} ${quote(live.get(name) ?? '')} ${quote(name)}`).join('\n')
  const patterns = props.exclude.map(pattern => pattern.replace(/^\/+|\/+$/g, ''))
  return `(
sw_out=${quote(props.out)}
sw_stage_links=$sw_out.links
sw_whole=
sw_summing=
sw_inners=${quote(`\n${inner.join('\n')}\n`)}
# Waited for: or it would make its files anew behind the removal.
sw_end_sums() {
  [ -n "$sw_summing" ] || return 0
  kill "$sw_summing" 2>/dev/null || :
  wait "$sw_summing" 2>/dev/null || :
}
trap 'sw_end_sums; rm -rf "$sw_stage_links" "$sw_out.list" "$sw_out.list".*; [ -n "$sw_whole" ] || rm -f "$sw_out.facts" "$sw_out.sums" "$(sw_packed "$sw_out")"' EXIT
umask 077
rm -rf "$sw_stage_links"
mkdir "$sw_stage_links" || sw_problem files 1 "cannot write beside $sw_out"
${dumpLibrary}# In a directory of links to the declared paths each has its own name, wherever it really lies.
${each(outer, 'sw_link')}
${each(inner, 'sw_inner')}
cd "$sw_stage_links"
sw_all() {
${names.map(name => `  sw_find ${[name, ...patterns].map(quote).join(' ')} -- ${props.own.map(quote).join(' ')}`).join('\n')}
}
sw_dump_files ${props.minFiles} ${outer.map(quote).join(' ')}
sw_whole=yes
)
`
}

const dumpLibrary = `# A path as a pattern of find that stands for itself.
sw_escape='s/[][*?\\\\]/\\\\&/g'
sw_link() { # LIVE NAME
  [ -e "$1" ] || sw_problem missing "$1"
  sw_real=$(readlink -f "$1") || sw_problem missing "$1"
  if [ "$2" = . ]; then
    rmdir "$sw_stage_links"
    ln -s "$sw_real" "$sw_stage_links"
    return 0
  fi
  case $2 in */*) mkdir -p "$sw_stage_links/\${2%/*}" ;; esac
  if [ -d "$sw_real" ]; then
    ln -s "$sw_real" "$sw_stage_links/$2"
  else
    ln "$sw_real" "$sw_stage_links/$2" 2>/dev/null || cp -p "$sw_real" "$sw_stage_links/$2" || sw_problem files 1 "cannot read $1"
  fi
}
sw_inner() { # LIVE NAME, below another declared path
  [ -e "$1" ] || sw_problem missing "$1"
  if [ -L "$1" ] && [ ! -d "$1" ]; then sw_problem nested "$1"; fi
}
# NAME PATTERN... -- OWN...: its directories, files and links below, each ending with NUL. A declared path that lies below another
# is found there, unless it is a link.
sw_find() {
  sw_at=./$1
  case $sw_inners in *"
$1
"*) [ -L "$sw_at" ] || return 0 ;; esac
  if [ ! -d "$sw_at" ]; then
    # A declared file, which is saved whatever it is called.
    printf '%s\\0' "$sw_at"
    return 0
  fi
  sw_real=$(readlink -f "$sw_at") || return 1
  [ "$1" != . ] || sw_at=.
  shift
  [ "$sw_left_out" = yes ] || set --
  sw_count=$#
  sw_own=
  while [ "$sw_count" -gt 0 ]; do
    sw_word=$1
    shift
    sw_count=$((sw_count - 1))
    if [ "$sw_word" = -- ]; then sw_own=yes; continue; fi
    if [ -z "$sw_own" ]; then
      set -- "$@" -o -path "*/$sw_word"
      continue
    fi
    sw_word=$(readlink -f "$sw_word" 2>/dev/null) || continue
    case $sw_real/ in "$sw_word"/*) return 0 ;; esac
    case $sw_word in
    "$sw_real"/*)
      sw_word=$(printf '%s' "\${sw_at%/}/\${sw_word#"$sw_real"/}" | sed "$sw_escape")
      set -- "$@" -o -path "$sw_word"
      ;;
    esac
  done
  # tar forgets a slash at the end and would store the link: "/." is the directory itself.
  printf '%s/.\\0' "$sw_at"
  IFS='
'
  set -f
  for sw_word in $sw_inners; do
    if [ "$sw_left_out" = yes ] && [ -L "./$sw_word" ]; then set -- "$@" -o -path "$(printf './%s' "$sw_word" | sed "$sw_escape")"; fi
  done
  set +f
  unset IFS
  find "$sw_at/" -mindepth 1 \\( -path '' "$@" \\) -prune -o -mindepth 1 \\( -type f -o -type d -o -type l \\) -print0
}
sw_kind() { # TEST, names on standard input
  # shellcheck disable=SC2016
  xargs -0 sh -c 't=$0; for f do case $t in l) [ -L "$f" ] ;; f) [ -f "$f" ] && [ ! -L "$f" ] ;; d) [ -d "$f" ] && [ ! -L "$f" ] ;; esac && printf "%s\\0" "$f"; done; :' "$1"
}
sw_number() { tr -cd '\\000' | wc -c | tr -d ' '; }
# A file that vanished or changed is no error of the disk.
sw_soft() { ! grep -v -e 'No such file or directory' -e 'file changed as we read it' -e 'File removed before we read it' -e 'Exiting with failure status' -e 'File shrank by' "$1" | grep -q .; }
sw_sums() { # OUT: of the files in the list
  sw_kind f <"$sw_out.list" >"$sw_out.list.f"
  sw_hash "$1"
}
sw_hash() { # OUT
  sw_rc=0
  : >"$sw_out.list.raw"
  if [ -s "$sw_out.list.f" ] && ! sw_openssl; then xargs -0 sha256sum <"$sw_out.list.f" >"$sw_out.list.raw" 2>"$sw_tmp/sums.said" || sw_rc=$?; fi
  sort -k 2 "$sw_out.list.raw" >"$1"
  [ "$sw_rc" = 0 ] || sw_soft "$sw_tmp/sums.said" || sw_files_fail "$sw_rc" sums.said
}
# As sw_sha256. Names that sha256sum would escape, and whatever goes wrong, are left to sha256sum.
sw_openssl() {
  command -v openssl >/dev/null 2>&1 || return 1
  [ "$(tr -cd '\\n\\r\\\\' <"$sw_out.list.f" | wc -c)" -eq 0 ] || return 1
  xargs -0 openssl dgst -sha256 -r <"$sw_out.list.f" >"$sw_out.list.ssl" 2>/dev/null || return 1
  sed 's/ \\*/  /' "$sw_out.list.ssl" >"$sw_out.list.raw" || return 1
  ! grep -qv '^[0-9a-f]\\{64\\}  ' "$sw_out.list.raw"
}
sw_files_fail() { sw_problem files "$1" "$(tail -c 600 "$sw_tmp/\${2:-files.said}")"; }
sw_state() { xargs -0 stat -c '%z %s %i %n' <"$sw_out.list" >"$1" 2>/dev/null || :; }
sw_tar() {
  sw_rc=0
  if [ -n "$sw_gnu" ]; then
    tar -c -f - --numeric-owner --acls --xattrs --sparse --null --no-recursion -T "$sw_out.list" 2>"$sw_tmp/files.said" || sw_rc=$?
  else
    tar -c -f - "$@" 2>"$sw_tmp/files.said" || sw_rc=$?
  fi
  [ "$sw_rc" != 0 ] || return 0
  if sw_soft "$sw_tmp/files.said"; then return 0; fi
  cat "$sw_tmp/files.said" >&2
  return "$sw_rc"
}
sw_dump_files() { # MINFILES NAME...: "/." is added where a name is a directory
  sw_least=$1
  shift
  for sw_word in "$@"; do
    shift
    sw_at=./$sw_word
    [ "$sw_word" != . ] || sw_at=.
    if [ -d "$sw_at" ]; then sw_at=$sw_at/.; fi
    set -- "$@" "$sw_at"
  done
  sw_left_out=yes
  sw_moved=0
  case $(tar --version 2>/dev/null) in *GNU*) sw_gnu=yes ;; *) sw_gnu= ;; esac
  for sw_try in 1 2; do
    sw_rc=0
    sw_all >"$sw_out.list" 2>"$sw_tmp/files.said" || sw_rc=$?
    [ "$sw_rc" = 0 ] || sw_soft "$sw_tmp/files.said" || sw_files_fail "$sw_rc"
    sw_state "$sw_out.list.1"
    sw_kind f <"$sw_out.list" >"$sw_out.list.f"
    sw_links=$(sw_kind l <"$sw_out.list" | sw_number)
    sw_directories=$(sw_kind d <"$sw_out.list" | sw_number)
    sw_files=$(sw_number <"$sw_out.list.f")
    [ "$sw_files" -ge "$sw_least" ] || sw_problem few "$sw_files"
    sw_bytes=0
    [ ! -s "$sw_out.list.f" ] || sw_bytes=$(xargs -0 stat -c %s <"$sw_out.list.f" 2>/dev/null | awk '{ s += $1 } END { printf "%.0f", s }')
    # BusyBox tar takes no list: it can only store all there is.
    if [ -z "$sw_gnu" ]; then
      sw_left_out=no
      sw_all >"$sw_out.list.all" 2>/dev/null || :
      cmp -s "$sw_out.list" "$sw_out.list.all" || sw_problem tool "GNU tar"
      sw_left_out=yes
    fi
    if [ "$sw_try" = 1 ]; then
      # Beside tar: when nothing changed between the two states, both read the same.
      sw_hash "$sw_out.sums" &
      sw_summing=$!
      sw_pack "$sw_out" sw_tar "$@"
      wait "$sw_summing" || exit 1
      sw_summing=
    else
      sw_hash "$sw_out.sums"
      sw_pack "$sw_out" sw_tar "$@"
    fi
    sw_state "$sw_out.list.2"
    if cmp -s "$sw_out.list.1" "$sw_out.list.2"; then break; fi
    [ "$sw_try" = 2 ] || continue
    # Only what was the same before and after is known to be in the archive as it is in the list.
    sort "$sw_out.sums" >"$sw_out.list.before"
    sw_sums "$sw_out.list.sums"
    sort "$sw_out.list.sums" | comm -12 "$sw_out.list.before" - | sort -k 2 >"$sw_out.sums"
    sw_sealed=$(wc -l <"$sw_out.sums")
    sw_moved=$((sw_files - sw_sealed))
    sw_data changed "$sw_moved"
    sw_files=$((sw_sealed))
  done
  sw_digest=$(sha256sum <"$sw_out.sums")
  sw_fsync "$sw_out.sums"
  printf 'files\\t%s\\nbytes\\t%s\\nlinks\\t%s\\ndirectories\\t%s\\ndigest\\t%s\\nmoved\\t%s\\nend\\n' "$sw_files" "$sw_bytes" "$sw_links" "$sw_directories" "\${sw_digest%% *}" "$sw_moved" | sw_write "$sw_out.facts" || sw_problem files 1 "cannot write $sw_out.facts"
}
`
