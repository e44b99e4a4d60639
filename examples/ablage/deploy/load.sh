#!/bin/sh
# "docker-compose pull", without a registry: the image that came with the release. images.lock must name one that is here afterwards.
set -eu
. deploy/engine.sh
"$engine" load --quiet --input image.tar
while read -r _ id; do "$engine" image inspect --format '{{.Id}}' "$id"; done <images.lock
