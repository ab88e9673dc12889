#!/usr/bin/env bash
# Builds the release archive of this commit: binary, manual, completions, files for operation, bill of materials, checksums.
#
#   deploy/release.sh FOLDER [BINARY]
#
# Writes clusterportal-VERSION-TARGET.tar.gz and its checksum to FOLDER. Does not build if it is given a binary. Needs rust, what the build needs (see README.md),
# cargo-cyclonedx (see .ci/sbom) and python 3.11. CARGO_TARGET_DIR is honoured. The same binary gives the same archive.
set -euo pipefail

if [[ $# -lt 1 || $# -gt 2 ]]; then
    echo "usage: $0 FOLDER [BINARY]" >&2
    exit 2
fi
mkdir -p "$1"
out=$(realpath "$1")
binary=${2:+$(realpath "$2")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
git() { command git -c safe.directory='*' "$@"; }

build() {
    if [[ -n $(git status --porcelain) ]]; then
        echo "$0: the work tree has changes: commit them first" >&2
        exit 1
    fi
    # The folders of the machine that built it are nobody's business.
    local home=${CARGO_HOME:-$HOME/.cargo}
    export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$PWD=/clusterportal --remap-path-prefix=$home=/cargo"
    cargo build --release --locked --package api
    binary=${CARGO_TARGET_DIR:-target}/release/clusterportal
}

[[ -n $binary ]] || build
target=$(rustc -vV | sed -n 's/^host: //p')

# Nothing but the C library, and the runtime of the compiler, which every Linux with glibc has.
if ldd "$binary" | awk '{ print $1 }' | grep -vE '^(linux-vdso|libc|libm|libgcc_s|/lib.*/ld-linux.*)\.so'; then
    echo "$0: the binary is linked to these libraries" >&2
    exit 1
fi

version=$("$binary" --version | awk '{ print $2 }')
name=clusterportal-$version-$target
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/$name
mkdir -p "$root"/{man,completions,deploy}
install -m 0755 "$binary" "$root/clusterportal"
"$binary" man "$root/man"
for shell in bash zsh fish; do
    "$binary" completion "$shell" >"$root/completions/clusterportal.$shell"
done
cp README.md CHANGELOG.md LICENSE SECURITY.md "$root"
cp -R docs "$root"
cp deploy/{clusterportal.toml,clusterportal.service,nginx.conf,Caddyfile} "$root/deploy"
TARGET=$target .ci/sbom "$root/clusterportal.cdx.json"
(cd "$root" && find . -type f -printf '%P\0' | sort -z | xargs -0 sha256sum) >"$work/SHA256SUMS"
mv "$work/SHA256SUMS" "$root"

tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" -C "$work" -cf - "$name" |
    gzip -n9 >"$out/$name.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "$out/$name.tar.gz"
