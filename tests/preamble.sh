# What the check scripts have in common: arguments, a temporary folder, an environment, programs and packages, the server,
# tokens, and an end that leaves nothing behind. Nothing happens before a function is called. A check script starts so:
#
#   set -euo pipefail
#   source "$(dirname "${BASH_SOURCE[0]}")/../preamble.sh"
#   begin "" "$@"
#
# Variables that are set here are for the scripts.
# shellcheck shell=bash disable=SC2034

# begin OPTIONAL "$@": reads the arguments of the script, which are a binary and, unless OPTIONAL is "", one more that
# may follow, such as "[SEED]". Prepares folder and environment.
#
# Sets `binary` (absolute), `here` (the folder of the script), `work` (a temporary folder that goes away), `server` (empty)
# and `title` (what failures begin with).
begin() {
    local optional=$1 most=1
    shift
    [[ -z $optional ]] || most=2
    if [[ $# -lt 1 || $# -gt $most || ! -x $1 ]]; then
        echo "usage: $0 BINARY${optional:+ $optional}, as in $0 target/debug/clusterportal" >&2
        exit 2
    fi
    binary=$(realpath "$1")
    here=$(cd "$(dirname "$0")" && pwd)
    title=$0
    server=
    work=$(mktemp -d)
    trap finish EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    : >"$work/server.log"
    # No setting of the caller counts.
    unset "${!CLUSTERPORTAL_@}"
    export DATABASE_URL=sqlite://$work/portal.db CLUSTERPORTAL_DATA_DIR=$work/keys CLUSTERPORTAL_LISTEN=127.0.0.1:0
    export RUST_LOG=info,access=off PYTHONDONTWRITEBYTECODE=1
}

# For scripts that send more than visitors may.
lift_rate_limits() {
    export CLUSTERPORTAL_RATE_LIMIT=0 CLUSTERPORTAL_RATE_LIMIT_TOKEN=0
}

# finish: what the shell calls at the end of every script, however it ends.
finish() {
    stop_all
    rm -rf "$work"
}

# stop_all: ends what runs in the background, the newest first (clients before their server), and waits for it.
stop_all() {
    local process
    for process in $(jobs -pr | tac); do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
}

# sigkill PROCESS NAME: kills a process in the background, and waits until it is gone. Nothing else may have ended it.
sigkill() {
    local code=0
    # Without the shell's word about it.
    { kill -KILL "$1" && wait "$1"; } 2>/dev/null || code=$?
    [[ $code -eq 137 ]] || fail "$2 has stopped by itself"
}

# fail MESSAGE: ends the script with the message and the ends of the logs, which are the *.log in $work.
fail() {
    echo "$title: FAILED: $1" >&2
    tail -n 100 "$work"/*.log >&2
    exit 1
}

# wait_until COMMAND...: tries the command until it succeeds. Fails after 600 times, which are more than a minute.
wait_until() {
    for _ in {1..600}; do
        if "$@"; then return; fi
        sleep 0.1
    done
    fail "this never came: $*"
}

# free_port: prints a port of 127.0.0.1 that nobody listens on. Needs python. Port 0 is better where the server may choose.
free_port() {
    python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_server OPTIONS...: starts `serve`, and waits until it listens. Its log is $work/server.log, new for each server.
#
# Sets `server` (its process), `address` (HOST:PORT that it listens on) and `url` (the base of its links, without a slash at
# the end). Export settings before, with a RUST_LOG that has `info`. Tokens hold for one `url`: to start again at the
# same one, export a CLUSTERPORTAL_LISTEN with a port.
start_server() {
    : >"$work/server.log"
    env -C "$work" "$binary" serve "$@" >>"$work/server.log" 2>&1 </dev/null &
    server=$!
    wait_until has_started_or_ended
    address=$(sed -n 's/.*cli\] listening on //p' "$work/server.log")
    url=$(sed -n 's/.* the API is at \(.*\)\/api\/v1, its documentation .*/\1/p' "$work/server.log")
    [[ -n $url ]] || fail "the server did not start"
}

has_started_or_ended() {
    grep -q ' the API is at .* its documentation ' "$work/server.log" || ! kill -0 "$server" 2>/dev/null
}

# issue_token OPTIONS...: prints a token. The options are those of `token issue`, such as --role editor --expires 1h. Needs
# the settings of the server, whose database must be there.
issue_token() {
    env -C "$work" "$binary" token issue --subject check "$@" 2>>"$work/server.log" || fail "no token was issued"
}

# require_program PROGRAM PACKAGE: installs Debian's package if the program is missing. Finds those of administrators, too.
require_program() {
    [[ :$PATH: == *:/usr/sbin:* ]] || export PATH=$PATH:/usr/sbin
    if command -v "$1" >/dev/null || apt_install "$2"; then return; fi
    echo "$0: install $1 (Debian: apt-get install $2)" >&2
    exit 1
}

# apt_install PACKAGE: as root, or by a sudo that asks for nothing.
apt_install() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq)
    [[ $(id -u) -eq 0 ]] || apt=(sudo -n "${apt[@]}")
    { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$1"; } >/dev/null 2>&1
}

# install_from_pypi ARGUMENTS...: packages for `python` and their programs, for this script only. The arguments are those of
# `pip install`. Needs python with venv.
install_from_pypi() {
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$@"
    export PATH=$work/venv/bin:$PATH
}

# install_from_npm PACKAGE.JSON FILES...: copies the files to $work, and installs there what the first names, exactly what
# package-lock.json has if that is one of them. No package needs its install script. Needs node and npm.
install_from_npm() {
    local command=install
    cp "$@" "$work"
    [[ ! -e $work/package-lock.json ]] || command=ci
    npm "$command" --prefix "$work" --ignore-scripts --no-audit --no-fund --loglevel=error
    export PATH=$work/node_modules/.bin:$PATH
}
