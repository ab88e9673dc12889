#!/usr/bin/env bash
# Opens the pages in a real browser, and fails if one does not render or breaks its Content Security Policy.
#
#   tests/browser/check.sh target/debug/clusterportal
#
# Needs chromium (installed here on Debian when it is missing) and curl. All else is in a temporary folder that goes away.
set -euo pipefail

if [[ $# -ne 1 || ! -x $1 ]]; then
    echo "usage: $0 BINARY, as in $0 target/debug/clusterportal" >&2
    exit 2
fi
binary=$(realpath "$1")
if ! command -v chromium >/dev/null; then
    as_root=()
    [[ $(id -u) -eq 0 ]] || as_root=(sudo -n)
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium' >/dev/null 2>&1; then
        echo "$0: install chromium (Debian: apt-get install chromium)" >&2
        exit 1
    fi
fi

work=$(mktemp -d)
server=
finish() {
    if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

: >"$work/log"
env -C "$work" DATABASE_URL="sqlite://$work/check.db" CLUSTERPORTAL_DATA_DIR="$work/keys" RUST_LOG=info,access=off \
    CLUSTERPORTAL_LISTEN=127.0.0.1:0 "$binary" serve --demo >"$work/log" 2>&1 &
server=$!
url=
for _ in $(seq 300); do
    url=$(sed -n 's/.*cli\] listening on \([0-9.:]*\)$/http:\/\/\1/p' "$work/log")
    if [[ -n $url ]]; then break; fi
    sleep 0.1
done

# Opens a page, and looks for a text in what its scripts made of it.
check() {
    local path=$1 expected=$2
    echo "== $path"
    timeout 120 chromium --headless=new --no-sandbox --disable-gpu --enable-logging=stderr --user-data-dir="$work/browser" \
        --virtual-time-budget=20000 --dump-dom "$url$path" >"$work/page" 2>"$work/console"
    if ! grep -q "$expected" "$work/page"; then
        echo "$0: '$expected' is not on the page" >&2
        exit 1
    fi
    if grep -E 'CONSOLE.*(Content Security Policy|Refused|Uncaught|Error)' "$work/console"; then exit 1; fi
}

check /docs/ 'opblock-tag'
check '/ogc/?f=html' 'Cluster landscape'
check '/ogc/api?f=html' 'Definition of this API'
check '/ogc/collections/initiatives/items?f=html' '<svg'
echo "== all is well"
