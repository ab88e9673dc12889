#!/usr/bin/env bash
# Checks the client against the real portal: a dry run, full runs, bad rows, what Excel spoils, every encoding, German
# messages, the guard, deletions, a client that is killed and a server that is killed.
#
#   examples/chamber-sync/check.sh target/debug/clusterportal
#
# Needs python 3.11 and curl. All is in a temporary folder that goes away.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../tests/preamble.sh"
begin "" "$@"
lift_rate_limits
chamber=ihk-suedlicher-oberrhein
runs=0
# Enough rows for a run to be killed in.
many=30000

# The token of a chamber, in the environment: as a script of the chamber would have it.
use_token_of() {
    CLUSTERPORTAL_TOKEN=$(issue_token --role chamber --chamber "$1" --expires 30d)
    export CLUSTERPORTAL_TOKEN
}

# The client, in place of the subshell that calls this: so that a kill meets the client itself.
sync() {
    exec python3 "$here/chamber_sync.py" --mapping "$here/mapping.toml" --base-url "$url" --lang en "$@"
}

# expect CODE TEXT OPTIONS...: how the client must end, and what it must have said.
expect() {
    local code=0 wanted=$1 text=$2
    shift 2
    (sync "$@") >"$work/client.log" 2>&1 || code=$?
    [[ $code -eq $wanted ]] || fail "$* ended with $code instead of $wanted"
    grep -qF -- "$text" "$work/client.log" || fail "$* did not say: $text"
    runs=$((runs + 1))
}

# ask PATH EXPRESSION: what the portal answers, `it` in an expression of Python.
ask() {
    python3 - "$url/api/v1/$1" "$2" <<'PYTHON'
import json, os, sys, urllib.request

request = urllib.request.Request(sys.argv[1], headers={"Authorization": f"Bearer {os.environ['CLUSTERPORTAL_TOKEN']}"})
with urllib.request.urlopen(request, timeout=30) as answer:
    print(eval(sys.argv[2], {"it": json.load(answer)}))
PYTHON
}

# How many of the chamber's members everyone can see.
public_members() {
    curl -sS --fail "$url/api/v1/members?chamber=$chamber&with_total=true&limit=1" | sed 's/.*"total": *\([0-9]*\).*/\1/'
}

expect_public() {
    local count
    count=$(public_members)
    [[ $count -eq $1 ]] || fail "$2: the public sees $count members instead of $1"
}

# The chamber itself sees all, public or not.
expect_all_of_the_example() {
    local id
    for id in $(grep -o '^FR-[0-9]*' "$file" | head -n 11); do
        [[ $(ask "chambers/$chamber/members/$id" "it['status']" 2>/dev/null) == published ]] || fail "$1: $id is gone"
    done
}

# runs_are EXPRESSION: whether it holds for the list of runs.
runs_are() { [[ $(ask "chambers/$chamber/sync-runs" "$1") == True ]]; }

# An expression for runs_are: the state of the newest run.
newest_is() {
    echo "max(it['items'], key=lambda run: run['started_at'])['state'] == '$1'"
}

# Sends many rows in the background, and returns when the portal is at work on them.
start_client() {
    sync "$work/many.csv" --mode full --max-deletion-percent 100 >"$work/client.log" 2>&1 &
    client=$!
    wait_until runs_are "$(newest_is running)"
}

# A token holds where it was issued for, by default the address that is listened on: one port before and after the kill.
port=$(free_port)
export CLUSTERPORTAL_LISTEN=127.0.0.1:$port
start_server --demo
use_token_of "$chamber"
demo=$(public_members)
[[ $demo -gt 0 ]] || fail "the demo landscape has no members of $chamber"
file=$here/members.csv

# The example has 11 members, of which 9 may be shown, and a deletion of one that the portal does not hold.
expect 0 "12 received, 11 created, 0 updated, 1 unchanged, 0 deleted, 0 rejected" "$file" --dry-run
expect_public "$demo" "after a dry run"
expect 2 "Stopped by the guard" "$file" --mode full --dry-run
expect_public "$demo" "after a dry run that was stopped"
expect 2 "Stopped by the guard" "$file" --mode full
expect_public $((demo + 9)) "after a run that was stopped"
expect 0 "0 created, 0 updated, 12 unchanged" "$file" --mode full --max-deletion-percent 100
expect_public 9 "after a confirmed full run"
expect 0 "0 created, 0 updated, 12 unchanged, 0 deleted, 0 rejected" "$file" --mode full
expect_all_of_the_example "after a full run"

# A row with an unknown region is rejected, and its record stays; its neighbours are taken.
sed -e '/FR-100021/s/08311000/08999000/' -e '/FR-100042/s/Jäckle/Jäckle und Töchter/' "$file" >"$work/bad.csv"
expect 1 "0 created, 1 updated, 10 unchanged, 0 deleted, 1 rejected" "$work/bad.csv" --mode full
grep -qF "rejected row 4, FR-100021: /region" "$work/client.log" || fail "the rejection does not name the row"
expect_public 9 "after a run with a bad row"
# A row whose record cannot be told stops the deletion of others.
sed -e '/FR-100017/d' -e '/FR-100021/s/;Green.*//' "$file" >"$work/short.csv"
expect 1 "1 rejected" "$work/short.csv" --mode full
expect_public 9 "after a run with a row that cannot be told"

# An export as it is on the first evening: Windows-1252, lines above the header, a name in two columns, keys that lost their
# zeros, employees, postal codes, WZ codes, and cells that Excel has spoilt. Rows are told as Excel shows them.
mkdir "$work/evening"
python3 - "$work/evening" "$chamber" <<'PYTHON'
import pathlib, sys

folder, chamber = pathlib.Path(sys.argv[1]), sys.argv[2]
(folder / "mapping.toml").write_text(f"""
chamber = "{chamber}"
[csv]
skip = 1
[fields]
external_id = {{ column = ["Art", "Nr"], join = "-" }}
name = ["Firma1", "Firma2"]
kind = {{ value = "company" }}
size_class = {{ column = "Beschäftigte", headcount = true }}
industries = "WZ"
region = "Sitz"
[address]
postal_code = {{ column = "PLZ", pad = 5 }}
""", encoding="utf-8-sig")
rows = """Mitglieder am 29.11.2026;;;;;;;

Art;Nr;Firma1;Firma2;Beschäftigte;WZ;Sitz;PLZ
EV;17;Müller & Söhne;GmbH;1.250;26.11.0;79110;79110
EV;2,00E+06;Verloren;;1;26;79110;79110
EV;="0018";Größe;;<10;C26;8311000;1067
EV;19;#NV;;1;26;79110;79110
EV;20;Zweideutig;;1;1110;79110;79110
EV;21;Fern;;1;26;10115;10115
EV;22;<b>Fett</b>;;1;26;Lkr. Emmendingen;79312
EV;23;Mai 12;;5-20;26. Nov;Ortenaukreis;77652
"""
for encoding in ("cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"):
    (folder / f"{encoding}.csv").write_bytes(("sep=;\n" + rows).replace("\n", "\r\n").encode(encoding))
PYTHON
outcome="8 empfangen, 2 neu"
for encoding in cp1252 utf-8 utf-8-sig utf-16 utf-16-le; do
    expect 1 "$outcome" "$work/evening/$encoding.csv" --mapping "$work/evening/mapping.toml" --lang de \
        --rejections "$work/rejections.csv"
    outcome="8 empfangen, 0 neu, 0 geändert, 2 unverändert, 0 gelöscht, 6 zurückgewiesen"
done
for text in "Zeile 5, ohne Mitgliedsnummer: /external_id: '2,00E+06' in Spalte" "Zeile 7, EV-19: /name: '#NV'" \
    "Zeile 8, EV-20: /industries: '1110'" "Zeile 9, EV-21: /region: '10115'" \
    "Zeile 10, EV-22: /name: darf kein HTML enthalten" "Zeile 11, EV-23: /size_class: '5-20'"; do
    grep -qF "zurückgewiesen: $text" "$work/client.log" || fail "the rejections lack: $text"
done
grep -q "^.*Zeile;Mitgliedsnummer;Feld;Grund;" "$work/rejections.csv" || fail "the report has no German header"
[[ $(ask "chambers/$chamber/members/EV-17" "it['name'], it['size_class'], it['industries'], it['region']") == \
    "('Müller & Söhne GmbH', 'large', ['26'], 'DE131')" ]] || fail "a row was not read as it was meant"
[[ $(ask "chambers/$chamber/members/EV-0018" "it['region'], it['address']['postal_code']") == "('DE131', '01067')" ]] ||
    fail "a row that lost its zeros was not read as it was meant"
expect 0 "2 deleted" "$file" --mode full

# Marked, a member goes; sent again, it comes back with its old id.
id=$(ask "chambers/$chamber/members/FR-100017" "it['id']")
sed -e '/FR-100017/s/;[^;]*$/;gelöscht/' "$file" >"$work/gone.csv"
expect 0 "1 deleted" "$work/gone.csv"
expect_public 8 "after a deletion"
expect 0 "1 created" "$file"
[[ $(ask "chambers/$chamber/members/FR-100017" "it['id']") == "$id" ]] || fail "the member came back with another id"

# Tokens: none that is one, and that of another chamber.
CLUSTERPORTAL_TOKEN=none expect 4 "401" "$file"
use_token_of ihk-ulm
expect 4 "404" "$file"
use_token_of "$chamber"

python3 - "$file" "$many" >"$work/many.csv" <<'PYTHON'
import sys

header, first, *_ = open(sys.argv[1], encoding="utf-8-sig").read().splitlines()
print(header, *(first.replace("FR-100017", f"MANY-{number}") for number in range(int(sys.argv[2]))), sep="\n")
PYTHON

# A client that is killed in the middle deletes nothing.
start_client
sigkill "$client" "the client"
wait_until runs_are "$(newest_is failed)"
expect_all_of_the_example "after a run that broke off"

# A server that is killed in the middle comes back, and the client has brought everything in the end.
start_client
sigkill "$server" "the server"
sleep 1
start_server --demo
code=0
wait "$client" || code=$?
[[ $code -eq 0 ]] || fail "the client ended with $code after the server had died"
expect_public "$many" "after the server had died"
[[ $(ask "chambers/$chamber/sync-runs" "any(run['state'] == 'interrupted' for run in it['items'])") == True ]] ||
    fail "no run is interrupted"
expect 0 "0 created, 0 updated, $many unchanged, 0 deleted" "$work/many.csv" --mode full

echo "chamber-sync: $((runs + 2)) runs as promised (1 kill of the client, 1 of the server, ${SECONDS} s)"
