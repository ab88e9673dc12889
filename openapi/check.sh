#!/usr/bin/env bash
# Checks openapi.json: against the binary, by linters, by the clients that are generated from it. Fuzzes the server by it and
# by ogc.json.
#
#   openapi/check.sh target/debug/clusterportal
#
# Needs node 20, npm, python 3.11 with venv, their registries, and PostgreSQL. All else is in a temporary folder that goes away.
set -euo pipefail

# shellcheck source=tests/preamble.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tests/preamble.sh"
begin "" "$@"
document=$here/openapi.json

headline() { echo "== $1"; }

headline "openapi.json is what the binary prints"
"$binary" openapi >"$work/printed.json"
cmp "$work/printed.json" "$document" || fail "build again: the binary has another one"

headline "install what is needed (npm, PyPI)"
install_from_npm "$here"/package*.json
install_from_pypi -r "$here/requirements.txt"
cp -r "$here/clients" "$work/clients"

headline "lint: redocly"
REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true NODE_NO_WARNINGS=1 \
    redocly lint --config "$here/redocly.yaml" "$document"
headline "lint: spectral"
spectral lint --ruleset "$here/.spectral.yaml" --fail-severity=hint "$document"

headline "start the server"
lift_rate_limits
start_server --demo
issue() { issue_token --expires 1h --role "$@"; }
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

kill -0 "$server" || fail "the server has died"
headline "fuzz: schemathesis, on both databases"
"$here/fuzz/run.py" "$binary"
headline "all is well (${SECONDS} s)"
