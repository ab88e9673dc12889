#!/usr/bin/env bash
# Checks that mirror.py keeps its promise: while hundreds of records change at random, it is killed again and again,
# and the server once; in the end the copy must be equal to the exports.
#
#   examples/mirror/check.sh target/debug/clusterportal [SEED]
#
# Needs python 3.9. All is in a temporary folder that goes away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -lt 1 || $# -gt 2 || ! -x $1 ]]; then
    echo "usage: $0 BINARY [SEED], as in $0 target/debug/clusterportal" >&2
    exit 2
fi
binary=$(realpath "$1")
seed=${2:-$RANDOM}
RANDOM=$seed
work=$(mktemp -d)
server=
mirror=
churn=
url=

finish() {
    for process in $churn $mirror $server; do
        kill -KILL "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
    echo "mirror: FAILED with seed $seed: $1" >&2
    tail -n 20 "$work"/*.log >&2
    exit 1
}

unset CLUSTERPORTAL_PUBLIC_URL CLUSTERPORTAL_LOG_FORMAT
export DATABASE_URL=sqlite://$work/portal.db CLUSTERPORTAL_DATA_DIR=$work/keys
export PYTHONDONTWRITEBYTECODE=1
export CLUSTERPORTAL_RATE_LIMIT=0 CLUSTERPORTAL_RATE_LIMIT_TOKEN=0

start_server() {
    : >"$work/server.log"
    export CLUSTERPORTAL_LISTEN=$1
    RUST_LOG=info,access=off "$binary" serve --demo >"$work/server.log" 2>&1 </dev/null &
    server=$!
    url=
    for _ in {1..100}; do
        url=$(sed -n 's/.*listening on \([0-9.:]*\)$/http:\/\/\1/p' "$work/server.log")
        if [[ -n $url ]] || ! kill -0 "$server" 2>/dev/null; then break; fi
        sleep 0.1
    done
    [[ -n $url ]] || fail "the server did not start"
    # Its issuer is the address.
    TOKEN=$("$binary" token issue --role editor --subject churn --expires 1h)
    export TOKEN
}

start_mirror() {
    python3 "$here/mirror.py" "$url" "$work/copy.db" >>"$work/mirror.log" 2>&1 &
    mirror=$!
}

# Nothing but this may end it.
kill_mirror() {
    kill -KILL "$mirror" 2>/dev/null || fail "the mirror has stopped by itself"
    wait "$mirror" 2>/dev/null || true
    mirror=
    kills=$((kills + 1))
}

# Writes at random, and kills the mirror meanwhile.
write_and_kill() {
    python3 "$here/churn.py" "$url" "$writes" "$1" >"$work/churn.log" 2>&1 &
    churn=$!
    while kill -0 "$churn" 2>/dev/null; do
        sleep "$(printf '0.%03d' $((150 + RANDOM % 600)))"
        kill_mirror
        start_mirror
    done
    wait "$churn" || fail "a write was refused"
    churn=
}

writes=400
kills=0
start_server 127.0.0.1:0
start_mirror
write_and_kill "$seed"

kill -KILL "$server"
wait "$server" 2>/dev/null || true
sleep 0.5
start_server "${url#http://}"
write_and_kill $((seed + 1))

kill_mirror
result=$(python3 "$here/mirror.py" --once --compare "$url" "$work/copy.db" 2>>"$work/mirror.log") ||
    fail "${result:-the comparison broke off}"
echo "mirror: $result ($((2 * writes)) writes, $kills kills of the mirror, 1 of the server, ${SECONDS} s)"
