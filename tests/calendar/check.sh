#!/usr/bin/env bash
# Checks the calendar of events with the libraries that calendar programs are built on: icalendar (PyPI) and ical.js
# (npm, Thunderbird's). Both must read from it what the JSON says, for the demo landscape and for hostile events.
#
#   tests/calendar/check.sh target/debug/clusterportal [SEED]
#
# Needs python 3.11 with venv, node 20, npm, and their registries. All else is in a temporary folder that goes away.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
begin "[SEED]" "$@"
seed=${2:-$RANDOM}
title+=" with seed $seed"
lift_rate_limits

install_from_pypi icalendar==7.3.2
install_from_npm "$here/package.json" "$here/read.mjs"

start_server --demo
token=$(issue_token --role editor --expires 1h)
python "$here/check.py" "$url" "$token" "$seed" "$work/read.mjs" || fail "the libraries read something else"
