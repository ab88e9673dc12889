#!/usr/bin/env bash
# Checks the server behind a real nginx, below a path: once behind one that strips the path, once behind one that does not.
#
#   tests/proxy/check.sh target/debug/clusterportal
#
# Needs nginx (installed here on Debian when it is missing), python 3.11 and curl. All else is in a temporary folder that goes away.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
begin "" "$@"
require_program nginx nginx-light

# What stands behind the address of the server in proxy_pass: with a slash nginx replaces the path that matched.
check() {
    local name=$1 behind=$2 proxy token
    echo "== behind a proxy that $name"
    proxy=$(free_port)
    export DATABASE_URL=sqlite://$work/$proxy.db CLUSTERPORTAL_DATA_DIR=$work/keys-$proxy
    export CLUSTERPORTAL_PUBLIC_URL=http://127.0.0.1:$proxy/cluster
    start_server --demo
    cat >"$work/nginx.conf" <<END
daemon off;
pid $work/nginx.pid;
error_log stderr crit;
events {}
http {
    access_log off;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    server {
        listen 127.0.0.1:$proxy;
        location /cluster/ { proxy_pass http://$address$behind; }
    }
}
END
    nginx -p "$work" -c "$work/nginx.conf" &
    wait_until curl -sf --output "$work/ready" "$url/health/ready"
    token=$(issue_token --role admin --expires 1h)
    TOKEN=$token python3 "$here/crawl.py" "$url" || fail "a proxy that $name"
    stop_all
}

check "strips the path" /
check "leaves the path" ""
echo "== all is well"
