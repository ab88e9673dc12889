#!/usr/bin/env bash
# Checks tokens of a foreign identity provider with a certified one, oidc-provider (npm): metadata, access tokens with
# the claims of Keycloak, rotated keys, a provider that is down, and tokens that must be refused.
#
#   tests/oidc/check.sh target/debug/clusterportal
#
# Needs node 20, npm, and its registry. All else is in a temporary folder that goes away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -ne 1 || ! -x $1 ]]; then
    echo "usage: $0 BINARY, as in $0 target/debug/clusterportal" >&2
    exit 2
fi
binary=$(realpath "$1")
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

cp "$here"/package.json "$here"/*.mjs "$work"
npm install --prefix "$work" --ignore-scripts --no-audit --no-fund --loglevel=error

# A port that is free, and stays so while the provider is down.
port=$(node --eval 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); });')
unset CLUSTERPORTAL_PUBLIC_URL CLUSTERPORTAL_LOG_FORMAT
export DATABASE_URL=sqlite://$work/portal.db CLUSTERPORTAL_DATA_DIR=$work/keys CLUSTERPORTAL_LISTEN=127.0.0.1:0
export CLUSTERPORTAL_OIDC_ISSUER=http://127.0.0.1:$port CLUSTERPORTAL_OIDC_AUDIENCE=clusterportal
export CLUSTERPORTAL_OIDC_ROLE_CLAIM=/realm_access/roles
: >"$work/log"
RUST_LOG=info,access=off "$binary" serve >"$work/log" 2>&1 </dev/null &
server=$!
url=
for _ in $(seq 600); do
    url=$(grep -oE 'the API is at http://127\.0\.0\.1:[0-9]+' "$work/log" | grep -oE 'http.*' || true)
    [[ -n $url ]] && curl --silent --fail --output "$work/ready" "$url/health/ready" && break
    kill -0 "$server" || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
token=$("$binary" token issue --role editor --subject oidc-check --expires 1h 2>>"$work/log")
node "$work/check.mjs" "$url" "$port" "$token" || { cat "$work/log" >&2; exit 1; }
# Tokens are never logged.
if grep -E 'eyJ[A-Za-z0-9_-]{10}' "$work/log"; then
    echo "the log has a token" >&2
    exit 1
fi
