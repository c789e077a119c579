#!/usr/bin/env bash
# Brings Azurite, Microsoft's own stand-in for Azure's storage, into DEST/bin for the tests of feeds of objects.
#
#   scripts/fetch-azurite.sh DEST
#
# What is on PATH is used. Otherwise it is installed below DEST with the machine's npm; nothing of it runs meanwhile.
# It fails never: where it cannot be had it says why, and the tests that need it are skipped.
set -euo pipefail

version=3.35.0 # the last one for Node.js 20 and older
destination=$(realpath -m "${1:?usage: scripts/fetch-azurite.sh DEST}")

say() { echo "fetch-azurite: $*" >&2; }

without() {
    say "$*; the tests with objects in Azure are skipped."
    exit 0
}

export PATH="$destination/bin:$PATH"
command -v azurite-blob >/dev/null && azurite-blob --version >/dev/null 2>&1 && exit 0
command -v npm >/dev/null || without "there is no npm"

mkdir -p "$destination/bin"
work=$(mktemp -d "$destination/fetching.XXXXXX")
trap 'rm -rf "$work"' EXIT
say "installing Azurite $version (190 MB) ..."
npm install --prefix "$work" --ignore-scripts --no-audit --no-fund --no-update-notifier --silent "azurite@$version" >/dev/null ||
    without "npm could not install it"
rm -rf "$destination/azurite"
mv "$work" "$destination/azurite"
printf '#!/bin/sh\nexec %s "$@"\n' "$destination/azurite/node_modules/.bin/azurite-blob" >"$destination/bin/azurite-blob"
chmod +x "$destination/bin/azurite-blob"
azurite-blob --version >/dev/null 2>&1 || { rm "$destination/bin/azurite-blob"; without "what was installed does not run here"; }
say "$(azurite-blob --version)"
