// How a file comes to its live place. The app's user may write there, and what root writes must not follow a link of theirs: each part
// of the way below a declared path is entered and looked at, and what is made is made in a directory that nobody else can enter.
import { quote } from '../core/shell.ts'
import { type StoreProps, storedName } from './files-store.ts'

/** Defines sw_enter LIVE, sw_place SOURCE LIVE (a directory comes without what is in it), sw_not_placed BASE, which reports `led PATH`
 *  or `files CODE TEXT`, and $sw_placing, the first two for a shell of its own: its $0 is $sw_tmp. */
export function placing({ root, paths }: Pick<StoreProps, 'root' | 'paths'>): string {
  const live = paths.map(path => {
    const name = storedName(path)
    const base = path.startsWith('/') ? '' : root
    return name === '.' ? base || '/' : `${base}/${name}`
  })
  return `printf '%s\\n' ${live.map(quote).join(' ')} >"$sw_tmp/declared"
rm -f "$sw_tmp/led"
sw_placing=${quote(`sw_tmp=$0\n${library}`)}
${library}sw_not_placed() {
  [ ! -s "$sw_tmp/led" ] || sw_problem led "$(cat "$sw_tmp/led")"
  sw_problem files 1 "cannot write below $1"
}
`
}

// A declared path itself may be a link: it is people who named it. Of several the longest counts.
const library = `sw_led() { printf '%s\\n' "$1" >"$sw_tmp/led"; return 2; }
sw_enter() {
  sw_top=
  sw_below=$1
  while IFS= read -r sw_k; do
    [ "$sw_k" != "$1" ] || { sw_top=; break; }
    case $1 in "\${sw_k%/}"/*) if [ "\${#sw_k}" -gt "\${#sw_top}" ]; then sw_top=$sw_k; sw_below=\${1#"\${sw_k%/}"/}; fi ;; esac
  done <"$sw_tmp/declared"
  if [ -z "$sw_top" ]; then sw_top=\${1%/*}/ sw_below=\${1##*/}; fi
  mkdir -p "$sw_top" && cd -P "$sw_top" && sw_at=$(readlink -f .) || return 1
  while :; do
    case $sw_below in */*) ;; *) return 0 ;; esac
    sw_part=\${sw_below%%/*}
    sw_below=\${sw_below#*/}
    sw_at=\${sw_at%/}/$sw_part
    [ ! -L "./$sw_part" ] || { sw_led "$sw_at"; return; }
    [ -d "./$sw_part" ] || mkdir "./$sw_part" || return 1
    cd -P "./$sw_part" || return 1
    # It may have changed since: only where we are is certain.
    [ "$(readlink -f .)" = "$sw_at" ] || { sw_led "$sw_at"; return; }
  done
}
sw_place() (
  sw_enter "$2" || exit
  sw_room=$(mktemp -d ./.stw-XXXXXX) || exit 1
  cd -P "$sw_room" && [ -O . ] || exit 1
  if [ -d "$1" ] && [ ! -L "$1" ]; then
    mkdir it && chmod "$(stat -c %a "$1")" it && { [ "$(id -u)" != 0 ] || chown "$(stat -c %u:%g "$1")" it; }
  else
    cp -p -P "$1" it
  fi && mv -f -T it "../\${2##*/}"
  sw_rc=$?
  rm -rf it
  cd .. && rmdir "$sw_room"
  exit "$sw_rc"
)
`
