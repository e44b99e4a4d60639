#!/bin/sh
# "docker-compose build": the image of this commit. images.lock names it by its id, which no tag can move; image.tar brings it to a
# host without a registry.
set -eu
. deploy/engine.sh
case $(cat build-id) in
  *[!0-9a-f]*)
    echo "build-id names no commit: this is a working tree, and nobody could tell what its image holds" >&2
    exit 1
    ;;
esac
note=$(mktemp)
trap 'rm -f "$note"' EXIT
"$engine" build --iidfile "$note" .
id=$(cat "$note")
"$engine" save --output image.tar "$id"
printf 'backend %s\nworker %s\n' "$id" "$id" >images.lock
