#!/usr/bin/env bash
# Opens the pages in a real browser, and fails if one does not render or breaks its Content Security Policy.
#
#   tests/browser/check.sh target/debug/clusterportal
#
# Needs chromium (installed here on Debian when it is missing) and curl. All else is in a temporary folder that goes away.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
begin "" "$@"
require_program chromium chromium

start_server --demo

# Opens a page, and looks for a text in what its scripts made of it.
check() {
    local path=$1 expected=$2
    echo "== $path"
    timeout 120 chromium --headless=new --no-sandbox --disable-gpu --enable-logging=stderr --user-data-dir="$work/browser" \
        --virtual-time-budget=20000 --dump-dom "$url$path" >"$work/page" 2>"$work/console"
    grep -q "$expected" "$work/page" || fail "'$expected' is not on the page"
    if grep -E 'CONSOLE.*(Content Security Policy|Refused|Uncaught|Error)' "$work/console"; then fail "the console has errors"; fi
}

check /docs/ 'opblock-tag'
check '/ogc/?f=html' 'Cluster landscape'
check '/ogc/api?f=html' 'Definition of this API'
check '/ogc/collections/initiatives/items?f=html' '<svg'
echo "== all is well"
