#!/usr/bin/env bash
# Checks that server, nginx and HAProxy never disagree on where a request ends (RFC 9112 section 11.2).
#
#   tests/proxy/smuggling.sh target/debug/clusterportal
#
# Needs nginx, haproxy (installed here on Debian when they are missing) and python 3.11. All else is in a temporary folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ $# -ne 1 || ! -x $1 ]]; then
    echo "usage: $0 BINARY, as in $0 target/debug/clusterportal" >&2
    exit 2
fi
binary=$(realpath "$1")
export PATH=$PATH:/usr/sbin
if ! command -v nginx >/dev/null || ! command -v haproxy >/dev/null; then
    as_root=()
    [[ $(id -u) -eq 0 ]] || as_root=(sudo -n)
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light haproxy' >/dev/null 2>&1; then
        echo "$0: install nginx and haproxy (Debian: apt-get install nginx haproxy)" >&2
        exit 1
    fi
fi

work=$(mktemp -d)
processes=()
finish() {
    for process in "${processes[@]}"; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
server=$(free_port) nginx=$(free_port) haproxy=$(free_port)
cat >"$work/nginx.conf" <<END
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log crit;
events {}
http {
    log_format path '\$request_uri';
    access_log $work/nginx.paths path;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    upstream server { server 127.0.0.1:$server; keepalive 4; }
    server {
        listen 127.0.0.1:$nginx;
        location / {
            proxy_pass http://server;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_request_buffering off;
        }
    }
}
END
cat >"$work/haproxy.cfg" <<END
defaults
    mode http
    log stdout format raw local0
    log-format "%HPO"
    option http-keep-alive
    http-reuse always
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend front
    bind 127.0.0.1:$haproxy
    default_backend back
backend back
    server server 127.0.0.1:$server
END
export DATABASE_URL="sqlite://$work/check.db" CLUSTERPORTAL_DATA_DIR="$work/keys" RUST_LOG=info
export CLUSTERPORTAL_LISTEN="127.0.0.1:$server" CLUSTERPORTAL_RATE_LIMIT=0 CLUSTERPORTAL_RATE_LIMIT_TOKEN=0
env -C "$work" "$binary" serve --demo >>"$work/log" 2>&1 &
processes+=($!)
nginx -p "$work" -c "$work/nginx.conf" &
processes+=($!)
haproxy -db -f "$work/haproxy.cfg" >"$work/haproxy.paths" 2>/dev/null &
touch "$work/server.paths"
processes+=($!)
for _ in $(seq 300); do
    if grep -q 'cli\] listening on ' "$work/log"; then break; fi
    sleep 0.1
done
TOKEN=$(env -C "$work" "$binary" token issue --role admin --subject check --expires 1h 2>/dev/null)
export TOKEN

for front in server nginx haproxy; do
    echo "== to $front"
    python3 "$here/smuggling.py" "${!front}"
    grep -q ' /seen ' "$work/log" || { echo "$0: the log does not show requests" >&2; exit 1; }
    # What a lenient proxy takes for a request of its own, the server answers. Everything else was smuggled.
    sed -n 's/.* GET \(\/smuggled[^ ]*\) .*/\1/p' "$work/log" | sort -u >"$work/answered"
    grep -h '^/smuggled/' "$work/$front.paths" | sort -u >"$work/forwarded" || true
    if [[ -n $(comm -23 "$work/answered" "$work/forwarded") ]]; then
        echo "$0: the server answered what is part of another request:" >&2
        comm -23 "$work/answered" "$work/forwarded" >&2
        exit 1
    fi
    echo "$(grep -c . "$work/forwarded" || true) of them are two requests to $front"
    : >"$work/log"
done
echo "== all is well"
