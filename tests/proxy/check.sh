#!/usr/bin/env bash
# Checks the server behind a real nginx, below a path: once behind one that strips the path, once behind one that does not.
#
#   tests/proxy/check.sh target/debug/clusterportal
#
# Needs nginx (installed here on Debian when it is missing) python 3.11 and curl. All else is in a temporary folder that goes away.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -ne 1 || ! -x $1 ]]; then
    echo "usage: $0 BINARY, as in $0 target/debug/clusterportal" >&2
    exit 2
fi
binary=$(realpath "$1")
export PATH=$PATH:/usr/sbin
if ! command -v nginx >/dev/null; then
    as_root=()
    [[ $(id -u) -eq 0 ]] || as_root=(sudo -n)
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light' >/dev/null 2>&1; then
        echo "$0: install nginx (Debian: apt-get install nginx)" >&2
        exit 1
    fi
fi

work=$(mktemp -d)
processes=()

stop() {
    for process in "${processes[@]}"; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    processes=()
}
finish() {
    stop
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# What stands behind the address of the server in proxy_pass: with a slash nginx replaces the path that matched.
check() {
    local name=$1 behind=$2 server proxy
    server=$(free_port) proxy=$(free_port)
    echo "== behind a proxy that $name"
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
        location /cluster/ { proxy_pass http://127.0.0.1:$server$behind; }
    }
}
END
    env -C "$work" DATABASE_URL="sqlite://$work/$server.db" CLUSTERPORTAL_DATA_DIR="$work/keys-$server" RUST_LOG=warn \
        CLUSTERPORTAL_LISTEN="127.0.0.1:$server" CLUSTERPORTAL_PUBLIC_URL="http://127.0.0.1:$proxy/cluster" \
        "$binary" serve --demo &
    processes+=($!)
    nginx -p "$work" -c "$work/nginx.conf" &
    processes+=($!)
    local token
    for _ in $(seq 100); do
        if curl -sf "http://127.0.0.1:$proxy/cluster/health/ready" >/dev/null; then break; fi
        sleep 0.1
    done
    token=$(env -C "$work" DATABASE_URL="sqlite://$work/$server.db" CLUSTERPORTAL_DATA_DIR="$work/keys-$server" \
        CLUSTERPORTAL_PUBLIC_URL="http://127.0.0.1:$proxy/cluster" \
        "$binary" token issue --role admin --subject check --expires 1h)
    TOKEN=$token python3 "$here/crawl.py" "http://127.0.0.1:$proxy/cluster"
    stop
}

check "strips the path" /
check "leaves the path" ""
echo "== all is well"
