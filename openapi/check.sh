#!/usr/bin/env bash
# Checks openapi.json: against the binary, by linters, by the clients that are generated from it. Fuzzes the server by it and
# by ogc.json.
#
#   openapi/check.sh target/debug/clusterportal
#
# Needs node 20, npm, python 3.11 with venv, their registries, and PostgreSQL. All else is in a temporary folder that goes away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -ne 1 || ! -x $1 ]]; then
    echo "usage: $0 BINARY, as in $0 target/debug/clusterportal" >&2
    exit 2
fi
binary=$(realpath "$1")
document=$here/openapi.json
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

headline() { echo "== $1"; }

headline "openapi.json is what the binary prints"
"$binary" openapi >"$work/printed.json"
if ! cmp "$work/printed.json" "$document"; then
    echo "build again: the binary has another one" >&2
    exit 1
fi

headline "install what is needed (npm, PyPI)"
cp "$here"/package*.json "$work"
cp -r "$here/clients" "$work/clients"
# None of the packages needs its install script; one of them only reports usage.
npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund --loglevel=error
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
export PATH=$work/venv/bin:$work/node_modules/.bin:$PATH

headline "lint: redocly"
REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true NODE_NO_WARNINGS=1 \
    redocly lint --config "$here/redocly.yaml" "$document"
headline "lint: spectral"
spectral lint --ruleset "$here/.spectral.yaml" --fail-severity=hint "$document"

headline "start the server"
unset CLUSTERPORTAL_PUBLIC_URL CLUSTERPORTAL_LOG_FORMAT
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
issue() { "$binary" token issue --role "$@" --subject check --expires 1h; }
TOKEN=$(issue admin)
EDITOR_TOKEN=$(issue editor)
CHAMBER_TOKEN=$(issue chamber --chamber ihk-suedlicher-oberrhein)
AUDITOR_TOKEN=$(issue auditor)
export TOKEN EDITOR_TOKEN CHAMBER_TOKEN AUDITOR_TOKEN

headline "examples, defaults and answers are valid against their schemas"
python "$here/validate.py" "$document" "$url"

headline "TypeScript: generate, compile, run"
cd "$work/clients/typescript"
# Not .d.ts, which the compiler could skip.
openapi-typescript "$document" --output schema.ts
tsc --project .
node out/use.js "$url"

headline "Python: generate, check types, run"
cd "$work/clients/python"
openapi-python-client generate --path "$document" --output-path client --meta none --config config.yml --fail-on-warning
mypy --config-file mypy.ini use.py
python use.py "$url"

if ! kill -0 "$server" 2>/dev/null; then
    echo "the server has died:" >&2
    tail -n 50 "$work/log" >&2
    exit 1
fi
headline "fuzz: schemathesis, on both databases"
"$here/fuzz/run.py" "$binary"
headline "all is well (${SECONDS} s)"
