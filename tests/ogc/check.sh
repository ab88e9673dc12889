#!/usr/bin/env bash
# Reads /ogc with the clients that people use: GDAL and OWSLib. Checks the definition against OpenAPI 3.0.
#
#   tests/ogc/check.sh target/debug/clusterportal
#
# Needs ogrinfo and ogr2ogr (installed here on Debian when they are missing), python 3.11 with venv, and PyPI. All else is
# in a temporary folder that goes away.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
begin "" "$@"
require_program ogrinfo gdal-bin
require_program ogr2ogr gdal-bin
lift_rate_limits

echo "== install OWSLib and a validator (PyPI)"
install_from_pypi -r "$here/requirements.txt"

# Below a path, as behind a proxy: clients follow the links that they find.
port=$(free_port)
export CLUSTERPORTAL_LISTEN=127.0.0.1:$port CLUSTERPORTAL_PUBLIC_URL=http://127.0.0.1:$port/cluster
start_server --demo
env -C "$work" python "$here/clients.py" "$url" || fail "a client reads something else"
echo "== all is well"
