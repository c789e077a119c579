#!/bin/sh
# Who is told of what, checked by Alertmanager's own tool: sh alertmanager/tests/routes.sh
# Made by `ml-exporter bundle` from monitoring.yml; a change by hand is lost when it is made again.
set -eu
file="$(dirname "$0")/../alertmanager.yml"
told() {
    receivers=$1
    shift
    found=$(amtool config routes test --config.file="$file" --verify.receivers="$receivers" "$@" 2>&1) ||
        { echo "$* should be told to $receivers: $found" >&2; exit 1; }
}
told nobody alertname=Watchdog severity=none
told ml-team severity=critical
told ml-team severity=warning
told nobody severity=info
echo "4 routes are as expected"
