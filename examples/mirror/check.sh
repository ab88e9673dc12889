#!/usr/bin/env bash
# Checks that mirror.py keeps its promise: while hundreds of records change at random, it is killed again and again,
# and the server once; in the end the copy must be equal to the exports.
#
#   examples/mirror/check.sh target/debug/clusterportal [SEED]
#
# Needs python 3.9. All is in a temporary folder that goes away.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../tests/preamble.sh"
begin "[SEED]" "$@"
seed=${2:-$RANDOM}
RANDOM=$seed
title+=" with seed $seed"
lift_rate_limits

start() {
    start_server --demo
    # Its issuer is the address.
    TOKEN=$(issue_token --role editor --expires 1h)
    export TOKEN
}

start_mirror() {
    python3 "$here/mirror.py" "$url" "$work/copy.db" >>"$work/mirror.log" 2>&1 &
    mirror=$!
}

kill_mirror() {
    sigkill "$mirror" "the mirror"
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
}

writes=400
kills=0
start
start_mirror
write_and_kill "$seed"

sigkill "$server" "the server"
sleep 0.5
export CLUSTERPORTAL_LISTEN=$address
start
write_and_kill $((seed + 1))

kill_mirror
result=$(python3 "$here/mirror.py" --once --compare "$url" "$work/copy.db" 2>>"$work/mirror.log") ||
    fail "${result:-the comparison broke off}"
echo "mirror: $result ($((2 * writes)) writes, $kills kills of the mirror, 1 of the server, ${SECONDS} s)"
