#!/usr/bin/env bash
# Breaks the sync a few times in every way, on both databases: minutes instead of the hour that all rounds take.
#
#   tests/faults/check.sh target/debug/clusterportal
#
# Needs python 3.11 and PostgreSQL; zstd is used where it is there. As root it fills a small disk, too.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -ne 1 || ! -x $1 ]]; then
    echo "usage: $0 BINARY, as in $0 target/debug/clusterportal" >&2
    exit 2
fi
"$here/run.py" "$1" --rounds 3 --lines 2500 --rejections 20000 --bomb 2
