#!/bin/sh
# Takes the stack off the swarm: deploy/swarm/remove.sh [STACK]. Workers first, for they remove their sandboxes, and need the proxies to do so.
# The data of Redis and the secrets stay.
set -eu
stack=${1:-gantry}

docker service scale --detach=false "${stack}_worker=0"
until [ -z "$(docker service ps --quiet --filter desired-state=running "${stack}_worker")" ] &&
  [ -z "$(docker ps --quiet --filter "label=com.docker.swarm.service.name=${stack}_worker")" ]; do
  sleep 1
done
docker stack rm "$stack"
