#!/usr/bin/env bash
# Reads the catalogue, the vocabularies and the records of the demo with RDF libraries, and validates the catalogue.
#
#   tests/linked-data/check.sh target/debug/clusterportal [SHAPES]
#
# SHAPES is a folder with SHACL shapes of DCAT-AP (*.ttl). Without it, the catalogue is read but not validated.
# Needs python 3.11 with venv, and PyPI. All else is in a temporary folder that goes away.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
begin "[SHAPES]" "$@"
shapes=${2:-}
lift_rate_limits

echo "== install what is needed (PyPI)"
install_from_pypi -r "$here/requirements.txt"

echo "== start the server"
start_server --demo

echo "== the catalogue"
python "$here/catalog.py" "$url" ${shapes:+"$shapes"}
echo "== the vocabularies"
python "$here/vocabularies.py" "$url"
echo "== the records"
python "$here/records.py" "$url"

kill -0 "$server" 2>/dev/null || fail "the server has died"
echo "== all is well (${SECONDS} s)"
