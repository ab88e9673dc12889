#!/usr/bin/env bash
# Checks tokens of a foreign identity provider with a certified one, oidc-provider (npm): metadata, access tokens with
# the claims of Keycloak, rotated keys, a provider that is down, and tokens that must be refused.
#
#   tests/oidc/check.sh target/debug/clusterportal
#
# Needs node 20, npm with its registry, and python 3. All else is in a temporary folder that goes away.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
begin "" "$@"

install_from_npm "$here"/package.json "$here"/*.mjs

# A port that is free, and stays so while the provider is down.
port=$(free_port)
export CLUSTERPORTAL_OIDC_ISSUER=http://127.0.0.1:$port CLUSTERPORTAL_OIDC_AUDIENCE=clusterportal
export CLUSTERPORTAL_OIDC_ROLE_CLAIM=/realm_access/roles
start_server
token=$(issue_token --role editor --expires 1h)
node "$work/check.mjs" "$url" "$port" "$token" || fail "a token was not taken as promised"
# Tokens are never logged.
if grep -E 'eyJ[A-Za-z0-9_-]{10}' "$work/server.log"; then fail "the log has a token"; fi
