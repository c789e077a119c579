#!/usr/bin/env bash
# Installs Chromium for the tests of the status page where there is no browser of its kind yet.
#
#   scripts/fetch-browser.sh
#
# It fails never: where no browser can be had it says why, and the tests that need one are skipped.
# CHROMIUM names another one.
set -euo pipefail

say() { echo "fetch-browser: $*" >&2; }

without() {
    say "$*; the tests of the status page in a browser are skipped."
    exit 0
}

for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    # Ubuntu's chromium-browser is a script that asks for a snap: it has no version to tell
    if [ -n "$name" ] && command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1; then exit 0; fi
done

command -v apt-get >/dev/null || without "this is not Debian: there is no apt-get"
[ "$(id -u)" = 0 ] || without "only root can install Chromium (apt-get install chromium)"

say "installing Chromium (about 100 MB) ..."
apt-get -qq update || true # a source of somebody else's that fails is no reason to stop
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null ||
    without "Chromium could not be installed"
chromium --version >/dev/null 2>&1 || without "what apt calls chromium is no browser here (Ubuntu has it as a snap)"
say "$(chromium --version)"
