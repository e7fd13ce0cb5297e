#!/bin/sh
# Runs the worker as `node`, with the group of the Docker socket and nothing else that root has.
set -eu
socket=/var/run/docker.sock
if [ "$(id -u)" != 0 ]; then exec "$@"; fi
groups=$(id -g node)
if [ -S "$socket" ]; then groups="$groups,$(stat -c %g "$socket")"; fi
exec setpriv --reuid=node --regid=node --groups="$groups" --inh-caps=-all --no-new-privs "$@"
