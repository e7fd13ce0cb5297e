#!/bin/sh
# Deploys stack.yml on the swarm whose manager this docker client talks to; again after a change, to roll it out.
#
#   deploy/swarm/deploy.sh [STACK]      STACK: gantry
#
# RESOLVE_IMAGE=never where no registry can be reached: the nodes then use the images that they have.
# Makes the secrets that the swarm does not have: the password of Redis, a key for the API, one for operators. Keys are told once, here.
set -eu
stack=${1:-gantry}
directory=$(cd "$(dirname "$0")" && pwd)

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
sha256() { printf %s "$1" | sha256sum | cut -d' ' -f1; }
has() { docker secret inspect "$1" > /dev/null 2>&1; }
create() { docker secret create "$1" - > /dev/null; }

if [ "$(docker info --format '{{.Swarm.ControlAvailable}}')" != true ]; then
  echo 'This engine is not the manager of a swarm: docker swarm init' >&2
  exit 1
fi
if [ -z "$(docker node ls --quiet --filter node.label=gantry.redis=true)" ]; then
  echo 'No node is labelled to keep the data of Redis: docker node update --label-add gantry.redis=true NODE' >&2
  exit 1
fi

if ! has gantry_redis_conf || ! has gantry_redis_url; then
  password=$(random)
  docker secret rm gantry_redis_conf gantry_redis_url > /dev/null 2>&1 || true
  printf 'requirepass %s\n' "$password" | create gantry_redis_conf
  printf 'redis://:%s@redis:6379' "$password" | create gantry_redis_url
fi
if ! has gantry_api_keys; then
  key=$(random)
  printf 'default:%s' "$(sha256 "$key")" | create gantry_api_keys
  echo "API key: $key"
fi
if ! has gantry_admin_keys; then
  key=$(random)
  printf 'operator:%s' "$(sha256 "$key")" | create gantry_admin_keys
  echo "admin key: $key"
fi

docker stack deploy --resolve-image "${RESOLVE_IMAGE:-always}" --compose-file "$directory/stack.yml" "$stack"
