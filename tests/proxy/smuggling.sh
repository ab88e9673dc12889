#!/usr/bin/env bash
# Checks that server, nginx and HAProxy never disagree on where a request ends (RFC 9112 section 11.2).
#
#   tests/proxy/smuggling.sh target/debug/clusterportal
#
# Needs nginx, haproxy (installed here on Debian when they are missing) and python 3.11. All else is in a temporary folder.
set -euo pipefail

# shellcheck source=tests/preamble.sh
source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
begin "" "$@"
require_program nginx nginx-light
require_program haproxy haproxy

# The log of the server tells which requests it saw.
export RUST_LOG=info
lift_rate_limits
start_server --demo
direct=${address##*:} nginx=$(free_port) haproxy=$(free_port)
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
    upstream server { server 127.0.0.1:$direct; keepalive 4; }
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
    server server 127.0.0.1:$direct
END
nginx -p "$work" -c "$work/nginx.conf" &
haproxy -db -f "$work/haproxy.cfg" >"$work/haproxy.paths" 2>/dev/null &
touch "$work/direct.paths"
TOKEN=$(issue_token --role admin --expires 1h)
export TOKEN

for front in direct nginx haproxy; do
    echo "== to $front"
    python3 "$here/smuggling.py" "${!front}"
    grep -q ' path=/seen ' "$work/server.log" || fail "the log does not show requests"
    # What a lenient proxy takes for a request of its own, the server answers. Everything else was smuggled.
    sed -n 's/.* method=GET path=\(\/smuggled[^ ]*\) .*/\1/p' "$work/server.log" | sort -u >"$work/answered"
    grep -h '^/smuggled/' "$work/$front.paths" | sort -u >"$work/forwarded" || true
    if [[ -n $(comm -23 "$work/answered" "$work/forwarded") ]]; then
        comm -23 "$work/answered" "$work/forwarded" >&2
        fail "the server answered what is part of another request"
    fi
    echo "$(grep -c . "$work/forwarded" || true) of them are two requests to $front"
    : >"$work/server.log"
done
echo "== all is well"
