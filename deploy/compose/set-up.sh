#!/bin/sh
# Makes what the stack needs before it starts: secrets, and volumes that belong to who writes to them. A secret that is not in /given, and has
# not been made before, is random; each process finds its own in a volume that no other one has. Runs to its end at every `up`.
set -eu
umask 077
redis=/secrets/redis queue=/secrets/queue gateway=/secrets/gateway grafana=/secrets/grafana

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# keep FILE NAME: FILE holds what the operator has put into deploy/secrets/NAME, else what it held, else something random.
keep() {
  if [ -s "/given/$2" ]; then tr -d '\r\n' < "/given/$2" > "$1.new"
  elif [ -s "$1" ]; then return
  else random > "$1.new"
  fi
  mv "$1.new" "$1"
}

# give DIRECTORY UID: its files can be read by that user alone.
give() {
  chown -R "$2:$2" "$1"
  chmod 0500 "$1"
  chmod 0400 "$1"/*
}

keep $redis/password redis-password
if tr -d 'A-Za-z0-9_-' < $redis/password | grep -q .; then
  echo 'deploy/secrets/redis-password: only letters, digits, - and _, for it is part of an address' >&2
  exit 1
fi
printf 'requirepass %s\n' "$(cat $redis/password)" > $redis/redis.conf
printf '%s' "${REDIS_URL:-redis://:$(cat $redis/password)@redis:6379}" > $queue/redis-url

keep $gateway/admin-key admin-key
printf 'operator:%s' "$(sha256sum < $gateway/admin-key | cut -d' ' -f1)" > $gateway/admin-keys
if [ -s /given/api-keys ]; then cat /given/api-keys; else printf '%s' "${API_KEYS:-}"; fi > $gateway/api-keys

keep $grafana/admin-password grafana-password

give $redis 999
give $queue 1000
give $gateway 1000
give $grafana 472
# Data that an earlier image has written as another user.
find /data ! -user 999 -exec chown 999:999 {} +
