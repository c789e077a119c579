#!/usr/bin/env bash
# Brings Prometheus, promtool, Alertmanager, amtool and docker-compose (which checks a compose file without an engine)
# into DEST/bin, without docker and without starting a service.
#
#   scripts/fetch-stack.sh DEST
#
# What is on PATH is used where it is new enough. Otherwise Debian's packages of a newer suite are fetched with an apt
# configuration of their own, so that the machine's own package sources stay as they are, and unpacked below DEST.
# The mirror is the one that the machine's own sources name; where they name none (Ubuntu), DEBIAN_MIRROR does.
set -euo pipefail

PROMETHEUS_MINIMUM=3.5
ALERTMANAGER_MINIMUM=0.28
COMPOSE_MINIMUM=2.24
SUITE=forky
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
TEMPLATES=/usr/share/prometheus/alertmanager # the path that Debian's Alertmanager is built to read from

destination=$(realpath -m "${1:?usage: scripts/fetch-stack.sh DEST}")

say() { echo "fetch-stack: $*" >&2; }

die() {
    say "$*"
    say "Prometheus >= $PROMETHEUS_MINIMUM and Alertmanager >= $ALERTMANAGER_MINIMUM are needed (with promtool and" \
        "amtool), and docker-compose >= $COMPOSE_MINIMUM: put them on PATH and try again."
    exit 1
}

version_of() { "$1" --version 2>&1 | grep -oE 'version [0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1 | cut -d' ' -f2; }

new_enough() { # COMMAND MINIMUM
    local path
    path=$(command -v "$1") || return 1
    [ "$(printf '%s\n%s\n' "$2" "$(version_of "$path")" | sort -V | head -n 1)" = "$2" ]
}

complete() {
    new_enough prometheus $PROMETHEUS_MINIMUM && new_enough promtool $PROMETHEUS_MINIMUM &&
        new_enough alertmanager $ALERTMANAGER_MINIMUM && new_enough amtool $ALERTMANAGER_MINIMUM &&
        new_enough docker-compose $COMPOSE_MINIMUM
}

# Debian's Alertmanager reads its templates from a fixed path. A cache may outlive it: in a new container, say.
place_templates() {
    if [ -d "$destination/templates" ] && [ ! -e $TEMPLATES/default.tmpl ]; then
        mkdir -p $TEMPLATES 2>/dev/null && cp "$destination/templates"/*.tmpl $TEMPLATES/ ||
            die "Alertmanager's templates cannot be copied to $TEMPLATES: run this once as root."
    fi
}

export PATH="$destination/bin:$PATH"
if complete; then
    place_templates
    exit 0
fi
command -v apt-get >/dev/null || die "this is not Debian or Ubuntu: there is no apt-get."
[ "$(id -u)" = 0 ] || [ -e $TEMPLATES/default.tmpl ] ||
    die "Alertmanager's templates belong into $TEMPLATES, where only root can write: run this once as root."
[ -r $KEYRING ] || die "Debian's archive keyring ($KEYRING) is missing: apt-get install debian-archive-keyring."

named=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null || true)
mirror=${DEBIAN_MIRROR:-$(grep -E '/debian/?$' <<<"$named" | head -n 1 || true)}
[ -n "$mirror" ] || die "this machine's apt sources name no mirror of Debian: name one in DEBIAN_MIRROR."

mkdir -p "$destination"
work=$(mktemp -d "$destination/fetching.XXXXXX") # beside what it becomes, so that a move is one step
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial,packages,root}
echo "deb [signed-by=$KEYRING] $mirror $SUITE main" >"$work/sources.list"

apt() {
    (cd "$work/packages" && apt-get -qq \
        -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" \
        -o APT::Sandbox::User=root "$@")
}

say "fetching Prometheus, Alertmanager and docker-compose from Debian $SUITE (66 MB) ..."
apt update || die "the package lists of $SUITE could not be read."
apt download prometheus promtool prometheus-alertmanager docker-compose >/dev/null || die "the packages could not be fetched."
for package in "$work"/packages/*.deb; do
    dpkg-deb -x "$package" "$work/root"
done

mkdir -p "$work/bin"
for name in prometheus promtool amtool; do
    cp "$work/root/usr/bin/$name" "$work/bin/$name"
done
cp "$work/root/usr/bin/prometheus-alertmanager" "$work/bin/alertmanager"
cp "$work/root/usr/libexec/docker/cli-plugins/docker-compose" "$work/bin/docker-compose"

rm -rf "$destination/bin" "$destination/templates"
mv "$work/root$TEMPLATES" "$destination/templates"
mv "$work/bin" "$destination/bin" # a whole folder or none: an interrupted run leaves no half one
place_templates
complete || die "what was fetched does not run here, or is too old."
say "Prometheus $(version_of prometheus), Alertmanager $(version_of alertmanager)"
