#!/usr/bin/env bash
# Checks HTTPS with the clients of others: curl over HTTP/1.1 and 2, openssl for the certificate, and frames that no client sends.
#
#   tests/https/check.sh target/debug/clusterportal
#
# Needs openssl, curl with HTTP/2, and python 3.11 with the registry of PyPI. All else is in a temporary folder that goes away.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
begin "" "$@"

issue() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" \
        -addext subjectAltName=DNS:localhost -keyout "$work/$1.key" -out "$work/$1.pem" 2>/dev/null
    cp "$work/$1.pem" "$work/cert.pem"
    cp "$work/$1.key" "$work/key.pem"
}
subject() { openssl s_client -connect "localhost:$port" </dev/null 2>/dev/null | sed -n 's/^subject=CN = //p'; }
get() { curl -sS --max-time 20 --cacert "$work/$1.pem" "${@:2}"; }
# prints EXPECTED COMMAND...
prints() { [[ $("${@:2}") == "$1" ]]; }

issue first
export CLUSTERPORTAL_TLS_CERT="$work/cert.pem" CLUSTERPORTAL_TLS_KEY="$work/key.pem"
start_server --demo
port=${address##*:}
# As the certificate has it.
url=https://localhost:$port
token=$(issue_token --role admin --expires 1h)

echo "== versions of HTTP and TLS"
for version in --http1.1 --http2; do
    get first "$version" "$url/api/v1/initiatives" >"$work/list$version"
    [[ $(get first "$version" -o /dev/null -w '%{http_version} %{http_code}' "$url/health/live") == *" 200" ]]
done
cmp "$work/list--http1.1" "$work/list--http2" || fail "HTTP/1.1 and 2 answer differently"
[[ $(get first -o /dev/null -w '%{http_version}' "$url/api/v1") == 2 ]] || fail "HTTP/2 is not chosen"
get first --tlsv1.2 --tls-max 1.2 -o /dev/null "$url/api/v1"
get first --tlsv1.3 -o /dev/null "$url/api/v1"
if get first --tlsv1.1 --tls-max 1.1 -o /dev/null "$url/api/v1" 2>/dev/null; then fail "TLS 1.1 is accepted"; fi

echo "== an upload over HTTP/2 that is refused at once"
head -c 20000000 /dev/zero | tr '\0' '\n' >"$work/blank"
for expected in 401 413; do
    status=$(get first --http2 -T "$work/blank" -X POST -H 'Content-Type: application/json' -o /dev/null \
        -w '%{http_code}' ${bearer:+-H "$bearer"} "$url/api/v1/clusters")
    [[ $status == "$expected" ]] || fail "an upload is answered $status, not $expected"
    bearer="Authorization: Bearer $token"
done

echo "== frames that no client sends"
install_from_pypi h2==4.3.0
python "$here/frames.py" "$port" || fail "bad frames"

echo "== renewal, with a stream open"
get first -N --max-time 120 -H 'Accept: text/event-stream' "$url/api/v1/changes" >"$work/stream" &
stream=$!
[[ $(subject) == first ]] || fail "another certificate"
issue second
wait_until prints second subject
echo nonsense >"$work/cert.pem"
wait_until prints 1 grep -c 'stays the old one' "$work/server.log"
sleep 3
[[ $(subject) == second && $(grep -c 'stays the old one' "$work/server.log") -eq 1 ]] || fail "a broken file counts"
issue third
wait_until prints third subject
kill -0 "$stream" || fail "the stream broke off"

echo "== stop"
kill "$server"
wait "$stream" || fail "the stream ended badly"
wait "$server" || fail "the server ended badly"
grep -q '^: open' "$work/stream"
if grep -E ' (ERROR|WARN) ' "$work/server.log" | grep -vE 'stays the old one|filled by the demo|h2::proto'; then fail "an alarming log"; fi
echo "== all is well"
