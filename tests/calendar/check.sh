#!/usr/bin/env bash
# Checks the calendar of events with the libraries that calendar programs are built on: icalendar (PyPI) and ical.js
# (npm, Thunderbird's). Both must read from it what the JSON says, for the demo landscape and for hostile events.
#
#   tests/calendar/check.sh target/debug/clusterportal [SEED]
#
# Needs python 3.11 with venv, node 20, npm, and their registries. All else is in a temporary folder that goes away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -lt 1 || $# -gt 2 || ! -x $1 ]]; then
    echo "usage: $0 BINARY [SEED], as in $0 target/debug/clusterportal" >&2
    exit 2
fi
binary=$(realpath "$1")
seed=${2:-$RANDOM}
work=$(mktemp -d)
server=

finish() {
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check icalendar==7.3.2
cp "$here/package.json" "$here/read.mjs" "$work"
npm install --prefix "$work" --ignore-scripts --no-audit --no-fund --loglevel=error

unset CLUSTERPORTAL_PUBLIC_URL CLUSTERPORTAL_LOG_FORMAT
export DATABASE_URL=sqlite://$work/portal.db CLUSTERPORTAL_DATA_DIR=$work/keys CLUSTERPORTAL_LISTEN=127.0.0.1:0
export CLUSTERPORTAL_RATE_LIMIT=0 CLUSTERPORTAL_RATE_LIMIT_TOKEN=0
: >"$work/log"
RUST_LOG=info,access=off "$binary" serve --demo >"$work/log" 2>&1 </dev/null &
server=$!
url=
for _ in $(seq 600); do
    url=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$work/log" | head -n 1 || true)
    [[ -n $url ]] && curl --silent --fail --output "$work/ready" "$url/health/ready" && break
    kill -0 "$server" || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
token=$("$binary" token issue --role editor --subject calendar-check --expires 1h 2>>"$work/log")
"$work/venv/bin/python" "$here/check.py" "$url" "$token" "$seed" "$work/read.mjs"
