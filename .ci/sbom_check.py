"""Compares a CycloneDX bill of materials with the packages that `cargo tree` names on standard input."""

import json
import sys


def main(path):
    with open(path, encoding="utf-8") as file:
        bill = json.load(file)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5"), "not CycloneDX 1.5"
    assert bill["metadata"]["component"]["name"] == "clusterportal", "the bill is that of something else"
    components = bill["components"]
    listed = {(component["name"], component["version"]) for component in components}
    # A line is "name v1.2.3", with "(proc-macro)", a path or "(*)" behind it. The binary is the bill's subject.
    lines = (line.split() for line in sys.stdin if line.strip())
    built = {(name, version.removeprefix("v")) for name, version, *_ in lines} - {("api", bill["metadata"]["component"]["version"])}
    missing = built - listed
    assert not missing, f"not in the bill: {sorted(missing)}"
    for component in components:
        assert component["purl"].startswith("pkg:cargo/"), component
        assert component["licenses"], component
        is_own = "path+file" in component["bom-ref"]
        assert is_own or component["hashes"][0]["alg"] == "SHA-256", component
    references = {component["bom-ref"] for component in components} | {bill["metadata"]["component"]["bom-ref"]}
    for dependency in bill["dependencies"]:
        assert {dependency["ref"], *dependency.get("dependsOn", ())} <= references, dependency
    print(f"{path}: {len(components)} components")


main(sys.argv[1])
