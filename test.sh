#!/usr/bin/env bash
# Runs every test of the house, on SQLite and on PostgreSQL. Arguments go to `cargo test`.
#
# PostgreSQL: the tests start a server of their own from Debian's package, which is installed here when it is
# missing; or they use the one that TEST_DATABASE_URL names (a superuser's URL).
set -euo pipefail
cd "$(dirname "$0")"
source tests/preamble.sh

has_postgresql() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
        { command -v initdb && command -v pg_ctl; } >/dev/null
}

if [[ -z ${TEST_DATABASE_URL:-} ]] && ! has_postgresql && ! apt_install postgresql; then
    echo "test.sh: install PostgreSQL 15 or newer (Debian: apt-get install postgresql), or set TEST_DATABASE_URL" >&2
    exit 1
fi

# Snapshots are compared and never written; tests wait more than they compute.
export INSTA_UPDATE=${INSTA_UPDATE:-no}
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((2 * $(nproc)))}
exec cargo test --workspace --locked "$@"
