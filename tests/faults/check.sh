#!/usr/bin/env bash
# Breaks the sync a few times in every way, on both databases: minutes instead of the hour that all rounds take.
#
#   tests/faults/check.sh target/debug/clusterportal
#
# Needs python 3.11 and PostgreSQL; zstd is used where it is there. As root it fills a small disk, too.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
begin "" "$@"

"$here/run.py" "$binary" --rounds 3 --lines 2500 --rejections 20000 --bomb 2
