#!/usr/bin/env bash
# Reads the catalogue, the vocabularies and the records of the demo with RDF libraries, and validates the catalogue.
#
#   tests/linked-data/check.sh target/debug/clusterportal [SHAPES]
#
# SHAPES is a folder with SHACL shapes of DCAT-AP (*.ttl). Without it, the catalogue is read but not validated.
# Needs python 3.11 with venv, and PyPI. All else is in a temporary folder that goes away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -lt 1 || $# -gt 2 || ! -x $1 ]]; then
    echo "usage: $0 BINARY [SHAPES], as in $0 target/debug/clusterportal" >&2
    exit 2
fi
binary=$(realpath "$1")
shapes=${2:-}
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

echo "== install what is needed (PyPI)"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"

echo "== start the server"
unset "${!CLUSTERPORTAL_@}"
export DATABASE_URL=sqlite://$work/portal.db CLUSTERPORTAL_DATA_DIR=$work/keys CLUSTERPORTAL_LISTEN=127.0.0.1:0
export CLUSTERPORTAL_RATE_LIMIT=0 CLUSTERPORTAL_RATE_LIMIT_TOKEN=0
: >"$work/log"
RUST_LOG=info,access=off "$binary" serve --demo >"$work/log" 2>&1 </dev/null &
server=$!
url=
for _ in {1..300}; do
    url=$(sed -n 's/.*listening on \([0-9.:]*\)$/http:\/\/\1/p' "$work/log")
    if [[ -n $url ]] || ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
done
if [[ -z $url ]]; then
    echo "the server did not start:" >&2
    cat "$work/log" >&2
    exit 1
fi

echo "== the catalogue"
"$work/venv/bin/python" "$here/catalog.py" "$url" ${shapes:+"$shapes"}
echo "== the vocabularies"
"$work/venv/bin/python" "$here/vocabularies.py" "$url"
echo "== the records"
"$work/venv/bin/python" "$here/records.py" "$url"

if ! kill -0 "$server" 2>/dev/null; then
    echo "the server has died:" >&2
    tail -n 50 "$work/log" >&2
    exit 1
fi
echo "== all is well (${SECONDS} s)"
