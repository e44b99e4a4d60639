# docker when it answers, else podman: the order in which Stellwerk looks for them.
engine=docker
docker info >/dev/null 2>&1 || engine=podman
