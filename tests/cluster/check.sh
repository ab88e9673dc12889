#!/usr/bin/env bash
# Several instances on one PostgreSQL: read replicas, a migration while others serve, PgBouncer, and failover under load.
#
#   tests/cluster/check.sh target/debug/clusterportal
#
# Needs python 3.11 with venv and PostgreSQL; installs patroni, etcd-server, haproxy, pgbouncer and iproute2 on Debian if they are
# missing. Failover needs root, for its three hosts are network namespaces; without, it is left out, and says so.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
begin "" "$@"
# The cluster of Debian's packages has nothing to do with it, and needs no start.
for pair in pgbouncer:pgbouncer haproxy:haproxy etcd:etcd-server patroni:patroni ip:iproute2 setpriv:util-linux; do
    require_program "${pair%:*}" "${pair#*:}"
done
install_from_pypi 'PyYAML==6.0.2'

for part in replicas upgrade pooler failover; do
    echo "== $part"
    python "$here/$part.py" "$binary" || fail "what is said above"
done
echo "== all is well"
