#!/usr/bin/env bash
# Brings a Redis server into DEST/bin for the tests of its feed, without installing or starting a service.
#
#   scripts/fetch-redis.sh DEST
#
# What is on PATH is used. Otherwise the packages of the machine's own Debian or Ubuntu are fetched and unpacked below DEST.
# It fails never: where none can be had it says why, and the tests that need one are skipped.
set -euo pipefail

destination=$(realpath -m "${1:?usage: scripts/fetch-redis.sh DEST}")

say() { echo "fetch-redis: $*" >&2; }

without() {
    say "$*; the tests of the feed of Redis are skipped."
    exit 0
}

export PATH="$destination/bin:$PATH"
command -v redis-server >/dev/null && redis-server --version >/dev/null 2>&1 && exit 0
command -v apt-get >/dev/null || without "this is not Debian: there is no apt-get"

mkdir -p "$destination/bin"
work=$(mktemp -d "$destination/fetching.XXXXXX")
trap 'rm -rf "$work"' EXIT
say "fetching Redis (2 MB) ..."
[ "$(id -u)" != 0 ] || apt-get -qq update || true # a source of somebody else's that fails is no reason to stop
(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download redis-server redis-tools liblzf1 libjemalloc2 libatomic1 >/dev/null) ||
    without "its packages could not be fetched"
for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$work/root"
done
rm -rf "$destination/redis"
mv "$work/root" "$destination/redis"
libraries=$(dirname "$(find "$destination/redis" -name 'libjemalloc.so.2' | head -n 1)")
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$libraries" "$destination/redis/usr/bin/redis-server" \
    >"$destination/bin/redis-server"
chmod +x "$destination/bin/redis-server"
redis-server --version >/dev/null 2>&1 || { rm "$destination/bin/redis-server"; without "what was fetched does not run here"; }
say "$(redis-server --version | grep -oE 'v=[0-9.]+')"
