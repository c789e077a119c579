#!/usr/bin/env bash
# Makes the virtual environment .venv with this package and what its extras need. Does nothing where it is up to date.
#
#   scripts/make-venv.sh VENV EXTRAS        for example: scripts/make-venv.sh .venv demo,dev
set -euo pipefail

venv=${1:?usage: scripts/make-venv.sh VENV EXTRAS}
extras=${2:?usage: scripts/make-venv.sh VENV EXTRAS}
stamp="$venv/.made-from"
wanted="$extras $(pwd) $(cksum <pyproject.toml)" # the folder too: an environment does not survive being moved

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "make-venv: Python 3.11 or newer is needed; $python is $("$python" --version 2>&1)" >&2
    exit 1
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian keeps these two modules in a package of their own
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "make-venv: installing python3-venv ..." >&2
        apt-get -qq update || true # a source of somebody else's that fails is no reason to stop
        DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3-venv >/dev/null
    else
        echo "make-venv: $python has no venv; install it (Debian: apt-get install python3-venv)" >&2
        exit 1
    fi
fi

echo "make-venv: installing into $venv ..." >&2
if [ -f "$stamp" ] && ! head -n 3 "$venv/bin/pip" 2>/dev/null | grep -qF "$(realpath "$venv")/"; then
    "$python" -m venv --clear "$venv" # made by this script, and moved since: its commands point to where it was
elif ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv "$venv" # new, or left half-made by an interrupted run
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade pip
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[$extras]"
echo "$wanted" >"$stamp"
