#!/bin/sh
# Options alone mean redis-server; root owns a fresh volume only until the server, as its own user, takes it over.
set -e

case "${1:-}" in
  -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . ! -user redis -exec chown redis {} +
  exec setpriv --reuid=redis --regid=redis --clear-groups "$0" "$@"
fi

# The container's network is the boundary here, as in the official image.
[ "$1" = redis-server ] && set -- "$@" --protected-mode no
exec "$@"
