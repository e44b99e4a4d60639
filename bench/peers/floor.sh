#!/usr/bin/env bash
# The least that a careful person would write by hand: on each host one connection, one rsync against the release that is
# live, and two scripts that lock, prove every file, link what is shared, switch by rename(2) and remove old releases.
#   SSH_CONFIG=file ROOT=/srv/app floor.sh deploy TREE RELEASE HOST...
#   SSH_CONFIG=file ROOT=/srv/app floor.sh rollback HOST...
set -euo pipefail

verb=$1
shift
if [ "$verb" = deploy ]; then tree=$1 release=$2; shift 2; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

prepare="set -eu
mkdir -p '$ROOT/releases'
cd '$ROOT'
mkdir lock
[ ! -e current ] || readlink current"

finish() { cat <<SCRIPT
set -eu
cd '$ROOT/releases/$release'
sha256sum --quiet -c SHA256SUMS
for each in storage log uploads .env secret.key; do ln -s "../../shared/\$each" "\$each"; done
: >.ready
cd '$ROOT'
ln -s 'releases/$release' .current.new
mv -fT .current.new current
[ "\$(readlink current)" = 'releases/$release' ]
for each in releases/*; do [ -e "\$each/.ready" ] || rm -rf "\$each"; done
ls -d releases/*/ | sort | head -n -5 | xargs -r rm -rf
rmdir lock
SCRIPT
}

back="set -eu
cd '$ROOT'
mkdir lock
now=\$(readlink current)
target=\$(ls releases/*/.ready | sort | grep -B 1 -x \"\$now/.ready\" | head -n 1)
target=\${target%/.ready}
[ \"\$target\" != \"\$now\" ]
(cd \"\$target\"; sha256sum --quiet -c SHA256SUMS)
ln -s \"\$target\" .current.new
mv -fT .current.new current
[ \"\$(readlink current)\" = \"\$target\" ]
rm \"\$now/.ready\"
rmdir lock"

one() {
  local host=$1 socket=$work/$1 base
  local ssh=(ssh -F "$SSH_CONFIG" -S "$socket" -o BatchMode=yes)
  "${ssh[@]}" -M -N -f -o ControlPersist=60 "$host"
  if [ "$verb" = deploy ]; then
    base=$("${ssh[@]}" "$host" "$prepare")
    rsync -az --delete -e "${ssh[*]}" ${base:+--link-dest="$ROOT/$base"} "$tree/" "$host:$ROOT/releases/$release/"
    "${ssh[@]}" "$host" "$(finish)"
  else
    "${ssh[@]}" "$host" "$back"
  fi
  "${ssh[@]}" -O exit "$host" 2>/dev/null
}

children=()
for host in "$@"; do
  one "$host" &
  children+=($!)
done
for child in "${children[@]}"; do wait "$child"; done
