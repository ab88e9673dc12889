#!/usr/bin/env bash
# Reads /ogc with the clients that people use: GDAL and OWSLib. Checks the definition against OpenAPI 3.0.
#
#   tests/ogc/check.sh target/debug/clusterportal
#
# Needs ogrinfo and ogr2ogr (installed here on Debian when they are missing), python 3.11 with venv, and PyPI. All else is
# in a temporary folder that goes away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -ne 1 || ! -x $1 ]]; then
    echo "usage: $0 BINARY, as in $0 target/debug/clusterportal" >&2
    exit 2
fi
binary=$(realpath "$1")
if ! command -v ogrinfo >/dev/null || ! command -v ogr2ogr >/dev/null; then
    as_root=()
    [[ $(id -u) -eq 0 ]] || as_root=(sudo -n)
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -qq && apt-get install -y -qq --no-install-recommends gdal-bin' >/dev/null 2>&1; then
        echo "$0: install GDAL's programs (Debian: apt-get install gdal-bin)" >&2
        exit 1
    fi
fi

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

echo "== install OWSLib and a validator (PyPI)"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"

# Below a path, as behind a proxy: clients follow the links that they find.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port/cluster
env -C "$work" DATABASE_URL="sqlite://$work/portal.db" CLUSTERPORTAL_DATA_DIR="$work/keys" RUST_LOG=warn \
    CLUSTERPORTAL_LISTEN="127.0.0.1:$port" CLUSTERPORTAL_PUBLIC_URL="$url" \
    CLUSTERPORTAL_RATE_LIMIT=0 CLUSTERPORTAL_RATE_LIMIT_TOKEN=0 \
    "$binary" serve --demo &
server=$!
for _ in {1..300}; do
    if curl -sf "$url/health/ready" >/dev/null || ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
done
env -C "$work" "$work/venv/bin/python" "$here/clients.py" "$url"
echo "== all is well"
