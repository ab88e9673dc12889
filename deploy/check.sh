#!/usr/bin/env bash
# Checks the files of this folder with the programs that read them, and serves through nginx as nginx.conf says.
#
#   deploy/check.sh target/debug/clusterportal
#
# Needs nginx, Caddy, mandoc, zsh, fish, Prometheus and systemd-analyze (installed here on Debian when they are missing), curl, openssl, cargo with
# cargo-cyclonedx, and python 3.11 with what requirements.txt names. Docker and a cluster are not needed, and not tried.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../tests/preamble.sh"
begin "" "$@"
require_program nginx nginx-light
require_program caddy caddy
require_program mandoc mandoc
require_program zsh zsh
require_program fish fish
require_program promtool prometheus
require_program systemd-analyze systemd
install_from_pypi -r "$here/requirements.txt"

# The exposure of the unit, in tenths of systemd's score.
EXPOSURE=15

check_settings() {
    echo "== clusterportal.toml"
    sed "s#/var/lib/clusterportal#$work#" "$here/clusterportal.toml" >"$work/clusterportal.toml"
    env -u DATABASE_URL -u CLUSTERPORTAL_DATA_DIR -u CLUSTERPORTAL_LISTEN -u RUST_LOG \
        "$binary" check --config "$work/clusterportal.toml" >"$work/settings.log" || fail "settings"
    grep -q '^public_url = "https://portal.example.org"$' "$work/settings.log" || fail "settings"
}

# systemd wants the program to be there.
check_unit() {
    echo "== clusterportal.service"
    sed "s#/usr/local/bin/clusterportal#$binary#" "$here/clusterportal.service" >"$work/clusterportal.service"
    systemd-analyze verify --man=no "$work/clusterportal.service" 2>"$work/unit.log" || fail "unit"
    [[ ! -s $work/unit.log ]] || fail "unit"
    systemd-analyze security --offline=true --threshold=$EXPOSURE --no-pager "$work/clusterportal.service" |
        tail -n 1 || fail "the unit is more exposed"
}

check_containers() {
    echo "== Dockerfile, compose.yaml, kubernetes.yaml"
    hadolint "$here/Dockerfile" || fail "Dockerfile"
    check-jsonschema --builtin-schema vendor.compose-spec "$here/compose.yaml" || fail "compose.yaml"
    kubernetes-validate --strict --quiet "$here/kubernetes.yaml" || fail "kubernetes.yaml"
    # The image is built from what the ignore file leaves: cargo finds all that it needs there.
    mapfile -t context < <(sed -n 's/^!//p' "$here/Dockerfile.dockerignore")
    mkdir "$work/context"
    (cd "$here/.." && git -c safe.directory='*' ls-files -z -- "${context[@]}" | tar --null -T - -cf -) |
        tar -xf - -C "$work/context"
    cargo metadata --manifest-path "$work/context/Cargo.toml" --locked --no-deps --format-version 1 >"$work/metadata" ||
        fail "the context of the image is incomplete"
}

# Every shell reads its script, and mandoc each page without complaint.
check_command_line() {
    local page shell
    echo "== completion and manual"
    for shell in bash zsh fish; do
        "$binary" completion "$shell" >"$work/completion"
        "$shell" -n "$work/completion" || fail "completion of $shell"
    done
    # shellcheck disable=SC2016
    bash -c 'source "$0"; COMP_WORDS=(clusterportal back); COMP_CWORD=1; _clusterportal clusterportal back clusterportal
        [[ ${COMPREPLY[*]} == backup ]]' <("$binary" completion bash) || fail "bash does not complete"
    mkdir "$work/man"
    "$binary" man "$work/man"
    for page in "$work"/man/*.1; do
        mandoc -T lint -W error "$page" || fail "$page"
        [[ -n $(mandoc "$page") ]] || fail "$page"
    done
}

# nginx.conf as it is, but for ports and paths of this machine.
check_nginx() {
    local https http certificate=$work/certificate.pem key=$work/key.pem
    echo "== nginx.conf"
    https=$(free_port)
    http=$(free_port)
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=portal.example.org -keyout "$key" -out "$certificate" \
        2>"$work/openssl.log" || fail "certificate"
    export CLUSTERPORTAL_PUBLIC_URL=https://portal.example.org CLUSTERPORTAL_TRUSTED_PROXIES=127.0.0.1
    start_server --demo
    sed -e "/\[::\]/d" -e "s/listen 80;/listen 127.0.0.1:$http;/" -e "s/listen 443 /listen 127.0.0.1:$https /" \
        -e "s#127.0.0.1:8080#$address#" -e "s#/var/log/nginx#$work#" \
        -e "s#/etc/letsencrypt/live/[^/]*/fullchain.pem#$certificate#" -e "s#/etc/letsencrypt/live/[^/]*/privkey.pem#$key#" \
        "$here/nginx.conf" >"$work/site.conf"
    cat >"$work/nginx.conf" <<END
daemon off;
pid $work/nginx.pid;
error_log stderr warn;
events {}
http {
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    include $work/site.conf;
}
END
    nginx -t -q -p "$work" -c "$work/nginx.conf" 2>"$work/nginx.log" || fail "nginx.conf"
    [[ ! -s $work/nginx.log ]] || fail "nginx.conf"
    nginx -p "$work" -c "$work/nginx.conf" 2>>"$work/nginx.log" &
    local curl=(curl -sS --fail --max-time 20 --cacert "$certificate" --resolve "portal.example.org:$https:127.0.0.1")
    local portal=https://portal.example.org:$https/api/v1
    wait_until "${curl[@]}" --output "$work/ready" "https://portal.example.org:$https/health/ready"
    [[ $(curl -s -o /dev/null -w '%{redirect_url}' -H 'Host: portal.example.org' "http://127.0.0.1:$http/x") == \
        https://portal.example.org/x ]] || fail "no redirect"
    "${curl[@]}" "$portal/members?q=geheimwort" >"$work/members"
    "${curl[@]}" -D "$work/headers" "$portal/members?limit=1" >"$work/members"
    grep -qi '^strict-transport-security:' "$work/headers" || fail "no HSTS"
    grep -q '"next":"https://portal.example.org/api/v1/members' "$work/members" || fail "links"
    # Streams begin at once.
    "${curl[@]}" -N -H 'Accept: text/event-stream' --max-time 2 "$portal/changes?limit=1" >"$work/stream" 2>&1 || true
    grep -q '^\(id\|event\|data\|retry\|:\)' "$work/stream" || fail "the stream is held back"
    local token
    token=$(issue_token --role chamber --chamber ihk-ulm --expires 1h)
    echo '{"external_id": "geheimwort", "name": "Beispiel GmbH", "kind": "company", "region": "DE144"}' |
        "${curl[@]}" -X POST -T - "$portal/chambers/ihk-ulm/sync-runs?mode=delta" -H "Authorization: Bearer $token" \
            -H 'Content-Type: application/x-ndjson' | grep -q '"created":1' || fail "the upload"
    "${curl[@]}" -H "Authorization: Bearer $token" "$portal/chambers/ihk-ulm/members/geheimwort" >"$work/member"
    stop_all
    grep -q ' GET 200 ' "$work/clusterportal.log" || fail "the log of nginx"
    if grep -q -e geheimwort -e '127\.0\.0\.1' "$work/clusterportal.log"; then fail "the log of nginx"; fi
}

# The health check of compose.yaml, as its shell runs it.
check_health() {
    echo "== the health check of compose.yaml"
    unset CLUSTERPORTAL_PUBLIC_URL
    local command
    command=$(python -c 'import ruamel.yaml, sys; print(ruamel.yaml.YAML(typ="safe").load(open(sys.argv[1]))["services"]["portal"]["healthcheck"]["test"][3])' \
        "$here/compose.yaml")
    start_server
    command=${command/127.0.0.1\/8080/${address/://}}
    bash -c "$command" || fail "a healthy server"
    stop_all
    if bash -c "$command" 2>"$work/health.log"; then fail "a stopped server"; fi
}

# A Prometheus that scrapes the server has something for every panel of the dashboard, and every rule is sound.
check_monitoring() {
    echo "== monitoring"
    local port expression dashboard=$here/monitoring/grafana.json
    promtool check rules "$here/monitoring/alerts.yaml" >"$work/promtool.log" 2>&1 || fail "alerts.yaml"
    (cd "$here/monitoring" && promtool test rules alerts_test.yaml) >"$work/promtool.log" 2>&1 || fail "alerts.yaml"
    port=$(free_port)
    export CLUSTERPORTAL_METRICS_LISTEN=127.0.0.1:$(free_port)
    start_server --demo
    [[ $(curl -s -o /dev/null -w '%{http_code}' "$url/metrics") == 404 ]] || fail "metrics for everyone"
    cat >"$work/prometheus.yml" <<END
global: {scrape_interval: 1s}
scrape_configs: [{job_name: clusterportal, static_configs: [{targets: ["$CLUSTERPORTAL_METRICS_LISTEN"]}]}]
END
    prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
        --web.listen-address="127.0.0.1:$port" 2>"$work/prometheus.log" &
    wait_until curl -sf -o "$work/ready" "http://127.0.0.1:$port/-/ready"
    for _ in 1 2 3 4 5; do
        curl -sf -o "$work/read" "$url/api/v1/members" -H 'Accept-Encoding: gzip'
        curl -s -o "$work/read" "$url/api/v1/members/nobody?x={404,503}"
        sleep 1
    done
    python -c 'import json, sys
for panel in json.load(open(sys.argv[1]))["panels"]:
    for target in panel["targets"]:
        print(target["expr"].replace("$instance", ".*").replace("$__rate_interval", "4s").replace("429|503", "4.."))' \
        "$dashboard" >"$work/expressions"
    while read -r expression; do
        promtool query instant "http://127.0.0.1:$port" "$expression" </dev/null >"$work/result" 2>&1 || fail "$expression"
        [[ -s $work/result ]] || fail "no data: $expression"
    done <"$work/expressions"
    stop_all
    unset CLUSTERPORTAL_METRICS_LISTEN
}

check_caddy() {
    echo "== Caddyfile"
    HOME=$work XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work caddy validate --adapter caddyfile --config "$here/Caddyfile" \
        >"$work/caddy.log" 2>&1 || fail "Caddyfile"
    if grep -q '"level":"warn"' "$work/caddy.log"; then fail "Caddyfile"; fi
}

# The archive of this binary.
check_archive() {
    echo "== release.sh"
    "$here/release.sh" "$work/release" "$binary" >"$work/release.log" 2>&1 || fail "release.sh"
    (cd "$work/release" && sha256sum --check --quiet ./*.sha256 && tar -xf ./*.tar.gz) || fail "the archive"
    (cd "$work"/release/clusterportal-*/ && sha256sum --check --quiet SHA256SUMS && ./clusterportal --version) || fail "the archive"
}

check_settings
check_unit
check_containers
check_command_line
check_archive
check_caddy
check_monitoring
check_nginx
check_health
echo "== all is well"
