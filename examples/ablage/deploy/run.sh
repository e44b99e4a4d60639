#!/bin/sh
# "docker-compose run --rm backend ...": a command in the image of this release, with the settings and the network of the backend.
set -eu
. deploy/engine.sh
id=$(sed -n 's/^backend //p' images.lock)
exec "$engine" run --rm --network host --env-file .env "$id" "$@"
