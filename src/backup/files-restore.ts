// A packed store of files comes back: unpacked beside, compared with the live files, copied over them.
import { quote } from '../core/shell.ts'
import { placing } from './files-place.ts'
import { type StoreProps, storedName, unpackedName } from './files-store.ts'

export interface RestoreFilesProps {
  /** Packed archive. */
  readonly from: string
  /** Absolute path of an empty directory, or one to make. */
  readonly into: string
  /** Declared paths to unpack; all without it. */
  readonly only?: readonly string[]
  /** The `<out>.sums` of the dump, packed or not: every file it names must be there with its content. */
  readonly sums?: string
}

/** Unpacks, checks the sums, and writes `<into>.facts` of what is there: of the files that the sums name, and `moved`, how many others
 *  there are. A link that leads out of the directory is taken away and
 *  counted (sw_data `leaving COUNT`, and `left NAMES` of the first). Reports `filled PATH`, `refused NAME`, `sums TEXT`, `files CODE TEXT`, and those of sw_unpack. */
export function restoreFiles({ from, into, only = [], sums }: RestoreFilesProps): string {
  const members = only.map(path => `./${storedName(path)}`)
  return `(
sw_into=${quote(into)}
sw_from=${quote(from)}
mkdir -p "$sw_into" || sw_problem files 1 "cannot make $sw_into"
[ -z "$(ls -A "$sw_into")" ] || sw_problem filled "$sw_into"
sw_good=
rm -f "$sw_tmp/sums.saved"
trap '[ -n "$sw_good" ] || { cd /; rm -rf "$sw_into" "$sw_into.facts"; mkdir -p "$sw_into"; }' EXIT
${restoreLibrary}sw_names "$sw_from"
sw_untar "$sw_from" ${members.map(quote).join(' ')}
cd "$sw_into"
${sums === undefined ? '' : `sw_sums_of ${quote(sums)}\nsw_check "$sw_tmp/sums.saved" ${members.map(quote).join(' ')}\n`}sw_tree_facts >"$sw_into.facts"
sw_leaving
sw_good=yes
)
`
}

const restoreLibrary = `sw_untar_fail() { sw_problem files "$1" "$(tail -c 600 "$sw_tmp/files.said")"; }
# The whole list is read before anything is written.
sw_names() {
  sw_list() { tar -t -f - >"$sw_tmp/names" 2>"$sw_tmp/files.said"; }
  sw_rc=0
  sw_unpack "$1" sw_list || sw_rc=$?
  [ "$sw_rc" = 0 ] || sw_untar_fail "$sw_rc"
  if grep -q -e '^/' -e '^\\.\\./' -e '/\\.\\./' -e '/\\.\\.$' -e '^\\.\\.$' "$sw_tmp/names"; then
    sw_problem refused "$(grep -e '^/' -e '^\\.\\./' -e '/\\.\\./' -e '/\\.\\.$' -e '^\\.\\.$' "$sw_tmp/names" | head -n 1)"
  fi
}
# tar itself places links last, so that no name is written through one.
sw_untar() {
  sw_packed_from=$1
  shift
  case $(tar --version 2>/dev/null) in
  *GNU*) set -- --numeric-owner --acls --xattrs "$@" ;;
  *)
    # BusyBox takes no directory with what is in it: everything comes, and the rest goes again.
    sw_only=$*
    for sw_member in "$@"; do shift; set -- "$@" ! -path "$sw_member" ! -path "$sw_member/*"; done
    sw_extract() { tar -x -p -C "$sw_into" -f - 2>"$sw_tmp/files.said"; }
    sw_rc=0
    sw_unpack "$sw_packed_from" sw_extract || sw_rc=$?
    [ "$sw_rc" = 0 ] || sw_untar_fail "$sw_rc"
    if [ -n "$sw_only" ]; then
      (cd "$sw_into" && find . -mindepth 1 "$@" ! -type d -exec rm -f {} +) || sw_problem files 1 "cannot tidy $sw_into"
      (cd "$sw_into" && find . -mindepth 1 -depth "$@" -type d -exec rmdir {} + 2>/dev/null) || :
    fi
    return 0
    ;;
  esac
  sw_extract() { tar -x -p -C "$sw_into" -f - "$@" 2>"$sw_tmp/files.said"; }
  sw_rc=0
  sw_unpack "$sw_packed_from" sw_extract "$@" || sw_rc=$?
  [ "$sw_rc" = 0 ] || sw_untar_fail "$sw_rc"
}
sw_sums_of() {
  sw_keep() { cat >"$sw_tmp/sums.saved"; }
  sw_rc=0
  sw_unpack "$1" sw_keep || sw_rc=$?
  [ "$sw_rc" = 0 ] || sw_problem files "$sw_rc" "the list of sums cannot be read"
}
sw_check() { # SUMS MEMBER...
  sw_sums=$1
  shift
  if [ "$#" -gt 0 ]; then
    : >"$sw_tmp/sums"
    for sw_member in "$@"; do
      SW_MEMBER=$sw_member awk 'BEGIN { m = ENVIRON["SW_MEMBER"] } { p = substr($0, index($0, "  ") + 2); if (p == m || index(p, m "/") == 1) print }' "$sw_sums" >>"$sw_tmp/sums"
    done
    sw_sums=$sw_tmp/sums
  fi
  [ -s "$sw_sums" ] || return 0
  sha256sum -c "$sw_sums" >"$sw_tmp/checked" 2>&1 || sw_problem sums "$(grep -v ': OK$' "$sw_tmp/checked" | head -n 5)"
}
# Directories as the archive names them: tar also makes those above, which nobody saved.
sw_tree_facts() {
  find . -type f -print0 >"$sw_tmp/f"
  : >"$sw_tmp/f.sums"
  : >"$sw_tmp/f.sizes"
  if [ -s "$sw_tmp/f" ]; then
    xargs -0 sha256sum <"$sw_tmp/f" >"$sw_tmp/f.raw"
    sort -k 2 "$sw_tmp/f.raw" >"$sw_tmp/f.sums"
    xargs -0 stat -c %s <"$sw_tmp/f" >"$sw_tmp/f.sizes"
  fi
  sw_all=$(tr -cd '\\000' <"$sw_tmp/f" | wc -c | tr -d ' ')
  sw_promised=$sw_all
  if [ -e "$sw_tmp/sums.saved" ]; then
    # Others moved while they were saved: nothing was promised of them.
    sort "$sw_tmp/f.sums" >"$sw_tmp/f.sorted"
    sort "$sw_tmp/sums.saved" | comm -12 - "$sw_tmp/f.sorted" | sort -k 2 >"$sw_tmp/f.sums"
    sw_promised=$(wc -l <"$sw_tmp/f.sums" | tr -d ' ')
  fi
  sw_digest=$(sha256sum <"$sw_tmp/f.sums")
  printf 'files\\t%s\\nbytes\\t%s\\nlinks\\t%s\\ndirectories\\t%s\\ndigest\\t%s\\nmoved\\t%s\\nend\\n' "$sw_promised" "$(awk '{ s += $1 } END { printf "%.0f", s }' "$sw_tmp/f.sizes")" "$(find . -type l -print0 | tr -cd '\\000' | wc -c | tr -d ' ')" "$(grep -c '/$' "$sw_tmp/names" || :)" "\${sw_digest%% *}" "$((sw_all - sw_promised))"
}
sw_leaving() {
  sw_here=$(pwd -P)
  find . -type l -print0 >"$sw_tmp/l"
  # shellcheck disable=SC2016
  xargs -0 sh -c 'here=$0; for l do r=$(readlink -f "$l") || r=/; case $r/ in "$here"/*) continue ;; esac; rm -f "$l"; printf "%s\\n" "\${l#./}"; done' "$sw_here" <"$sw_tmp/l" >"$sw_tmp/left"
  sw_data leaving "$(wc -l <"$sw_tmp/left" | tr -d ' ')"
  [ ! -s "$sw_tmp/left" ] || sw_data left "$(head -n 5 "$sw_tmp/left" | tr '\\n' ' ')"
}
`

/** Prints `missing <path>` or `differs <path>` for each restored file of the declared paths that is not the live one. */
export function compareFiles(props: StoreProps & { readonly into: string }): string {
  return `${perFile(props)}sw_compare() {
  # shellcheck disable=SC2016
  xargs -0 sh -c 'for f do l=$0\${f#.}; if [ ! -f "$l" ]; then printf "missing %s\\n" "$l"; elif ! cmp -s "$f" "$l"; then printf "differs %s\\n" "$l"; fi; done' "$1"
}
sw_each sw_compare
`
}

/** Copies restored files over the live ones, each by rename; never a path of `protect` (absolute) or below one. Reports `led PATH`. */
export function copyBack(
  props: StoreProps & { readonly into: string; readonly protect: readonly string[] },
): string {
  return `${placing(props)}${perFile(props)}sw_copy_back() {
  # shellcheck disable=SC2016
  xargs -0 sh -c "$sw_placing"'
keep=$2; base=$3; into=$(pwd)
shift 3
for f do
  l=$base\${f#.}
  r=$(readlink -f "\${l%/*}" 2>/dev/null || printf %s "\${l%/*}")/\${l##*/}
  skip=
  while IFS= read -r k; do [ -n "$k" ] || continue; case $l/ in "$k"/*) skip=yes ;; esac; case $r/ in "$k"/*) skip=yes ;; esac; done <"$keep"
  [ -n "$skip" ] || sw_place "$into/$f" "$l" || exit 255
done' "$sw_tmp" - "$sw_tmp/keep" "$1" || sw_not_placed "$1"
}
printf '%s\\n' ${props.protect.map(quote).join(' ')} >"$sw_tmp/keep"
sw_each sw_copy_back
`
}

/** Defines sw_each WORD: calls WORD BASE with the names of the files, where BASE/<name> is the live one. */
function perFile({ root, paths, into }: StoreProps & { readonly into: string }): string {
  const lines = paths.map(
    path => `  sw_one "$1" ${quote(path.startsWith('/') ? '' : root)} ${quote(unpackedName(path))}`,
  )
  return `sw_one() {
  [ -e "$3" ] || [ -L "$3" ] || return 0
  find "$3" -type f -print0 >"$sw_tmp/each"
  "$1" "$2" <"$sw_tmp/each"
}
sw_each() {
  cd ${quote(into)}
${lines.join('\n')}
}
`
}
